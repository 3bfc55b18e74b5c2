import { hex } from '../../bytes/index.ts';
import { Table } from '../../image/index.ts';
import type { Metadata } from '../../image/index.ts';
import { line, link, progress } from '../../output/index.ts';
import type { CommandRun, OutputNode } from '../../output/index.ts';
import { activeNativeCode, fileName } from '../../runtime/index.ts';
import type { ClrModule } from '../../runtime/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';

export const name2ee: CommandDef = {
  name: 'name2ee',
  host: 'sos',
  group: 'types',
  summary: { en: 'From a name to its MethodTable or MethodDesc: name2ee module!Namespace.Type or …Type.Method; * looks in all modules.', 'zh-tw': '由名稱找出 MethodTable 或 MethodDesc：name2ee 模組!命名空間.型別 或 ….方法；* 表示所有模組。' },
  args: [
    { name: 'module', kind: 'text', optional: true, help: { en: 'Module, or module!name.', 'zh-tw': '模組，或 模組!名稱。' } },
    { name: 'name', kind: 'text', optional: true, many: true, help: { en: 'Type or method.', 'zh-tw': '型別或方法。' } },
  ],
  examples: ['name2ee Storefront.dll Storefront.RedisSessionStore', 'name2ee *!Storefront.SessionRequest'],
  *run(context, args): CommandRun {
    const words = [...args.all('module'), ...args.all('name')];
    const bang = words.length === 1 ? words[0].indexOf('!') : -1;
    const [moduleName, name] = bang > 0 ? [words[0].slice(0, bang), words[0].slice(bang + 1)] : words.length === 2 ? words : [];
    if (!moduleName || !name || (bang > 0 && name.includes('!'))) {
      yield* USAGE.map((text) => line(text));
      return;
    }
    const everywhere = moduleName === '*';
    const modules = modulesNamed(context, moduleName);
    let shown = 0;
    let without = 0;
    for (const [i, module] of modules.entries()) {
      const found = [...find(context, module, name.replaceAll('/', '+'))];
      if (found.length === 0 && everywhere) without++;
      else {
        if (shown++ > 0) yield line(SEPARATOR);
        yield line(`Module:      `, link(hex(module.address, 16), `!dumpmodule ${hex(module.address)}`));
        yield line(`Assembly:    ${fileName(module.path) || '<dynamic>'}`);
        for (const [k, block] of found.entries()) {
          if (k > 0) yield line('-----------------------');
          yield* block;
        }
      }
      yield progress(i, modules.length);
    }
    if (everywhere && without > 0) {
      if (shown > 0) yield line(SEPARATOR);
      yield line();
      yield line(`Scanned ${without} module${without === 1 ? '' : 's'} which had no matches.`);
    }
    if (shown === 0 && without === 0) yield line(`Failed to find module matching '${moduleName}'.`);
  },
};

const SEPARATOR = '-'.repeat(38);
const USAGE = [
  'Usage: !name2ee module_name item_name', '  or   !name2ee module_name!item_name', '       use * for module_name to search all loaded modules',
  'Examples: !name2ee  mscorlib.dll System.String.ToString', '          !name2ee *!System.String',
];

/** Modules with this file name, with or without its extension, or this path; all for `*`. */
export function modulesNamed(context: CommandContext, name: string): ClrModule[] {
  const wanted = name.toLowerCase();
  return context.clr.modules.list().filter((m) => {
    const file = fileName(m.path).toLowerCase();
    return name === '*' || (file && (file === wanted || file.replace(/\.[^.]*$/, '') === wanted || m.path.toLowerCase() === wanted));
  });
}

/** Loaded types whose name contains the text, capital or not; of others the member `Type.Member`, if one is called so. */
function* find(context: CommandContext, module: ClrModule, name: string): Generator<OutputNode[]> {
  const { clr } = context;
  const { metadata } = module;
  const part = name.toLowerCase();
  let split = name.lastIndexOf('.');
  if (split > 0 && name[split - 1] === '.') split--;
  const typePart = name.slice(0, Math.max(0, split)).toLowerCase();
  const member = name.slice(split + 1);
  for (let rid = 1; rid <= (metadata?.rows(Table.TypeDef) ?? 0); rid++) {
    const table = clr.types.find(clr.modules.lookup(module.address, 'TypeDefToMethodTableMap', rid));
    if (!table || !metadata) continue;
    const typeName = clr.types.name(table.address, 'managed');
    const lower = typeName.toLowerCase();
    if (lower.includes(part)) yield [...typeLines(rid, table.address, typeName)];
    else if (split > 0 && lower.includes(typePart)) {
      const method = methodNamed(metadata, rid, member);
      if (method) yield [...methodLines(context, module, method, name)];
      else if (clr.fields.own(table).some((f) => f.name === member)) yield [line(`Field ${member} (mdToken token) of`), ...typeLines(rid, table.address, typeName)];
    }
  }
}

/** First method of a type with this name, as metadata lists them; 0 for none. */
function methodNamed(metadata: Metadata, type: number, name: string): number {
  const { first, end } = metadata.methodsOf(type);
  for (let method = first; method < end; method++) if (metadata.methodName(method) === name) return method;
  return 0;
}

export function* typeLines(rid: number, table: number, name: string): Generator<OutputNode> {
  yield line(`Token:       ${hex(0x02000000 + rid, 16)}`);
  yield table ? line('MethodTable: ', link(hex(table, 16), `!dumpmt ${hex(table)}`)) : line('MethodTable: <not loaded yet>');
  yield line(`Name:        ${name}`);
  yield { kind: 'fact', subject: 'type', address: table, values: { name } };
}

export function* methodLines(context: CommandContext, module: ClrModule, rid: number, name: string): Generator<OutputNode> {
  const { clr } = context;
  const address = clr.modules.lookup(module.address, 'MethodDefToDescMap', rid);
  const method = address ? clr.methods.find(address) : undefined;
  yield line(`Token:       ${hex(0x06000000 + rid, 16)}`);
  yield line('MethodDesc:  ', address ? link(hex(address, 16), `!dumpmd ${hex(address)}`) : '<not loaded yet>');
  yield line(`Name:        ${method?.signature ?? name}`);
  if (!method) return;
  const code = activeNativeCode(clr.target, method, clr.code);
  yield line(code ? `JITTED Code Address: ${hex(code, 16)}` : 'Not JITTED yet. Use !bpmd -md ' + hex(address, 16) + ' to break on run.');
  yield { kind: 'fact', subject: 'method', address, values: { name: method.signature } };
}
