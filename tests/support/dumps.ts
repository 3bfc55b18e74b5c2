import { closeSync, existsSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { RangeSource } from '../../src/lib/bytes/index.ts';
import type { ByteSource } from '../../src/lib/bytes/index.ts';
import { openDump } from '../../src/lib/container/index.ts';
import { Clr, openClr } from '../../src/lib/heap/index.ts';
import { openMemory } from '../../src/lib/memory/index.ts';

/** The four dumps an independent reader has looked at; goldens are in tests/golden/<id>. */
export const SAMPLES = ['redis-oom-win-x64', 'redis-oom-linux-x64', 'crash-win-x64-net10', 'objects-win-x64-net9'] as const;
export type SampleId = (typeof SAMPLES)[number];

/** Dumps with facts of an independent reader, packed in tests/dumps: runtimes the four above do not cover. */
export const FACTS_ONLY = ['orders-net8-linux-x64', 'orders-net11-linux-x64'] as const;

/** Published dumps with facts: what no other one shows, 32 bits. */
export const WITH_FACTS = ['orders-x86-win'] as const;

/** Dumps that answer a recording and little else, packed in tests/dumps. */
export const GOLDEN_ONLY = ['stresslog-linux-x64'] as const;

/** A directory with ID.dmp and ID.facts (tools/clrmd) of more runtimes: too large for the repository, held against the same tests. */
const MORE = process.env['DUMPLAB_RUNTIMES'];

/** Everything the tests in tests/facts look at. */
export const FACT_DUMPS: readonly string[] = [
  ...SAMPLES, ...FACTS_ONLY, ...WITH_FACTS,
  ...(MORE ? readdirSync(MORE).filter((f) => f.endsWith('.facts')).map((f) => f.slice(0, -6)).filter((id) => !([...FACTS_ONLY, ...WITH_FACTS] as readonly string[]).includes(id)) : []),
];

/**
 * With DATAS the DAC of .NET 10 looks into as many handle tables as there are heaps now; the GC made one for every processor, and
 * those of heaps that were put away hold handles still. We read them all, as the DAC of .NET 11 does.
 */
export const DYNAMIC_HEAPS: ReadonlySet<string> = new Set(['orders-net10-datas-linux-x64']);

const ROOT = new URL('../../', import.meta.url).pathname;

/** A file read by ranges. */
export function fileSource(path: string): ByteSource {
  const file = openSync(path, 'r');
  process.once('exit', () => closeSync(file));
  return new RangeSource(fstatSync(file).size, (offset, length) => {
    const bytes = new Uint8Array(length);
    return bytes.subarray(0, readSync(file, bytes, 0, length, offset));
  });
}

/**
 * Opens a sample: the published pack, or the raw dump it was made from when DUMPLAB_DUMPS names a directory with it
 * (so that trimming and packing can be held against the original).
 */
export async function sampleSource(id: string): Promise<ByteSource> {
  const raw = process.env['DUMPLAB_DUMPS'];
  if (raw && existsSync(join(raw, `${id}.dmp`))) return fileSource(join(raw, `${id}.dmp`));
  if (MORE && existsSync(join(MORE, `${id}.dmp`))) return fileSource(join(MORE, `${id}.dmp`));
  const { openPackedDirectory } = await import('../../src/cli/packed-directory.ts');
  const own = join(ROOT, 'tests/dumps', id);
  return openPackedDirectory(existsSync(own) ? own : join(ROOT, 'public/sample-dumps', id));
}

/** The PDBs published beside a sample. */
export function sampleSymbols(id: string): { name: string; source: ByteSource }[] {
  const own = join(ROOT, 'tests/dumps', id);
  const directory = existsSync(own) ? own : join(ROOT, 'public/sample-dumps', id);
  return readdirSync(directory).filter((name) => name.endsWith('.pdb')).map((name) => ({ name, source: fileSource(join(directory, name)) }));
}

const opened = new Map<string, Promise<Clr>>();

/** The runtime of a sample, opened once a test file. */
export function sampleClr(id: string): Promise<Clr> {
  let clr = opened.get(id);
  if (!clr) {
    clr = sampleSource(id).then((source) => {
      const dump = openDump(source);
      return openClr(dump, openMemory(dump));
    });
    opened.set(id, clr);
  }
  return clr;
}
