import type { ArgumentDef, CommandDef, OptionDef, ParsedArgs, ValueKind } from './command.ts';

/** Why a command line was refused; `option` is the word at fault. */
export class ArgumentError extends Error {
  readonly option: string | undefined;
  constructor(message: string, option?: string) {
    super(message);
    this.name = 'ArgumentError';
    this.option = option;
  }
}

/** Splits at blanks; double quotes keep blanks together and are removed. */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  for (const match of text.matchAll(/"([^"]*)"?|(\S+)/g)) words.push(match[1] ?? match[2]);
  return words;
}

/**
 * Numbers as debuggers read them: hexadecimal by default, `0x` and backquotes allowed, `0n` decimal, trailing `h`.
 * `decimal` reads plain digits as decimal (today's dumpheap -min). undefined when it is not a number.
 */
export function parseNumber(text: string, kind: 'hex' | 'decimal' = 'hex'): number | undefined {
  const plain = text.replace(/`/g, '').toLowerCase();
  if (/^0n\d+$/.test(plain)) return Number(plain.slice(2));
  if (/^0x[0-9a-f]+$/.test(plain)) return Number(plain);
  if (kind === 'decimal' && /^\d+$/.test(plain)) return Number(plain);
  const digits = plain.replace(/h$/, '');
  return /^[0-9a-f]+$/.test(digits) ? parseInt(digits, 16) : undefined;
}

/** Reads a command's words by what it declares. */
export function parseArguments(command: CommandDef, raw: string): ParsedArgs {
  return new Parser(command, raw).parse();
}

class Parser implements ParsedArgs {
  readonly raw: string;
  readonly #command: CommandDef;
  readonly #switches = new Set<string>();
  readonly #values = new Map<string, string[]>();
  readonly #kinds = new Map<string, ValueKind>();

  constructor(command: CommandDef, raw: string) {
    this.#command = command;
    this.raw = raw.trim();
  }

  parse(): this {
    const words = splitWords(this.raw);
    const args = [...(this.#command.args ?? [])];
    for (let i = 0; i < words.length; i++) {
      const word = words[i];
      const option = this.#option(word);
      if (option) i += this.#takeOption(option, word, words[i + 1]);
      else if (/^[-/][a-z]/i.test(word) && args[0]?.kind !== 'rest') throw new ArgumentError(`Unrecognized command or argument '${word}'.`, word);
      else if (!this.#takeArgument(args, word, words, i)) throw new ArgumentError(`Unrecognized command or argument '${word}'.`, word);
      else if (args[0]?.kind === 'rest' && this.#values.has(args[0].name)) break;
    }
    const required = args.find((a) => !a.optional && !this.#values.has(a.name));
    if (required) throw new ArgumentError(`Required argument missing for command: '${this.#command.name}'.`);
    return this;
  }

  /** `-stat`, `--stat` and `/d` all name options; case does not matter. */
  #option(word: string): OptionDef | undefined {
    if (!/^[-/]/.test(word)) return undefined;
    const name = `-${word.replace(/^(--?|\/)/, '').toLowerCase()}`;
    return this.#command.options?.find((o) => o.name.toLowerCase() === name || o.aliases?.some((a) => a.toLowerCase() === name));
  }

  #takeOption(option: OptionDef, word: string, next: string | undefined): number {
    if (!option.value) {
      this.#switches.add(option.name);
      return 0;
    }
    if (next === undefined) throw new ArgumentError(`Required argument missing for option: '${word}'.`, word);
    this.#set(option.name, option.value, next);
    this.#switches.add(option.name);
    return 1;
  }

  #takeArgument(args: ArgumentDef[], word: string, words: readonly string[], index: number): boolean {
    const argument = args[0];
    if (!argument) return false;
    if (argument.kind === 'rest') this.#set(argument.name, 'rest', words.slice(index).join(' '));
    else {
      this.#set(argument.name, argument.kind, word);
      if (!argument.many) args.shift();
    }
    return true;
  }

  #set(name: string, kind: ValueKind, text: string): void {
    if ((kind === 'hex' || kind === 'decimal') && parseNumber(text, kind) === undefined) throw new ArgumentError(`Invalid value '${text}' for '${name}': a ${kind === 'hex' ? 'hexadecimal' : 'decimal'} number is needed.`, text);
    this.#kinds.set(name, kind);
    const list = this.#values.get(name);
    if (list) list.push(text);
    else this.#values.set(name, [text]);
  }

  has(option: string): boolean {
    return this.#switches.has(option);
  }

  number(name: string): number | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : parseNumber(text, this.#kinds.get(name) === 'decimal' ? 'decimal' : 'hex');
  }

  text(name: string): string | undefined {
    return this.#values.get(name)?.[0];
  }

  all(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }
}
