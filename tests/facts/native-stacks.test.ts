import { describe, expect, test } from 'vitest';
import { MixedWalker } from '../../src/lib/runtime/index.ts';
import type { MixedFrame } from '../../src/lib/runtime/index.ts';
import { hex } from '../../src/lib/bytes/index.ts';
import { sampleClr } from '../support/dumps.ts';
import { factRows } from '../support/facts.ts';

const DUMP = 'redis-oom-linux-x64';

/**
 * What gdb 13 says about the native frames of every thread (ip, sp), with the very files of the dumped process beside it: `inner` down to
 * the first managed frame, and `outer` from the first native frame behind the last managed one, for which a copy of the core got that frame's registers.
 */
function oracle(): Map<number, { inner: string[]; outer: string[] }> {
  const threads = new Map<number, { inner: string[]; outer: string[] }>();
  for (const [id, part, ip, sp] of factRows(DUMP, 'native-frames.tsv')) {
    const thread = threads.get(Number(id)) ?? { inner: [], outer: [] };
    threads.set(Number(id), thread);
    (part === 'inner' ? thread.inner : thread.outer).push(`${ip} ${sp}`);
  }
  return threads;
}

describe(`native frames of ${DUMP} are gdb’s`, () => {
  const frames = async (): Promise<Map<number, (Omit<MixedFrame, 'context'> & { text: string })[]>> => {
    const clr = await sampleClr(DUMP);
    const walker = new MixedWalker(clr.target);
    return new Map(clr.target.dump.threads.map((thread) => {
      const managed = clr.threads.byOsId(thread.id);
      return [thread.id, [...walker.walk(thread.registers, clr.stackSide(thread.registers, managed))].map(({ ip, sp, code, origin }) => ({ ip, sp, code, origin, text: `${hex(ip)} ${hex(sp)}` }))];
    }));
  };

  test('every frame that was not guessed', async () => {
    const expected = oracle();
    expect(expected.size).toBe(54);
    for (const [id, list] of await frames()) {
      const known = new Set([...(expected.get(id)?.inner ?? []), ...(expected.get(id)?.outer ?? [])]);
      for (const frame of list) {
        if (frame.origin === 'scan') break;
        if (!frame.code) expect(known.has(frame.text), `thread ${id}: ${frame.text} ${frame.origin}`).toBe(true);
      }
    }
  });

  // The packs leave out the system's libraries: their frames are guesses there.
  test.skipIf(!process.env['DUMPLAB_DUMPS'])('all of them, in order, where the dump is whole', async () => {
    let compared = 0;
    for (const [id, list] of await frames()) {
      const { inner, outer } = oracle().get(id) ?? { inner: [], outer: [] };
      expect(list.slice(0, inner.length).map((f) => f.text), `thread ${id}, inner`).toEqual(inner);
      if (outer.length) expect(list.slice(-outer.length).map((f) => f.text), `thread ${id}, outer`).toEqual(outer);
      compared += inner.length + outer.length;
    }
    expect(compared).toBe(994);
  });
});
