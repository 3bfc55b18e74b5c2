import { hex, isDumpError } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import { primitiveName, SignatureReader } from '../../image/index.ts';
import type { Metadata, TypeSig } from '../../image/index.ts';
import { line } from '../../output/index.ts';
import type { ArgumentDef, CommandDef, ParsedArgs } from '../command.ts';
import type { CommandContext } from '../context.ts';

const MAX_SIGNATURE = 1024;
const FIELD = 6;
const LOCALS = 7;
/** Calling conventions (ECMA-335 II.23.2). */
const CONVENTIONS = ['[DEFAULT]', '[C]', '[STDCALL]', '[THISCALL]', '[FASTCALL]', '[VARARG]', '[FIELD]', '[LOCALSIG]', '[PROPERTY]', '[UNMANAGED]', '[INSTANTIATION]'];

const ARGS: readonly ArgumentDef[] = [
  { name: 'sigaddr', kind: 'text', help: { en: 'Address of the signature, also as a sum: 7ffe1234+2.', 'zh-tw': '簽章的位址，也可寫成加法：7ffe1234+2。' } },
  { name: 'moduleaddr', kind: 'hex', optional: true, help: { en: 'Module whose metadata names the types.', 'zh-tw': '提供型別名稱的模組。' } },
];

export const dumpsig: CommandDef = {
  name: 'dumpsig',
  host: 'sos',
  group: 'types',
  summary: { en: 'A method or field signature in the runtime’s memory, as text.', 'zh-tw': '將執行階段記憶體中的方法或欄位簽章轉為文字。' },
  args: ARGS,
  *run(context, args) {
    yield line(read(context, args, (bytes, metadata) => signature(context, bytes, metadata)));
  },
};

export const dumpsigelem: CommandDef = {
  name: 'dumpsigelem',
  host: 'sos',
  group: 'types',
  summary: { en: 'One element of a signature: for those that are damaged.', 'zh-tw': '簽章中的單一元素，適用於已損毀的簽章。' },
  args: ARGS,
  *run(context, args) {
    yield line(read(context, args, (bytes, metadata) => typeText(context, new SignatureReader(bytes).type(), metadata)));
  },
};

function read(context: CommandContext, args: ParsedArgs, print: (bytes: Uint8Array, metadata: Metadata | undefined) => string): string {
  const text = args.text('sigaddr') ?? '';
  const address = text.split('+').reduce((sum, part) => sum + parseInt(part.replace(/`/g, '').replace(/^0x/i, ''), 16), 0);
  if (!Number.isSafeInteger(address) || address === 0) return `Invalid parameter ${text}`;
  const module: Address | undefined = args.number('moduleaddr');
  try {
    const metadata = module === undefined ? undefined : context.clr.modules.at(module).metadata;
    return print(context.memory.readUpTo(address, MAX_SIGNATURE), metadata);
  } catch (error) {
    if (isDumpError(error)) return `${context.memory.hex(address)}: ${error.message}`;
    throw error;
  }
}

function signature(context: CommandContext, bytes: Uint8Array, metadata: Metadata | undefined): string {
  const head = bytes[0] ?? 0;
  const convention = CONVENTIONS[head & 15] ?? '[UNKNOWN]';
  const text = (sig: TypeSig) => typeText(context, sig, metadata);
  if ((head & 15) === FIELD) return `${convention} ${text(new SignatureReader(bytes).field())}`;
  if ((head & 15) === LOCALS) return `${convention} (${new SignatureReader(bytes).locals().map(text).join(',')})`;
  const method = new SignatureReader(bytes).method();
  const flags = `${head & 0x20 ? '[hasThis] ' : ''}${head & 0x40 ? '[explicit] ' : ''}${head & 0x10 ? `[generic:${method.genericArity}] ` : ''}`;
  return `${convention} ${flags}${text(method.returns)} (${method.parameters.map(text).join(',')})`;
}

function typeText(context: CommandContext, sig: TypeSig, metadata: Metadata | undefined): string {
  const inner = (s: TypeSig) => typeText(context, s, metadata);
  switch (sig.kind) {
    case 'primitive': return primitiveName(sig.element) ?? '';
    case 'named': return `${sig.valueType ? 'ValueClass' : 'Class'} ${named(metadata, sig.coded)}`;
    case 'pointer': return `Ptr ${inner(sig.element)}`;
    case 'byref': return `ByRef ${inner(sig.element)}`;
    case 'szarray': return `SZArray ${inner(sig.element)}`;
    case 'pinned': return `PINNED ${inner(sig.element)}`;
    case 'array': return `MDArray ${inner(sig.element)}[${','.repeat(Math.max(0, sig.rank - 1))}]`;
    case 'var': return `!${sig.index}`;
    case 'mvar': return `!!${sig.index}`;
    case 'generic': return `${inner(sig.type)}<${sig.args.map(inner).join(',')}>`;
    case 'function': return `FunctionPtr ${inner(sig.method.returns)} (${sig.method.parameters.map(inner).join(',')})`;
    case 'internal': return `MT ${context.memory.hex(sig.handle)} ${context.clr.types.name(sig.handle, 'sos')}`;
  }
}

function named(metadata: Metadata | undefined, coded: number): string {
  const token = [0x02000000, 0x01000000, 0x1b000000][coded & 3] + (coded >>> 2);
  if (!metadata) return hex(token, 8);
  const ref = metadata.typeDefOrRef(coded);
  return ref.table === 27 ? hex(token, 8) : metadata.shortTypeName(ref);
}
