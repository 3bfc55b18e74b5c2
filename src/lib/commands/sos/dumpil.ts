import { hex, isDumpError } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import { readMethodBody } from '../../image/index.ts';
import { line, message } from '../../output/index.ts';
import type { OutputNode } from '../../output/index.ts';
import { managedResolvers } from '../../runtime/index.ts';
import type { ClrModule } from '../../runtime/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { dynamicIl } from './dynamic-il.ts';
import { ilListing } from './il-listing.ts';
import { IlNames } from './il-names.ts';
import { upper } from './pointer-text.ts';

const METHOD_DEF = 6;

export const dumpil: CommandDef = {
  name: 'dumpil',
  host: 'sos',
  group: 'types',
  summary: { en: 'The IL of a method: what the compiler made of the source.', 'zh-tw': '方法的 IL：編譯器由原始碼產生的中繼語言。' },
  details: {
    en: 'Give a MethodDesc (from dumpmt -md, name2ee or clrstack), or with -i the address of a method body. Targets of short branches are printed as they are meant; SOS adds backward ones wrongly.',
    'zh-tw': '請提供 MethodDesc（可由 dumpmt -md、name2ee 或 clrstack 取得），或搭配 -i 提供方法主體的位址。短分支的目標以正確值顯示；SOS 對往回跳的短分支計算有誤。',
  },
  options: [{ name: '-i', help: { en: 'The address is that of the IL itself.', 'zh-tw': '位址即為 IL 本身。' } }],
  args: [{ name: 'address', kind: 'hex', optional: true, help: { en: 'MethodDesc, DynamicMethod object, or IL with -i.', 'zh-tw': 'MethodDesc、DynamicMethod 物件，或搭配 -i 的 IL 位址。' } }],
  *run(context, args) {
    const address = args.number('address') ?? 0;
    if (!address) yield line('Must pass a valid expression');
    else if (args.has('-i')) yield* body(context, address, undefined);
    else if (context.clr.objects.find(address)) yield* dynamic(context, address);
    else yield* method(context, address);
  },
};

/** Where the IL of a method is; undefined when it has none, or its image is not in the dump. */
export function ilAddress({ metadata, image }: ClrModule, token: number): Address | undefined {
  const rva = token && metadata && image ? metadata.cell(METHOD_DEF, token & 0xffffff, 0) : 0;
  return rva ? image?.address(rva) : undefined;
}

function* method(context: CommandContext, address: Address): Generator<OutputNode> {
  const { clr } = context;
  const found = clr.methods.find(address);
  if (!found) {
    yield line(`${upper(context, address)} is not a MethodDesc`);
    return;
  }
  const resolver = managedResolvers(clr.target, found).find((object) => dynamicIl(context, object));
  if (resolver) {
    yield* dynamic(context, resolver);
    return;
  }
  const module = clr.types.moduleOf(found.methodTable);
  if (!found.token) {
    yield line('This method has no IL body (e.g. IL stubs generated for P/Invoke or Reverse P/Invoke marshaling).');
    return;
  }
  const at = ilAddress(module, found.token);
  if (!at) {
    yield line('Unable to retrieve IL for this method (ilAddr is 0000000000000000).');
    return;
  }
  yield* body(context, at, module);
  yield { kind: 'fact', subject: 'method', address, values: { name: found.signature, il: hex(at) } };
}

function* body(context: CommandContext, at: Address, module: ClrModule | undefined): Generator<OutputNode> {
  try {
    const { code, clauses } = readMethodBody(context.memory, at);
    const names = module?.metadata && new IlNames(module.metadata);
    yield line(`ilAddr = ${upper(context, at)}`);
    for (const text of ilListing(code, clauses, (token) => (names ? names.token(token) : `TOKEN ${hex(token)}`))) yield line(text);
  } catch (error) {
    if (!isDumpError(error)) throw error;
    yield line('error decoding IL');
    yield message('dim', { en: error.message, 'zh-tw': error.message });
  }
}

/** Code of a DynamicMethod: bytes and tokens live in its resolver. */
function* dynamic(context: CommandContext, object: Address): Generator<OutputNode> {
  const il = dynamicIl(context, object);
  if (!il) {
    yield line(`Error gathering dynamic info from object at ${context.memory.hex(object)}.`);
    return;
  }
  yield line('This is dynamic IL. Exception info is not reported at this time.');
  yield line('If a token is unresolved, run "dumpobj <addr>" on the addr given');
  yield line('in parenthesis. You can also look at the token table yourself, by');
  yield line(`running "dumparray ${upper(context, il.tokens)}".`);
  yield line();
  for (const text of ilListing(il.code, [], il.name)) yield line(text);
}
