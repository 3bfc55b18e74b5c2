import { ArgumentError } from '../parse.ts';

/** A cursor over the header and blocks of a control statement: `(condition) { commands } .else { commands }`. */
export class BlockReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  #skip(): void {
    while (this.#at < this.#text.length && /[\s;]/.test(this.#text[this.#at])) this.#at++;
  }

  get rest(): string {
    this.#skip();
    return this.#text.slice(this.#at);
  }

  /** Takes a pattern that stands here; its groups, or undefined. */
  take(pattern: RegExp): RegExpExecArray | undefined {
    const match = pattern.exec(this.rest);
    if (match?.index !== 0) return undefined;
    this.#at += match[0].length;
    return match;
  }

  /** Text up to the next opening brace, for conditions with or without parentheses. */
  header(): string {
    this.#skip();
    const start = this.#at;
    let quoted = false;
    for (; this.#at < this.#text.length; this.#at++) {
      const c = this.#text[this.#at];
      if (c === '"') quoted = !quoted;
      else if (c === '{' && !quoted && this.#text[this.#at - 1] !== '$') break;
    }
    return this.#text.slice(start, this.#at).trim();
  }

  /** What stands between `(` and its `)`. */
  parentheses(): string {
    return this.#bracketed('(', ')');
  }

  /** What stands between `{` and its `}`. */
  block(): string {
    return this.#bracketed('{', '}');
  }

  #bracketed(open: string, close: string): string {
    this.#skip();
    if (this.#text[this.#at] !== open) throw new ArgumentError(`Syntax error: '${open}' expected at '${this.#text.slice(this.#at, this.#at + 32)}'`);
    const start = this.#at + 1;
    let depth = 0;
    let quoted = false;
    for (; this.#at < this.#text.length; this.#at++) {
      const c = this.#text[this.#at];
      if (c === '"') quoted = !quoted;
      else if (quoted) continue;
      else if (c === open) depth++;
      else if (c === close && --depth === 0) return this.#text.slice(start, this.#at++);
    }
    throw new ArgumentError(`Syntax error: '${close}' expected`);
  }

  /** Nothing may follow. */
  end(): void {
    const { rest } = this;
    if (rest) throw new ArgumentError(`Extra character error in '${rest}'`);
  }
}
