import type { Address } from '../../bytes/index.ts';
import { ElfImage, PeImage } from '../../image/index.ts';
import type { CommandContext } from '../context.ts';
import { ArgumentError } from '../parse.ts';
import { wildcard } from './wildcard.ts';

const MASK = (1n << 64n) - 1n;
const ELF = 0x464c457f;

type Reader = (context: CommandContext, address: Address) => bigint;
/** Unary operators with names: what memory holds at an address, and halves of a value. */
export const READERS: Readonly<Record<string, Reader>> = Object.assign(Object.create(null) as Record<string, Reader>, {
  poi: (c: CommandContext, a: Address) => BigInt(c.memory.pointer(a)), qwo: (c: CommandContext, a: Address) => c.memory.big64(a),
  dwo: (c: CommandContext, a: Address) => BigInt(c.memory.u32(a)), wo: (c: CommandContext, a: Address) => BigInt(c.memory.u16(a)), by: (c: CommandContext, a: Address) => BigInt(c.memory.u8(a)),
  low: (_: CommandContext, a: Address) => BigInt(a % 65536), hi: (_: CommandContext, a: Address) => BigInt(Math.floor(a / 65536) % 65536),
});

export function apply(operator: string, a: bigint, b: bigint): bigint {
  switch (operator) {
    case '|': case 'or': return a | b;
    case '^': case 'xor': return a ^ b;
    case '&': case 'and': return a & b;
    case '&&': return a && b ? 1n : 0n;
    case '||': return a || b ? 1n : 0n;
    case '=': case '==': return a === b ? 1n : 0n;
    case '!=': return a !== b ? 1n : 0n;
    case '<': return a < b ? 1n : 0n;
    case '>': return a > b ? 1n : 0n;
    case '<=': return a <= b ? 1n : 0n;
    case '>=': return a >= b ? 1n : 0n;
    case '<<': return (a << (b & 63n)) & MASK;
    case '>>': case '>>>': return a >> (b & 63n);
    case '+': return a + b;
    case '-': return a - b;
    case '*': return a * b;
    default:
      if (b === 0n) throw new ArgumentError('Divide by zero');
      return operator === '/' ? a / b : a % b;
  }
}

type Argument = string | bigint;
interface Callable { readonly takes: string; call(context: CommandContext, args: readonly Argument[]): bigint }

/** Where an image starts: of a program its first instruction, of a library its initialiser. */
function entryPoint({ memory }: CommandContext, base: Address): Address {
  return (memory.u32(base) === ELF ? ElfImage.open(memory, base) : PeImage.open(memory, base)).entry ?? 0;
}

const compare = (a: string, b: string) => (a === b ? 0n : a < b ? -1n : 1n);
/** The debugger's functions (its manual, "MASM Numbers and Operators"). `takes`: t a text, n a number. */
const FUNCTIONS: ReadonlyMap<string, Callable> = new Map<string, Callable>([
  ['$scmp', { takes: 'tt', call: (_, [a, b]) => compare(String(a), String(b)) }],
  ['$sicmp', { takes: 'tt', call: (_, [a, b]) => compare(String(a).toLowerCase(), String(b).toLowerCase()) }],
  ['$spat', { takes: 'tt', call: (_, [text, pattern]) => (wildcard(String(pattern)).test(String(text)) ? 1n : 0n) }],
  ['$vvalid', { takes: 'nn', call: (context, [at, length]) => (context.memory.has(Number(at), Number(length)) ? 1n : 0n) }],
  ['$iment', { takes: 'n', call: (context, [base]) => BigInt(entryPoint(context, Number(base))) }],
]);

export const isFunction = (name: string) => FUNCTIONS.has(name);

export function callFunction(context: CommandContext, name: string, args: readonly Argument[]): bigint {
  const callable = FUNCTIONS.get(name);
  const given = args.map((a) => (typeof a === 'string' ? 't' : 'n')).join('');
  if (!callable || given !== callable.takes) throw new ArgumentError(`Syntax error: ${name}(${[...(callable?.takes ?? '')].map((t) => (t === 't' ? '"text"' : 'value')).join(', ')})`);
  return callable.call(context, args);
}
