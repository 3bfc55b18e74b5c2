/**
 * Trims raw dumps and packs them for the site.
 * Usage: node scripts/pack-samples.ts RAW_DIRECTORY [ID…]   reads RAW_DIRECTORY/ID.dmp, writes public/sample-dumps/ID/
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packDump, TracingSource } from '../src/cli/pack-writer.ts';
import { trimDump } from '../src/cli/trim.ts';
import { BufferSource } from '../src/lib/bytes/index.ts';
import { openDump } from '../src/lib/container/index.ts';
import { Engine } from '../src/lib/engine/index.ts';
import { readSections } from '../tests/golden/sections.ts';
import { fileSource, SAMPLES } from '../tests/support/dumps.ts';

const OUT = new URL('../public/sample-dumps/', import.meta.url).pathname;
/** What every terminal is likely to ask; golden sessions add the rest for the dumps that have one. */
const USUAL = ['dumpheap -stat', 'dumpheap -strings', 'clrthreads', 'dumpexceptions', 'eeversion', 'lm', '~', 'version', 'pe', '~*e r', 'clrstack -all', 'syncblk', 'gchandles', 'finalizequeue', 'eeheap -gc', 'threadpool', 'dumpasync', 'parallelstacks', 'dumpdomain', 'gcroot'];
/** Fetched before the first prompt; the rest comes when it is asked for. */
const HOT = ['!dumpheap -type Exception -stat'];
const WARM = ['!threads', '!dumpexceptions', '!dumpheap -stat'];

const [raw, ...wanted] = process.argv.slice(2);
if (!raw) throw new Error('usage: node scripts/pack-samples.ts RAW_DIRECTORY [ID…]');
const ids = wanted.length ? wanted : readdirSync(raw).filter((f) => f.endsWith('.dmp')).map((f) => f.slice(0, -4));
for (const id of ids) {
  const golden = (SAMPLES as readonly string[]).includes(id) ? readSections(id) : [];
  const { bytes, scrubbed } = trimDump(fileSource(join(raw, `${id}.dmp`)), [...USUAL.map((command) => ({ command })), ...golden], { blankBuffers: true });
  const source = new TracingSource(new BufferSource(bytes));
  const engine = new Engine();
  const run = (commands: readonly string[]) => {
    for (const command of commands) for (const node of engine.execute(command)) void node;
    return source.take();
  };
  for (const node of engine.open(source, id)) void node;
  const hot = run(HOT);
  const warm = run(WARM);
  const pack = packDump(openDump(new BufferSource(bytes)), { id, name: `${id}.dmp`, hot, warm });
  const directory = join(OUT, id);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'index.json'), JSON.stringify(pack.index));
  pack.index.files.forEach((file, i) => writeFileSync(join(directory, file.name), pack.data[i]));
  const total = pack.data.reduce((sum, d) => sum + d.length, 0);
  console.log(`${id}: trimmed ${bytes.length}, packed ${total} in ${pack.index.files.length} files, first ${pack.index.files[0].size}, sha256 ${pack.index.sha256}, ${scrubbed} copies of environment strings scrubbed`);
}
