import type { ArgumentDef, CommandDef, OptionDef, ParsedArgs, ValueKind } from './command.ts';
import { NATIVE_COMMANDS, REFUSALS } from './sos-arguments.ts';

/** Why a command line was refused, one or more lines; `option` is the word at fault. `parsing`: the words themselves were wrong, and SOS prints its help. */
export class ArgumentError extends Error {
  readonly option: string | undefined;
  readonly parsing: boolean;
  constructor(message: string, option?: string, parsing = false) {
    super(message);
    this.name = 'ArgumentError';
    this.option = option;
    this.parsing = parsing;
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

const unrecognized = (word: string) => `Unrecognized command or argument '${word}'.`;

/** Options are told apart by their letters: one dash, two or a slash, capital or not. */
const bareOption = (word: string) => word.replace(/^(--?|\/)/, '').toLowerCase();

/** Reads a command's words by what it declares. */
export function parseArguments(command: CommandDef, raw: string, calledAs = command.name): ParsedArgs {
  return new Parser(command, raw, calledAs.toLowerCase()).parse();
}

class Parser implements ParsedArgs {
  readonly raw: string;
  readonly #command: CommandDef;
  readonly #switches = new Set<string>();
  readonly #values = new Map<string, string[]>();
  readonly #kinds = new Map<string, ValueKind>();

  readonly calledAs: string;

  constructor(command: CommandDef, raw: string, calledAs: string) {
    this.calledAs = calledAs;
    this.#command = command;
    this.raw = raw.trim();
  }

  parse(): this {
    const words = splitWords(this.raw);
    const args = [...(this.#command.args ?? [])];
    const native = this.#command.host === 'sos' && NATIVE_COMMANDS.has(this.#command.name);
    const managed = this.#command.host === 'sos' && !native;
    const extra: string[] = [];
    for (let i = 0; i < words.length; i++) {
      const word = words[i];
      const option = this.#option(word);
      if (option) i += this.#takeOption(option, word, words[i + 1]);
      else if (!managed && /^[-/][a-z]/i.test(word) && args[0]?.kind !== 'rest') throw new ArgumentError(native ? `Unknown option: ${word}` : unrecognized(word), word);
      else if (this.#takeArgument(args, word, words, i)) {
        if (args[0]?.kind === 'rest' && this.#values.has(args[0].name)) break;
      } else if (native) throw new ArgumentError(`Incorrect argument: ${words.slice(i).join(' ')}`, word);
      else extra.push(word);
    }
    if (extra.length) throw new ArgumentError(extra.map(unrecognized).join('\n'), extra[0], true);
    const required = args.find((a) => !a.optional && !this.#values.has(a.name));
    if (required) throw this.#missing(required);
    return this;
  }

  /** SOS's own words for an argument that is not there or cannot be read. */
  #missing(argument: ArgumentDef): ArgumentError {
    const text = REFUSALS[this.#command.name]?.[argument.name]?.missing;
    return text === undefined ? new ArgumentError(`Required argument missing for command: '${this.#command.name}'.`) : new ArgumentError(text.replace('$', ''));
  }

  /** `-stat`, `--stat` and `/d` all name options; case does not matter. */
  #option(word: string): OptionDef | undefined {
    if (!/^[-/]/.test(word)) return undefined;
    const name = bareOption(word);
    return this.#command.options?.find((o) => bareOption(o.name) === name || o.aliases?.some((a) => bareOption(a) === name));
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
    const value = (kind === 'hex' || kind === 'decimal') && parseNumber(text, kind) === undefined ? this.#unreadable(name, kind, text) : text;
    this.#kinds.set(name, kind);
    const list = this.#values.get(name);
    if (list) list.push(value);
    else this.#values.set(name, [value]);
  }

  /** What stands for a word that is no number; throws where SOS refuses it. */
  #unreadable(name: string, kind: 'hex' | 'decimal', text: string): string {
    const { host, args } = this.#command;
    const isArgument = host === 'sos' && args?.some((a) => a.name === name);
    const refusal = isArgument ? REFUSALS[this.#command.name]?.[name]?.invalid : undefined;
    if (refusal !== undefined) throw new ArgumentError(refusal.replace('$', text), text);
    if (isArgument && NATIVE_COMMANDS.has(this.#command.name)) return '0';
    throw new ArgumentError(`Invalid value '${text}' for '${name}': a ${kind === 'hex' ? 'hexadecimal' : 'decimal'} number is needed.`, text, true);
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
