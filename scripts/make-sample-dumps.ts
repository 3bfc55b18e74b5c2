/**
 * Makes the Linux sample dumps: builds a program of samples/, runs it in a small and empty environment under /srv,
 * dumps it whole with the runtime's createdump, and asks ClrMD for the facts that tests assert.
 *
 *   node scripts/make-sample-dumps.ts [--sample ID|PROGRAM]… [--out DIR] [--redis-server PATH] [--facts DIR] [--reuse] [--list]
 *
 * --reuse asks for the facts of dumps that are in DIR already.
 *
 * Raw dumps are large and hold all of a process's memory: they stay outside the repository (default .cache/dumps).
 * Needs Linux x64, the .NET 10 SDK, the right to write below /srv and to trace a child process.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { collectFacts } from './make-sample-dumps/facts.ts';
import type { Facts } from './make-sample-dumps/facts.ts';
import { homeOf, publish, publishClrmd, runAndDump } from './make-sample-dumps/program.ts';
import { startRedis } from './make-sample-dumps/redis.ts';
import { SAMPLES } from './make-sample-dumps/samples.ts';
import type { Sample } from './make-sample-dumps/samples.ts';

const ROOT = new URL('../', import.meta.url).pathname;
const CLIENTS = 24, CARTS = 400;

const { values: options } = parseArgs({
  options: {
    sample: { type: 'string', multiple: true },
    out: { type: 'string', default: join(ROOT, '.cache/dumps') },
    facts: { type: 'string', default: join(ROOT, 'tests/golden-samples') },
    'redis-server': { type: 'string', default: 'redis-server' },
    reuse: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
  },
});

if (options.list) {
  for (const sample of SAMPLES) console.log(`${sample.id.padEnd(42)}${sample.shows}`);
} else {
  const chosen = choose(options.sample);
  const tool = publishClrmd();
  const published = new Set<string>();
  for (const sample of chosen) {
    const dump = resolve(options.out, `${sample.id}.dmp`);
    if (options.reuse && existsSync(dump)) {
      await record(sample, tool, dump, previousRedis(sample));
      continue;
    }
    if (!published.has(homeOf(sample))) publish(sample);
    published.add(homeOf(sample));
    await record(sample, tool, dump, await make(sample, dump));
    // The program's own symbols go with its dump: pack-samples takes them from here.
    const pdb = `${sample.program}.pdb`;
    cpSync(join(homeOf(sample), pdb), resolve(options.out, `${sample.id}.${pdb}`));
  }
}

function choose(names: readonly string[] | undefined): readonly Sample[] {
  if (!names) return SAMPLES;
  return names.flatMap((name) => {
    const found = SAMPLES.filter((sample) => sample.id === name || sample.program.toLowerCase() === name.toLowerCase());
    if (found.length === 0) throw new Error(`no sample '${name}'; --list shows them`);
    return found;
  });
}

function factsFile(sample: Sample): string {
  return resolve(options.facts, sample.id, 'facts.json');
}

function previousRedis(sample: Sample): string | undefined {
  return existsSync(factsFile(sample)) ? (JSON.parse(readFileSync(factsFile(sample), 'utf8')) as Facts).redis : undefined;
}

/** Makes the dump; the version of the Redis server where there was one. */
async function make(sample: Sample, dump: string): Promise<string | undefined> {
  if (!sample.redis) {
    await runAndDump(sample, [], dump);
    return undefined;
  }
  const redis = await startRedis(options['redis-server']);
  try {
    await runAndDump(sample, [join(homeOf(sample), 'writeLockAndGetData.lua'), String(redis.port), String(CLIENTS), String(CARTS)], dump);
  } finally {
    redis.stop();
  }
  return redis.version;
}

async function record(sample: Sample, tool: string, dump: string, redis: string | undefined): Promise<void> {
  const facts = await collectFacts(sample, tool, dump, resolve(options.out, `${sample.id}.facts`), redis);
  mkdirSync(resolve(options.facts, sample.id), { recursive: true });
  writeFileSync(factsFile(sample), `${JSON.stringify(facts, null, 1)}\n`);
  console.log(`${sample.id}\t${facts.dump.bytes} bytes\t${facts.heap.objects} objects\t${facts.runtime}`);
}
