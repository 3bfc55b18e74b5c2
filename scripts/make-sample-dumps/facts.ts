import { createHash } from 'node:crypto';
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError, run, runtimePack } from './program.ts';
import type { Sample } from './samples.ts';

/** What ClrMD says about one dump, small enough to be kept beside the tests. */
export interface Facts {
  id: string;
  program: string;
  shows: string;
  /** Version of the runtime in the process. */
  runtime: string;
  /** Version of the Redis server it talked to. */
  redis?: string;
  settings: Record<string, string>;
  dump: { bytes: number; sha256: string };
  heap: { server: boolean; heaps: number; objects: number; bytes: number; segments: Record<string, number>; generations: Record<string, number>; free: { count: number; bytes: number } };
  totals: { threads: number; handles: number; modules: number; strings: number; exceptions: number; roots: number };
  /** Whether threads.txt and roots.tsv hold roots on stacks: the DAC cannot find them in a crash's dump. */
  stackRoots: boolean;
  /** SHA-256 of the facts file of this name, lines sorted: equal facts, equal hash. */
  hashes: Record<string, string>;
  types: Record<string, { methodTable: string; count: number; bytes: number; first: string }>;
  exceptions: { address: string; type: string; hresult: string; inner: string; message: string; frames: string[] }[];
  /** How many exceptions have this type and message, most frequent first. */
  messages: { type: string; message: string; count: number }[];
  threads: { managed: number; os: string; address: string; finalizer: boolean; exception: string; frames: string[] }[];
  heldLocks: { index: number; object: string; type: string; owner: string; recursion: number; waiting: number }[];
  handles: Record<string, number>;
  statics: { type: string; field: string; address: string; value: string }[];
  duplicateStrings: { text: string; count: number }[];
  answers: Record<string, string[]>;
}

const FRAMES_KEPT = 12, EXCEPTIONS_KEPT = 14, THREADS_KEPT = 14, DUPLICATES_KEPT = 10, MESSAGES_KEPT = 12;

/** Runs the ClrMD tool on a dump, leaves its files in `factsDir` and returns the summary of them. */
export async function collectFacts(sample: Sample, tool: string, dump: string, factsDir: string, redis?: string): Promise<Facts> {
  const dac = sample.singleFile && sample.runtime ? ['--dac', join(runtimePack(sample.runtime), 'libmscordaccore.so')] : [];
  const stackRoots = writeFacts(tool, dump, factsDir, dac);
  const lines = (file: string): string[] => readFileSync(join(factsDir, file), 'utf8').split('\n').filter((line) => line !== '');
  const rows = (file: string): string[][] => lines(file).map((line) => line.split('\t'));

  const summary = Object.fromEntries(rows('summary.txt').map(([name, ...rest]) => [name!, rest]));
  const number = (name: string, label: string): number => Number(new RegExp(`${label} ?(\\d+)`).exec(summary[name]!.join(' '))?.[1]);
  const objects = rows('objects.tsv');
  const stat = rows('dumpheap_stat.tsv');
  const strings = rows('strings.tsv');
  const exceptions = parseExceptions(lines('exceptions.txt'));
  const free = objects.filter((row) => row[4] === 'Free');

  return {
    id: sample.id, program: sample.program, shows: sample.shows,
    runtime: sample.runtime ?? /NETCore\.App\/([\d.]+)\//.exec(summary['coreclr']![2]!)?.[1] ?? 'unknown',
    ...(redis ? { redis } : {}),
    settings: { ...sample.settings },
    dump: { bytes: statSync(dump).size, sha256: await sha256(dump) },
    heap: {
      server: /server True/.test(summary['canWalk']!.join(' ')), heaps: number('canWalk', 'subheaps'),
      objects: objects.length, bytes: objects.reduce((sum, row) => sum + Number(row[2]), 0),
      segments: tally(rows('segments.tsv').map((row) => row[2]!)), generations: tally(objects.map((row) => row[3]!)),
      free: { count: free.length, bytes: free.reduce((sum, row) => sum + Number(row[2]), 0) },
    },
    totals: {
      threads: number('threads', '^'), handles: number('threads', 'handles'), modules: number('threads', 'modules'),
      strings: strings.length, exceptions: exceptions.length, roots: lines('roots.tsv').length,
    },
    stackRoots,
    hashes: Object.fromEntries(['objects.tsv', 'dumpheap_stat.tsv', 'strings.tsv', 'exceptions.txt', 'threads.txt', 'handles.tsv', 'roots.tsv', 'statics.tsv', 'segments.tsv', 'syncblocks.tsv', 'references.tsv', 'fields.tsv']
      .map((file) => [file, createHash('sha256').update(lines(file).sort().join('\n')).digest('hex')])),
    types: Object.fromEntries(sample.types.flatMap((name) => stat.filter((row) => row[3] === name)
      .map(([methodTable, count, bytes]) => [name, { methodTable: methodTable!, count: Number(count), bytes: Number(bytes), first: objects.find((row) => row[1] === methodTable)![0]! }]))),
    exceptions: exceptions.slice(0, EXCEPTIONS_KEPT),
    messages: mostFrequent(exceptions.map(({ type, message }) => `${type}\t${message}`), MESSAGES_KEPT).map(({ text, count }) => {
      const [type, ...message] = text.split('\t');
      return { type: type!, message: message.join('\t'), count };
    }),
    threads: parseThreads(lines('threads.txt')).slice(0, THREADS_KEPT),
    heldLocks: rows('syncblocks.tsv').filter((row) => row[3] === 'held=True').map(([index, object, type, , owner, recursion, waiting]) => ({
      index: Number(index), object: after(object!), type: type!, owner: BigInt(`0x${after(owner!)}`).toString(16), recursion: Number(after(recursion!)), waiting: Number(after(waiting!)),
    })),
    handles: tally(rows('handles.tsv').map((row) => row[1]!)),
    statics: rows('statics.tsv').filter((row) => row[0] === 'static').map(([, type, field, address, value]) => ({ type: type!, field: field!, address: address!, value: value! })),
    duplicateStrings: mostFrequent(strings.map((row) => row[1] ?? ''), DUPLICATES_KEPT).filter(({ count }) => count > 1),
    answers: Object.fromEntries((sample.questions ?? []).map((question) => [question, run(tool, ['check', dump, question, ...dac]).trimEnd().split(/[\n]/)])),
  };
}

/**
 * Writes the fact files. The DAC itself faults while it looks for roots on a stack with nested exception dispatch (a
 * crash's): then all is written but the stack roots, and the answer is false.
 */
export function writeFacts(tool: string, dump: string, factsDir: string, dac: readonly string[] = []): boolean {
  try {
    run(tool, ['facts', dump, factsDir, ...dac]);
    return true;
  } catch (error) {
    if (!(error instanceof CommandError) || error.signal === null) throw error;
    run(tool, ['facts', dump, factsDir, '--no-stack-roots', ...dac]);
    return false;
  }
}

function parseExceptions(lines: string[]): Facts['exceptions'] {
  const found: Facts['exceptions'] = [];
  for (const line of lines) {
    if (line.startsWith('    ')) {
      const frames = found.at(-1)!.frames;
      if (frames.length < FRAMES_KEPT) frames.push(line.trim());
      continue;
    }
    const [address, type, hresult, inner, ...message] = line.split('\t');
    found.push({ address: address!, type: type!, hresult: after(hresult!), inner: after(inner!), message: message.join('\t'), frames: [] });
  }
  return found;
}

function parseThreads(lines: string[]): Facts['threads'] {
  const found: Facts['threads'] = [];
  for (const line of lines) {
    const head = /^thread managed=(\d+) os=(\S+) addr=(\S+) .*finalizer=(\S+) .*exception=(.*)$/.exec(line);
    if (head) found.push({ managed: Number(head[1]), os: head[2]!, address: head[3]!, finalizer: head[4] === 'True', exception: head[5]!, frames: [] });
    else if (!line.startsWith('    root ') && found.at(-1)!.frames.length < FRAMES_KEPT) found.at(-1)!.frames.push(line.trim());
  }
  return found;
}

function tally(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = Object.create(null);
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return { ...counts };
}

function mostFrequent(values: readonly string[], limit: number): { text: string; count: number }[] {
  return Object.entries(tally(values)).map(([text, count]) => ({ text, count }))
    .sort((a, b) => b.count - a.count || (a.text < b.text ? -1 : 1)).slice(0, limit);
}

function after(pair: string): string {
  return pair.slice(pair.indexOf('=') + 1);
}

function sha256(file: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const hash = createHash('sha256');
    createReadStream(file).on('data', (chunk) => hash.update(chunk)).on('end', () => resolve(hash.digest('hex'))).on('error', reject);
  });
}
