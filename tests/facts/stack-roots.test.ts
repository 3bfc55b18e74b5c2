import { describe, expect, test } from 'vitest';
import { stackRoots } from '../../src/lib/heap/index.ts';
import { FACT_DUMPS, sampleClr } from '../support/dumps.ts';
import { factLines, factRows } from '../support/facts.ts';

const hex = (value: number) => value.toString(16);

/**
 * Roots that the DAC of .NET 10 reads wrongly: below a SoftwareExceptionFrame it takes the saved frame pointer's address for one in its own
 * process (fixed in .NET 11; on Linux it crashes there). The slots are those of the catch handler in Crash, relative to rbp.
 */
const CORRECTED: Readonly<Record<string, ReadonlyMap<string, string>>> = {
  'crash-win-x64-net10': new Map([
    ['ffffffffffffffe0 ffffffffffffffff', '19ec00 1ef33a40'],
    ['1fc6ffe8 ffffffffffffffff', '19ec08 7fc041800a90'],
    ['1fc6fff0 ffffffffffffffff', '19ec10 7fc041800928'],
    ['1fc6fff8 ffffffffffffffff', '19ec18 7fc041800928'],
  ]),
};

/** Packs made before the trimmer kept the GC info of all code on the stacks: one page is missing until they are made anew. */
const PACK_LACKS_GC_INFO = new Set<string>(process.env['DUMPLAB_DUMPS'] ? [] : ['redis-oom-linux-x64']);

describe.each(FACT_DUMPS)('stack roots of %s equal ClrMD', (id) => {
  const corrected = (key: string) => CORRECTED[id]?.get(key) ?? key;

  test.skipIf(PACK_LACKS_GC_INFO.has(id))('every root of every thread in order: address, object, interior, pinned', async () => {
    const clr = await sampleClr(id);
    const theirs = new Map<string, string[]>();
    let current: string[] = [];
    for (const line of factLines(id, 'threads.txt')) {
      const thread = /^thread .* addr=(\w+) /.exec(line);
      if (thread) theirs.set(thread[1], (current = []));
      const root = /^ {4}root addr=(\w+) obj=(\w+) (interior=\w+ pinned=\w+)/.exec(line);
      if (root) current.push(`${corrected(`${root[1]} ${root[2]}`)} ${root[3].toLowerCase()}`);
    }
    let count = 0;
    for (const thread of clr.threads.list()) {
      const ours = [...stackRoots(clr, thread, (ip, error) => { throw new Error(`no roots at ${hex(ip)}: ${error.message}`); })];
      count += ours.length;
      expect(ours.map((r) => `${hex(r.location ?? 0)} ${hex(r.object)} interior=${r.interior} pinned=${r.pinned}`), `thread ${hex(thread.osId)}`).toEqual(theirs.get(hex(thread.address)) ?? []);
    }
    expect(count).toBe(factRows(id, 'roots.tsv').filter(([kind]) => kind === 'Stack').length);
  });

  test('every root lies in its frame, and is an object', async () => {
    const clr = await sampleClr(id);
    for (const thread of clr.threads.list()) {
      for (const r of stackRoots(clr, thread)) {
        expect(clr.objects.find(r.object), hex(r.object)).toBeDefined();
        if (!r.interior) expect(r.value).toBe(r.object);
        if (r.frame.kind === 'managed') expect(clr.code.find(r.frame.ip)?.methodDesc).toBe(r.frame.method);
        if (r.location === undefined) expect(r.register).toMatch(/^([er](bx|bp|si|di)|r1[2-5])$/);
      }
    }
  });
});
