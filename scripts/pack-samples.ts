/**
 * Trims raw dumps and packs them for the site.
 * Usage: node scripts/pack-samples.ts RAW_DIRECTORY [ID…]   reads RAW_DIRECTORY/ID.dmp, writes public/sample-dumps/ID/
 * (tests/dumps/ID/ for dumps that only the tests open). The program's PDBs come from RAW_DIRECTORY/ID.NAME.pdb, or
 * stay as they were; the index names them.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packDump, TracingSource } from '../src/cli/pack-writer.ts';
import { trimInMemory } from '../src/cli/trim.ts';
import { BufferSource } from '../src/lib/bytes/index.ts';
import { openDump } from '../src/lib/container/index.ts';
import { nodeCapabilities } from '../src/cli/needs.ts';
import { Engine } from '../src/lib/engine/index.ts';
import { readSections, recordedDumps } from '../tests/golden/sections.ts';
import { factRows } from '../tests/support/facts.ts';
import { FACTS_ONLY, fileSource, GOLDEN_ONLY } from '../tests/support/dumps.ts';

const OUT = new URL('../public/sample-dumps/', import.meta.url).pathname;
const TESTS_OUT = new URL('../tests/dumps/', import.meta.url).pathname;
/** What every terminal is likely to ask; golden sessions add the rest for the dumps that have one. */
const USUAL = ['dumpheap -stat', 'dumpheap -strings', 'clrthreads', 'dumpexceptions', 'eeversion', 'lm', '~', 'version', 'pe', '~*e r', 'clrstack -all', 'clrstack -all -a', 'syncblk', 'gchandles', 'finalizequeue', 'eeheap -gc', 'threadpool', 'dumpasync', 'parallelstacks', 'dumpdomain', 'gcroot', '~*k', 'eestack', '~*e !teb', '!gle', '!peb', 'histinit'];
/** Fetched before the first prompt; the rest comes when it is asked for. */
const HOT = ['!dumpheap -type Exception -stat'];
const WARM = ['!threads', '!dumpexceptions', '!dumpheap -stat'];

/** What the facts of a dump speak of: its types with their fields, the methods of the application. */
function factCommands(id: string): { command: string }[] {
  const rows = factRows(id, 'statics.tsv');
  const types = new Set([...factRows(id, 'fields.tsv').map(([table]) => table), ...rows.filter(([kind]) => kind === 'type').map(([, table]) => table)]);
  const instances = new Map(factRows(id, 'objects.tsv').map(([address, table]) => [table, address]));
  return [...[...types].map((table) => `dumpclass ${table}`), ...[...instances.values()].map((address) => `dumpobj ${address}`), ...rows.filter(([kind]) => kind === 'method').map(([, , method]) => `dumpmd ${method}`), 'verifyheap']
    .map((command) => ({ command }));
}

interface Pdb { readonly name: string; readonly bytes: Buffer }

function symbolsOf(id: string, directory: string): Pdb[] {
  const prefix = `${id}.`;
  const fresh = readdirSync(raw).filter((f) => f.startsWith(prefix) && f.endsWith('.pdb')).map((f) => ({ name: f.slice(prefix.length), bytes: readFileSync(join(raw, f)) }));
  if (fresh.length) return fresh;
  return existsSync(directory) ? readdirSync(directory).filter((f) => f.endsWith('.pdb')).sort().map((name) => ({ name, bytes: readFileSync(join(directory, name)) })) : [];
}

const [raw, ...wanted] = process.argv.slice(2);
if (!raw) throw new Error('usage: node scripts/pack-samples.ts RAW_DIRECTORY [ID…]');
const ids = wanted.length ? wanted : readdirSync(raw).filter((f) => f.endsWith('.dmp')).map((f) => f.slice(0, -4));
const recorded = recordedDumps();
for (const id of ids) {
  const own = (FACTS_ONLY as readonly string[]).includes(id);
  const small = (GOLDEN_ONLY as readonly string[]).includes(id);
  const golden = [...(own ? factCommands(id) : []), ...(recorded.includes(id) ? readSections(id) : [])];
  const { dump: bytes, scrubbed } = trimInMemory(fileSource(join(raw, `${id}.dmp`)), [...(small ? [] : USUAL.map((command) => ({ command }))), ...golden], { blankBuffers: true, keep: small ? 'commands' : own ? 'lean' : 'reachable' });
  const source = new TracingSource(new BufferSource(bytes));
  // The debugger of the other bitness would refuse.
  const engine = new Engine({ capabilities: nodeCapabilities, host: { debugger: 'windbg', bitness: openDump(source).pointerSize === 4 ? 32 : 64 } });
  const run = (commands: readonly string[]) => {
    for (const command of commands) for (const node of engine.execute(command)) void node;
    return source.take();
  };
  for (const node of engine.open(source, id)) void node;
  const hot = run(HOT);
  const warm = run(WARM);
  const pack = packDump(openDump(new BufferSource(bytes)), { id, name: `${id}.dmp`, hot, warm });
  const directory = join(own || small ? TESTS_OUT : OUT, id);
  const symbols = symbolsOf(id, directory);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  for (const { name, bytes: pdb } of symbols) writeFileSync(join(directory, name), pdb);
  const named = symbols.map(({ name, bytes: pdb }) => ({ name, size: pdb.length, sha256: createHash('sha256').update(pdb).digest('hex') }));
  writeFileSync(join(directory, 'index.json'), JSON.stringify({ ...pack.index, ...(named.length && { symbols: named }) }));
  pack.index.files.forEach((file, i) => writeFileSync(join(directory, file.name), pack.data[i]));
  const total = pack.data.reduce((sum, d) => sum + d.length, 0);
  console.log(`${id}: trimmed ${bytes.length}, packed ${total} in ${pack.index.files.length} files, first ${pack.index.files[0].size}, sha256 ${pack.index.sha256}, ${scrubbed} copies of environment strings scrubbed`);
}
