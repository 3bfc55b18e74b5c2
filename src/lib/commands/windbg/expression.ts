import { isDumpError } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import { fileName } from '../../runtime/index.ts';
import type { CommandContext } from '../context.ts';
import { ArgumentError } from '../parse.ts';
import { apply, isFunction, callFunction, READERS } from './operators.ts';
import { registerOrPseudo } from './pseudo-registers.ts';

const MAX_DEPTH = 64;
/** Binary operators by precedence, weakest first: the debugger's own (MASM) and those of C++. */
const MASM: readonly (readonly string[])[] = [['|', 'or'], ['^', 'xor'], ['&', 'and'], ['==', '=', '!=', '<', '>', '<=', '>='], ['<<', '>>', '>>>'], ['+', '-'], ['*', '/', 'mod', '%']];
const CPP: readonly (readonly string[])[] = [['||'], ['&&'], ['|'], ['^'], ['&'], ['==', '!='], ['<', '>', '<=', '>='], ['<<', '>>'], ['+', '-'], ['*', '/', '%']];
const TOKEN = /\s*("[^"]*"|@@(?:c\+\+|masm)?|`|0n\d+|0x[0-9a-f`]+|0t[0-7]+|0y[01]+|@?[$@]?[a-z_][\w!.]*|[0-9][0-9a-f`]*h?|<<|>>>|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^~!()=<>,])/iy;

/** How an expression is read: `masm` with the session's radix, `c++` as `??` does, with decimal numbers. */
export type Syntax = 'masm' | 'c++';

/** Evaluates an expression: in MASM numbers are hexadecimal, symbols are registers, modules and pseudo-registers. */
export function evaluate(context: CommandContext, text: string, syntax: Syntax = 'masm'): bigint {
  const parser = new ExpressionParser(context, tokens(text), syntax);
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
  let at = 0;
  while (at < text.length && text.slice(at).trim() !== '') {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (!match) throw new ArgumentError(`Numeric expression missing from '${text.slice(at).trim()}'`);
    list.push(match[1].startsWith('"') ? match[1] : match[1].toLowerCase());
    at = TOKEN.lastIndex;
  }
  if (list.length === 0) throw new ArgumentError("Numeric expression missing from '<EOL>'");
  return list;
}

class ExpressionParser {
  readonly #context: CommandContext;
  readonly #tokens: readonly string[];
  #syntax: Syntax;
  #at = 0;

  constructor(context: CommandContext, list: readonly string[], syntax: Syntax) {
    this.#context = context;
    this.#tokens = list;
    this.#syntax = syntax;
  }

  get rest(): string {
    return this.#tokens.slice(this.#at).join(' ');
  }

  level(level: number, depth: number): bigint {
    if (depth > MAX_DEPTH) throw new ArgumentError('the expression is nested too deeply');
    const levels = this.#syntax === 'masm' ? MASM : CPP;
    if (level === levels.length) return this.#unary(depth + 1);
    let left = this.level(level + 1, depth);
    while (levels[level].includes(this.#tokens[this.#at] ?? '')) {
      const operator = this.#tokens[this.#at++];
      left = apply(operator, left, this.level(level + 1, depth));
    }
    return left;
  }

  #expect(token: string): void {
    if (this.#tokens[this.#at++] !== token) throw new ArgumentError(`Syntax error: '${token}' expected`);
  }

  #unary(depth: number): bigint {
    if (depth > MAX_DEPTH) throw new ArgumentError('the expression is nested too deeply');
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw new ArgumentError("Numeric expression missing from '<EOL>'");
    if (token === '(') {
      const value = this.level(0, depth);
      this.#expect(')');
      return value;
    }
    if (token === '-') return -this.#unary(depth + 1);
    if (token === '+') return this.#unary(depth + 1);
    if (token === '~' || token === 'not') return ~this.#unary(depth + 1);
    if (token === '!') return this.#unary(depth + 1) === 0n ? 1n : 0n;
    if (token.startsWith('@@')) return this.#inSyntax(token, depth);
    const read = READERS[token];
    if (read) return read(this.#context, Number(BigInt.asUintN(64, this.#unary(depth + 1))));
    return isFunction(token) ? callFunction(this.#context, token, this.#arguments(depth)) : this.#primary(token);
  }

  /** `@@c++( … )`, `@@masm( … )`; `@@( … )` is the other one of the two. */
  #inSyntax(token: string, depth: number): bigint {
    const before = this.#syntax;
    this.#syntax = token === '@@' ? (before === 'masm' ? 'c++' : 'masm') : token === '@@masm' ? 'masm' : 'c++';
    this.#expect('(');
    const value = this.level(0, depth);
    this.#expect(')');
    this.#syntax = before;
    return value;
  }

  /** Arguments of a function: texts in quotes and values. */
  #arguments(depth: number): (string | bigint)[] {
    const list: (string | bigint)[] = [];
    this.#expect('(');
    do {
      const token = this.#tokens[this.#at] ?? '';
      if (token.startsWith('"')) {
        list.push(token.slice(1, -1));
        this.#at++;
      } else list.push(this.level(0, depth + 1));
    } while (this.#tokens[this.#at++] === ',');
    this.#at--;
    this.#expect(')');
    return list;
  }

  #primary(token: string): bigint {
    const number = literal(token, this.#syntax === 'masm' ? this.#context.session.radix : 10);
    if (number !== undefined) return number;
    const value = symbol(this.#context, token.replace(/^@/, ''));
    if (value === undefined) throw new ArgumentError(`Couldn't resolve error at '${token}'`);
    return value;
  }
}

function literal(token: string, radix: 8 | 10 | 16): bigint | undefined {
  const plain = token.replace(/`/g, '');
  if (/^0n\d+$/.test(plain)) return BigInt(plain.slice(2));
  if (/^0x[0-9a-f]+$/.test(plain)) return BigInt(plain);
  if (/^0t[0-7]+$/.test(plain)) return BigInt(`0o${plain.slice(2)}`);
  if (/^0y[01]+$/.test(plain)) return BigInt(`0b${plain.slice(2)}`);
  if (radix !== 16 && !plain.endsWith('h')) return (radix === 10 ? /^\d+$/ : /^[0-7]+$/).test(plain) ? BigInt(radix === 8 ? `0o${plain}` : plain) : undefined;
  const digits = plain.replace(/h$/, '');
  return /^[0-9a-f]+$/.test(digits) ? BigInt(`0x${digits}`) : undefined;
}

function symbol(context: CommandContext, name: string): bigint | undefined {
  const register = registerOrPseudo(context, name);
  if (register !== undefined) return register.value;
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
