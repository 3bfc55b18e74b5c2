import type { Address } from '../../bytes/index.ts';
import { isDumpError } from '../../bytes/index.ts';
import { fileName } from '../../runtime/index.ts';
import type { CommandContext } from '../context.ts';
import { ArgumentError } from '../parse.ts';

const MASK = (1n << 64n) - 1n;
const MAX_DEPTH = 64;
/** Binary operators by precedence, weakest first (WinDbg's MASM expressions). */
const LEVELS: readonly (readonly string[])[] = [['|', 'or'], ['^', 'xor'], ['&', 'and'], ['==', '=', '!=', '<', '>', '<=', '>='], ['<<', '>>', '>>>'], ['+', '-'], ['*', '/', 'mod', '%']];
const TOKEN = /\s*(`|0n\d+|0x[0-9a-f`]+|0t[0-7]+|0y[01]+|@?[$@]?[a-z_][\w!.]*|[0-9][0-9a-f`]*h?|<<|>>>|>>|<=|>=|==|!=|[-+*/%&|^~!()=<>])/iy;

/** Evaluates a MASM expression: numbers are hexadecimal, symbols are registers, modules and pseudo-registers. */
export function evaluate(context: CommandContext, text: string): bigint {
  const parser = new ExpressionParser(context, tokens(text));
  const value = parser.level(0, 0);
  if (parser.rest) throw new ArgumentError(`Extra character error in '${parser.rest}'`);
  return BigInt.asUintN(64, value);
}

/** Like `evaluate`, as an address. */
export function evaluateAddress(context: CommandContext, text: string): Address {
  return Number(evaluate(context, text));
}

function tokens(text: string): string[] {
  const list: string[] = [];
  TOKEN.lastIndex = 0;
  let at = 0;
  while (at < text.length && text.slice(at).trim() !== '') {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (!match) throw new ArgumentError(`Numeric expression missing from '${text.slice(at).trim()}'`);
    list.push(match[1].toLowerCase());
    at = TOKEN.lastIndex;
  }
  if (list.length === 0) throw new ArgumentError("Numeric expression missing from '<EOL>'");
  return list;
}

class ExpressionParser {
  readonly #context: CommandContext;
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(context: CommandContext, list: readonly string[]) {
    this.#context = context;
    this.#tokens = list;
  }

  get rest(): string {
    return this.#tokens.slice(this.#at).join(' ');
  }

  level(level: number, depth: number): bigint {
    if (depth > MAX_DEPTH) throw new ArgumentError('the expression is nested too deeply');
    if (level === LEVELS.length) return this.#unary(depth + 1);
    let left = this.level(level + 1, depth);
    while (LEVELS[level].includes(this.#tokens[this.#at] ?? '')) {
      const operator = this.#tokens[this.#at++];
      left = apply(operator, left, this.level(level + 1, depth));
    }
    return left;
  }

  #unary(depth: number): bigint {
    if (depth > MAX_DEPTH) throw new ArgumentError('the expression is nested too deeply');
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw new ArgumentError("Numeric expression missing from '<EOL>'");
    if (token === '(') {
      const value = this.level(0, depth);
      if (this.#tokens[this.#at++] !== ')') throw new ArgumentError("Syntax error: ')' expected");
      return value;
    }
    if (token === '-') return -this.#unary(depth + 1);
    if (token === '+') return this.#unary(depth + 1);
    if (token === '~' || token === 'not') return ~this.#unary(depth + 1);
    if (token === '!') return this.#unary(depth + 1) === 0n ? 1n : 0n;
    const read = READERS[token];
    return read ? read(this.#context, Number(BigInt.asUintN(64, this.#unary(depth + 1)))) : this.#primary(token);
  }

  #primary(token: string): bigint {
    const number = literal(token);
    if (number !== undefined) return number;
    const value = symbol(this.#context, token.replace(/^@/, ''));
    if (value === undefined) throw new ArgumentError(`Couldn't resolve error at '${token}'`);
    return value;
  }
}

type Reader = (context: CommandContext, address: Address) => bigint;
const READERS: Readonly<Record<string, Reader>> = {
  poi: (c, a) => BigInt(c.memory.pointer(a)), qwo: (c, a) => c.memory.big64(a), dwo: (c, a) => BigInt(c.memory.u32(a)), wo: (c, a) => BigInt(c.memory.u16(a)),
  by: (c, a) => BigInt(c.memory.u8(a)), low: (_, a) => BigInt(a % 65536), hi: (_, a) => BigInt(Math.floor(a / 65536) % 65536),
};

function apply(operator: string, a: bigint, b: bigint): bigint {
  switch (operator) {
    case '|': case 'or': return a | b;
    case '^': case 'xor': return a ^ b;
    case '&': case 'and': return a & b;
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

function literal(token: string): bigint | undefined {
  const plain = token.replace(/`/g, '');
  if (/^0n\d+$/.test(plain)) return BigInt(plain.slice(2));
  if (/^0x[0-9a-f]+$/.test(plain)) return BigInt(plain);
  if (/^0t[0-7]+$/.test(plain)) return BigInt(`0o${plain.slice(2)}`);
  if (/^0y[01]+$/.test(plain)) return BigInt(`0b${plain.slice(2)}`);
  const digits = plain.replace(/h$/, '');
  return /^[0-9a-f]+$/.test(digits) && /^[0-9]|^[a-f]+[0-9a-f]*$/.test(digits) ? BigInt(`0x${digits}`) : undefined;
}

function symbol(context: CommandContext, name: string): bigint | undefined {
  const thread = context.dump.threads[context.session.thread];
  const register = thread?.registers[name];
  if (register !== undefined) return register;
  if (name === '$teb') return thread && BigInt(thread.teb);
  if (name === '$tid') return thread && BigInt(thread.id);
  if (name === '$ip') return thread?.registers['rip'] ?? thread?.registers['eip'];
  if (name === '$csp') return thread?.registers['rsp'] ?? thread?.registers['esp'];
  if (name === '$ptrsize') return BigInt(context.dump.pointerSize);
  const stored = context.session.pseudoRegisters.get(name);
  if (stored !== undefined) return BigInt(stored);
  const [moduleName, exported] = name.split('!');
  const module = context.dump.modules.find((m) => symbolName(m.path) === moduleName);
  if (!module) return undefined;
  if (!exported) return BigInt(module.base);
  try {
    const address = context.exportOf(module, exported);
    return address === undefined ? undefined : BigInt(address);
  } catch (error) {
    if (isDumpError(error)) return undefined;
    throw error;
  }
}

/** Name of a module in symbols: the file's without extension, odd characters as underscores, lower-case. */
export function symbolName(path: string): string {
  return moduleLabel(path).toLowerCase();
}

/** Like symbolName, in the file's own case: what lm prints. */
export function moduleLabel(path: string): string {
  return fileName(path).replace(/\.(dll|exe|so)(\.[\d.]+)?$/i, '').replace(/[^\w]/g, '_');
}

/** `` 00007ff8`26710000 `` on a 64-bit target, eight digits on a 32-bit one. */
export function tick(value: bigint | number, pointerSize: 4 | 8): string {
  const text = value.toString(16).padStart(pointerSize * 2, '0');
  return pointerSize === 8 ? `${text.slice(0, 8)}\`${text.slice(8)}` : text;
}
