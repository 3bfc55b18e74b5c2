import { readFileSync } from 'node:fs';

/** One command of a golden session and what SOS printed for it. */
export interface Section {
  readonly command: string;
  /** Position of the command among those with the same text, from 0. */
  readonly occurrence: number;
  /** Debugger thread set just before, if any. */
  readonly thread: number | undefined;
  readonly expected: string;
  /** True when the session had read the roots before: SOS says that it does so the first time only. */
  readonly rootsKnown: boolean;
}

/** Recorded in one session of dotnet-dump, which keeps its thread until the next setthread, and the roots; the others command by command. */
const ONE_SESSION = new Set(['redis-oom-linux-x64']);

/** Reads a golden file: each output follows a line `> command`; `> setthread N` sets the thread of the next section. */
export function readSections(dump: string): Section[] {
  const text = readFileSync(new URL(`./${dump}/sos.txt`, import.meta.url), 'utf8');
  const sections: Section[] = [];
  const counts = new Map<string, number>();
  let thread: number | undefined;
  let command: string | undefined;
  let body: string[] = [];
  let rootsKnown = false;
  const flush = () => {
    if (command === undefined) return;
    const set = /^setthread (\d+)$/.exec(command);
    if (set && body.length === 0) {
      thread = Number(set[1]);
      return;
    }
    const occurrence = counts.get(command) ?? 0;
    counts.set(command, occurrence + 1);
    sections.push({ command, occurrence, thread, expected: body.join('\n'), rootsKnown });
    if (ONE_SESSION.has(dump) && body.includes('Caching GC roots, this may take a while.')) rootsKnown = true;
    if (!ONE_SESSION.has(dump)) thread = undefined;
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
