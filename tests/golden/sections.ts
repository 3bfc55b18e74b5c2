import { readdirSync, readFileSync } from 'node:fs';

/** One command of a golden session and what SOS printed for it. */
export interface Section {
  readonly command: string;
  /** Recording it stands in: `sos.txt`, `sos-more.txt`, … */
  readonly file: string;
  /** Position of the command among those with the same text in its recording, from 0. */
  readonly occurrence: number;
  /** Debugger thread set just before, if any. */
  readonly thread: number | undefined;
  readonly expected: string;
  /** True when the session had read the roots before: SOS says that it does so the first time only. */
  readonly rootsKnown: boolean;
  /** Version of SOS that was recorded, as `eeversion` of the same recording prints it. */
  readonly sos: string | undefined;
}

/** Recordings of a dump: `sos.txt`, and any number of `sos-<topic>.txt` written by `scripts/record-sos.ts`. */
const RECORDING = /^sos(-[a-z0-9]+)?\.txt$/;
/** Dumps whose `sos.txt` was recorded in one session of dotnet-dump, like every other recording: it keeps its thread until the next setthread, and the roots. Those of the rest were recorded command by command. */
const ONE_SESSION = new Set(['redis-oom-linux-x64']);

const ROOT = new URL('./', import.meta.url);
const recordings = (dump: string) => readdirSync(new URL(`${dump}/`, ROOT)).filter((name) => RECORDING.test(name)).sort();

/** Dumps that have a recording, by name. */
export function recordedDumps(): string[] {
  return readdirSync(ROOT, { withFileTypes: true }).filter((entry) => entry.isDirectory() && recordings(entry.name).length > 0).map((entry) => entry.name).sort();
}

/** All recorded commands of a dump. */
export function readSections(dump: string): Section[] {
  return recordings(dump).flatMap((name) => parseSections(readFileSync(new URL(`${dump}/${name}`, ROOT), 'utf8'), name, name !== 'sos.txt' || ONE_SESSION.has(dump)));
}

/** Reads a recording: each output follows a line `> command`; `> setthread N` sets the thread of the next section. */
export function parseSections(text: string, file: string, oneSession: boolean): Section[] {
  const sos = /^SOS Version: (.*)$/m.exec(text)?.[1];
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
    sections.push({ command, file, occurrence, thread, expected: body.join('\n'), rootsKnown, sos });
    if (oneSession && body.includes('Caching GC roots, this may take a while.')) rootsKnown = true;
    if (!oneSession) thread = undefined;
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
