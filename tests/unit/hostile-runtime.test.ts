import { describe, expect, test } from 'vitest';
import { isDumpError } from '../../src/lib/bytes/index.ts';
import type { ByteSource } from '../../src/lib/bytes/index.ts';
import { openDump, pointers } from '../../src/lib/container/index.ts';
import type { Dump } from '../../src/lib/container/index.ts';
import { openClr } from '../../src/lib/heap/index.ts';
import { openMemory } from '../../src/lib/memory/index.ts';
import { MixedWalker } from '../../src/lib/runtime/index.ts';
import { CorruptSource, random } from '../support/corrupt.ts';
import { sampleSource } from '../support/dumps.ts';

const ROUNDS = 60;
const MAX_FRAMES = 1000;
const MAX_VARIABLES = 10_000;

/** Reads everything the analyzer offers; every failure must be an error that names the dump as its cause. */
function readEverything(source: ByteSource): number {
  const attempt = <T>(read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      if (!isDumpError(error)) throw error;
      return undefined;
    }
  };
  let seen = 0;
  attempt(() => {
    const dump = openDump(source);
    const clr = openClr(dump, openMemory(dump));
    attempt(() => clr.modules.list());
    for (const thread of attempt(() => clr.threads.list()) ?? []) attempt(() => clr.threads.exceptionsInFlight(thread));
    for (const thread of dump.threads) clr.code.methodAt(pointers(thread.registers).ip);
    const stacks = new MixedWalker(clr.target);
    for (const thread of dump.threads.slice(0, 3)) {
      attempt(() => {
        let frames = 0;
        for (const frame of stacks.walk(thread.registers, clr.stackSide(thread.registers, clr.threads.byOsId(thread.id)))) if (++frames > MAX_FRAMES || frame.sp < 0) break;
      });
    }
    for (const thread of attempt(() => clr.threads.list())?.slice(0, 12) ?? []) {
      const native = dump.threads.find((t) => t.id === thread.osId);
      attempt(() => {
        let frames = 0;
        for (const frame of native ? clr.stacks.walk(native.registers, thread.frame) : []) {
          if (++frames > MAX_FRAMES) break;
          if (frame.kind !== 'managed') continue;
          const { parameters, locals } = clr.variables.of(frame, native?.registers ?? {});
          if (parameters.length + locals.length > MAX_VARIABLES) throw new Error('more variables than a method can have');
          clr.sourceLines.of(frame.ip, true);
          clr.sourceLines.localNames(frame.ip, true);
        }
      });
    }
    const walker = attempt(() => clr.walk());
    while (walker?.step((address, table) => {
      seen++;
      attempt(() => clr.types.name(table.address, 'managed'));
      attempt(() => clr.types.name(table.address, 'sos'));
      if (seen % 16 === 0) attempt(() => clr.fields.own(table));
      if (attempt(() => clr.types.isException(table))) {
        const exception = attempt(() => clr.exceptions.find(address));
        for (const frame of exception?.frames ?? []) clr.methods.find(frame.methodDesc);
      }
      attempt(() => clr.references.forEach(address, table, () => {}));
    }, 4096));
  });
  return seen;
}

/** File offsets of the pages where the runtime's own structures live: flips there hurt most. */
function structureOffsets(dump: Dump): number[] {
  const offsets: number[] = [];
  for (const range of dump.ranges) {
    if (range.size <= 1 << 22) for (let at = 0; at < range.size; at += 4096) offsets.push(range.offset + at);
  }
  return offsets;
}

describe.each(['objects-win-x64-net9', 'redis-oom-linux-x64', 'orders-x86-win'])('bit flips in %s', (id) => {
  test('end in a partial answer, never in a crash or a hang', async () => {
    const source = await sampleSource(id);
    const pages = structureOffsets(openDump(source));
    const healthy = readEverything(source);
    expect(healthy).toBeGreaterThan(5_000);
    let damaged = 0;
    for (let seed = 1; seed <= ROUNDS; seed++) {
      const next = random(seed);
      const changes = Array.from({ length: 400 }, () => {
        const page = pages[Math.floor(next() * pages.length)];
        return [Math.min(source.size - 1, page + Math.floor(next() * 4096)), 1 << Math.floor(next() * 8)] as const;
      });
      const started = performance.now();
      const seen = readEverything(new CorruptSource(source, changes));
      expect(performance.now() - started, `seed ${seed}`).toBeLessThan(20_000);
      if (seen !== healthy) damaged++;
    }
    expect(damaged).toBeGreaterThan(0);
  });
});
