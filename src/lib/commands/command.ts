import type { LocalText } from '../bytes/index.ts';
import type { CommandRun, Need } from '../output/index.ts';
import type { CommandContext } from './context.ts';

/** How the value of an option or argument is read. `hex` accepts 0x, backquotes and WinDbg's `0n`; `text` takes one word, `rest` the remainder of the line. */
export type ValueKind = 'hex' | 'decimal' | 'text' | 'rest';

export interface OptionDef {
  /** With its dash, lower-case: `-stat`. */
  readonly name: string;
  readonly aliases?: readonly string[];
  /** Absent: a switch. */
  readonly value?: ValueKind;
  readonly help: LocalText;
}

export interface ArgumentDef {
  readonly name: string;
  readonly kind: ValueKind;
  readonly optional?: boolean;
  /** Takes all remaining words. */
  readonly many?: boolean;
  readonly help: LocalText;
}

/** Parsed command line: what the command declared, nothing else. */
export interface ParsedArgs {
  /** True when the switch was given. */
  has(option: string): boolean;
  /** Value of a `hex` or `decimal` option or argument. */
  number(name: string): number | undefined;
  text(name: string): string | undefined;
  /** All values of a `many` argument. */
  all(name: string): readonly string[];
  /** The name it was called by, in small letters: its own or an alias. */
  readonly calledAs: string;
  /** The line after the command's name, untouched. */
  readonly raw: string;
}

/**
 * One command, complete: names, arguments, help in both languages and what it does.
 * It never prints: it yields nodes, and `progress` at least every few milliseconds of work, so that it can be cancelled.
 */
export interface CommandDef {
  /** Canonical name as today's SOS or WinDbg spells it: `dumpheap`, `.cordll`. */
  readonly name: string;
  readonly aliases?: readonly string[];
  /** `sos` commands are accepted with and without `!`; `windbg` ones only as written. */
  readonly host: 'sos' | 'windbg';
  readonly group: 'exceptions' | 'heap' | 'objects' | 'types' | 'threads' | 'gc' | 'modules' | 'session' | 'script' | 'memory' | 'help';
  readonly summary: LocalText;
  readonly options?: readonly OptionDef[];
  readonly args?: readonly ArgumentDef[];
  /** Longer help, in Markdown-free plain text. */
  readonly details?: LocalText;
  readonly examples?: readonly string[];
  /** Commands that work before a dump is opened. */
  readonly withoutDump?: boolean;
  /** What must be loaded before it runs. */
  readonly needs?: readonly Need[];
  /** Answers truly where structures were found by their shape (.NET Framework), or needs none of them. Others are refused there. */
  readonly byShape?: true;
  /** True for a command that SOS has and that only explains why it cannot work here. */
  readonly unavailable?: boolean;
  run(context: CommandContext, args: ParsedArgs): CommandRun;
}
