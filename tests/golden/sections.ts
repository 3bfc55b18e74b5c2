import { readFileSync } from 'node:fs';

/** One command of a golden session and what SOS printed for it. */
export interface Section {
  readonly command: string;
  /** Position of the command among those with the same text, from 0. */
  readonly occurrence: number;
  /** Debugger thread set just before, if any. */
  readonly thread: number | undefined;
  readonly expected: string;
}

/** Sessions of dotnet-dump itself keep the thread until the next setthread; the others were recorded command by command. */
const KEEPS_THREAD = new Set(['redis-oom-linux-x64']);

/** Reads a golden file: each output follows a line `> command`; `> setthread N` sets the thread of the next section. */
export function readSections(dump: string): Section[] {
  const text = readFileSync(new URL(`./${dump}/sos.txt`, import.meta.url), 'utf8');
  const sections: Section[] = [];
  const counts = new Map<string, number>();
  let thread: number | undefined;
  let command: string | undefined;
  let body: string[] = [];
  const flush = () => {
    if (command === undefined) return;
    const set = /^setthread (\d+)$/.exec(command);
    if (set && body.length === 0) {
      thread = Number(set[1]);
      return;
    }
    const occurrence = counts.get(command) ?? 0;
    counts.set(command, occurrence + 1);
    sections.push({ command, occurrence, thread, expected: body.join('\n') });
    if (!KEEPS_THREAD.has(dump)) thread = undefined;
  };
  for (const line of text.replace(/\n$/, '').split('\n')) {
    if (line.startsWith('> ')) {
      flush();
      command = line.slice(2);
      body = [];
    } else body.push(line);
  }
  flush();
  return sections;
}
