import { hex } from '../../bytes/index.ts';
import { Table } from '../../image/index.ts';
import type { Metadata } from '../../image/index.ts';
import { line, link, progress } from '../../output/index.ts';
import type { CommandRun, OutputNode } from '../../output/index.ts';
import { fileName } from '../../runtime/index.ts';
import type { ClrModule } from '../../runtime/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { parseNumber } from '../parse.ts';
import { methodLines, modulesNamed, typeLines } from './name2ee.ts';

const SEPARATOR = '-'.repeat(38);
/** Kind of a metadata token: its highest byte (ECMA-335 II.22). */
const Kind = { TypeRef: 0x01, TypeDef: 0x02, Field: 0x04, Method: 0x06 } as const;
const KINDS: readonly number[] = Object.values(Kind);
const ROW_MASK = 0x00ffffff;

export const token2ee: CommandDef = {
  name: 'token2ee',
  host: 'sos',
  group: 'types',
  summary: { en: 'From a metadata token to its MethodTable or MethodDesc: token2ee module token; * looks in all modules.', 'zh-tw': '由中繼資料語彙基元找出 MethodTable 或 MethodDesc：token2ee 模組 語彙基元；* 表示所有模組。' },
  args: [
    { name: 'module', kind: 'text', optional: true, help: { en: 'Module file name, or *.', 'zh-tw': '模組檔名，或 *。' } },
    { name: 'token', kind: 'text', optional: true, help: { en: 'Token in hexadecimal: 02… type, 06… method, 04… field.', 'zh-tw': '十六進位語彙基元：02… 型別、06… 方法、04… 欄位。' } },
  ],
  examples: ['token2ee Storefront.dll 02000005', 'token2ee * 06000001'],
  *run(context, args): CommandRun {
    const module = args.text('module');
    const given = args.text('token');
    const token = given === undefined ? undefined : parseNumber(given, 'hex');
    if (module === undefined || given === undefined || token === undefined) {
      if (given !== undefined && token === undefined) yield line(`Invalid token: ${given}`);
      yield line('Usage: !token2ee module_name mdToken');
      yield line('       You can pass * for module_name to search all modules.');
      return;
    }
    if (!KINDS.includes(Math.floor(token / 0x1000000))) {
      yield line('This token type is not supported');
      return;
    }
    const everywhere = module === '*';
    const modules = modulesNamed(context, module);
    let shown = 0;
    for (const [i, candidate] of modules.entries()) {
      const found = describe(context, candidate, token);
      if (found || !everywhere) {
        if (shown++ > 0) yield line(SEPARATOR);
        yield line('Module:      ', link(hex(candidate.address, 16), `!dumpmodule ${hex(candidate.address)}`));
        yield line(`Assembly:    ${fileName(candidate.path)}`);
        yield* found ?? notLoaded(token);
      }
      yield progress(i, modules.length);
    }
    const without = modules.length - shown;
    if (everywhere && without > 0) {
      if (shown > 0) yield line(SEPARATOR);
      yield line();
      yield line(`Scanned ${without} module${without === 1 ? '' : 's'} which had no matches.`);
    }
    if (modules.length === 0) yield line('Failed to request module list.');
  },
};

/** Lines for the token, or undefined when no loaded type of the module is it or has it; SOS looks at loaded types only. */
function describe(context: CommandContext, module: ClrModule, token: number): OutputNode[] | undefined {
  const { metadata } = module;
  const { clr } = context;
  const rid = token & ROW_MASK;
  const kind = token >>> 24;
  const table = kind === Kind.Method ? Table.MethodDef : kind === Kind.Field ? Table.Field : Table.TypeDef;
  if (!metadata || rid === 0 || rid > metadata.rows(table) || kind === Kind.TypeRef) return undefined;
  const owner = kind === Kind.Method ? metadata.ownerOfMethod(rid) : kind === Kind.Field ? ownerOfField(metadata, rid) : rid;
  const type = clr.types.find(clr.modules.lookup(module.address, 'TypeDefToMethodTableMap', owner));
  if (!type) return undefined;
  const eightDigits = (lines: Iterable<OutputNode>): OutputNode[] => [line(`Token:       ${hex(token, 8)}`), ...[...lines].slice(1)];
  switch (kind) {
    case Kind.Method: return clr.modules.lookup(module.address, 'MethodDefToDescMap', rid) ? eightDigits(methodLines(context, module, rid, metadata.methodName(rid))) : undefined;
    case Kind.Field: return [line(`Token:       ${hex(token, 8)}`), line(`Field name:  ${metadata.fieldName(rid)}`)];
    default: return eightDigits(typeLines(rid, type.address, clr.types.name(type.address, 'managed')));
  }
}

/** Type that declares a field: fields of types follow each other. */
function ownerOfField(metadata: Metadata, field: number): number {
  let low = 1;
  let high = metadata.rows(Table.TypeDef);
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (metadata.fieldsOf(middle).first <= field) low = middle;
    else high = middle - 1;
  }
  return low;
}

function notLoaded(token: number): OutputNode[] {
  const head = line(`Token:       ${hex(token, 8)}`);
  const kind = token >>> 24;
  if (kind === Kind.Method || kind === Kind.Field) return [head, line('<invalid module token>')];
  return [head, line('MethodTable: <not loaded yet>'), line('EEClass:     <not loaded yet>'), line('Name:        <unknown>')];
}
