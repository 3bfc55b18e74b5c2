import type { Address, LocalText } from '../bytes/index.ts';

/** How a piece of text should look where the renderer can show it. */
export type Style = 'strong' | 'dim' | 'error' | 'warning' | 'ok';

/** Text that runs a command when activated (WinDbg's DML `<exec>`). */
export interface Link { readonly kind: 'link'; readonly text: string; readonly command: string }

export interface Styled { readonly kind: 'styled'; readonly text: string; readonly style: Style }

export type Inline = string | Link | Styled;

/** One line of output. */
export interface Line { readonly kind: 'line'; readonly parts: readonly Inline[]; /** What is printed next goes on in this line (`.printf` without `\\n`). */ readonly open?: true }

/** A cell of a row: its text is padded to `width` by the renderer; links cover the text only. */
export interface Cell { readonly content: Inline; readonly width: number; readonly align: 'left' | 'right' }

/** One row of a table. Cells are joined by `gap` (default one blank); trailing blanks stay, as SOS prints them. */
export interface Row { readonly kind: 'row'; readonly cells: readonly Cell[]; readonly gap?: string }

/** A message of ours (not SOS's), in the user's language. */
export interface Message { readonly kind: 'message'; readonly style: Style; readonly text: LocalText }

/** Something a command found; invisible, used by exercises to judge evidence, and by --json. */
export interface Fact {
  readonly kind: 'fact';
  readonly subject: 'object' | 'exception' | 'type' | 'thread' | 'module' | 'method' | 'setting' | 'root' | 'lock' | 'heap';
  readonly address?: Address;
  readonly values: Readonly<Record<string, string | number | boolean>>;
}

/**
 * A file a command writes. `name` is what the user asked for: a path where there is a disk, of which a browser keeps the last part.
 * `mode`: `new` refuses to overwrite unless the user allowed it for all files.
 */
export interface OutFile { readonly name: string; readonly mime: string; readonly mode: 'new' | 'overwrite' | 'append'; /** It grows over several commands, as logs do: the end of one does not make it incomplete. */ readonly live?: true }

/** A piece of a file, in order; at most 64 KiB or so. A file whose `file` node never comes was cancelled. */
export interface Chunk { readonly kind: 'chunk'; readonly file: OutFile; readonly bytes: Uint8Array }

/** A file is complete; `size` in bytes. */
export interface FileWritten { readonly kind: 'file'; readonly file: OutFile; readonly size: number }

/** What a command returns. */
export type OutputNode = Line | Row | Message | Fact | Chunk | FileWritten;

/** Tells the driver that it may show progress, look for cancellation and go on. Yielded at least every ~10 ms of work. */
export interface Progress {
  readonly kind: 'progress';
  readonly done: number;
  readonly total: number;
  readonly label?: LocalText;
  /** The command cannot go on before the driver has tried to load this. */
  readonly need?: Need;
}

/** Something heavy that a host loads only when a command asks for it. */
export type Need = 'disassembler';

/** A running command: pulls nodes and progress; closing the iterator cancels it. */
export type CommandRun = Generator<OutputNode | Progress, void, void>;

export function line(...parts: Inline[]): Line {
  return { kind: 'line', parts };
}

export function link(text: string, command: string): Link {
  return { kind: 'link', text, command };
}

export function styled(text: string, style: Style): Styled {
  return { kind: 'styled', text, style };
}

export function message(style: Style, text: LocalText): Message {
  return { kind: 'message', style, text };
}

export function progress(done: number, total: number, label?: LocalText): Progress {
  return label ? { kind: 'progress', done, total, label } : { kind: 'progress', done, total };
}

/** Splits text at newlines into lines. */
export function* lines(text: string): Generator<Line> {
  for (const part of text.split('\n')) yield line(part);
}
