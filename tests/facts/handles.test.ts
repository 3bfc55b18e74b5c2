import { describe, expect, test } from 'vitest';
import { readSyncBlock } from '../../src/lib/heap/index.ts';
import { DYNAMIC_HEAPS, FACT_DUMPS, sampleClr } from '../support/dumps.ts';
import { factLines, factRows } from '../support/facts.ts';

const hex = (value: number) => value.toString(16);

describe.each(FACT_DUMPS)('handles and locks of %s equal ClrMD', (id) => {
  test('every handle: address, kind, object, dependent object', async () => {
    const clr = await sampleClr(id);
    const ours = clr.handles.map((h) => `${hex(h.address)} ${h.kind} ${hex(h.object)} ${hex(h.secondary)}`);
    const theirs = factRows(id, 'handles.tsv').map(([address, kind, , object, , dependent]) => `${address} ${kind} ${object} ${dependent.slice(4)}`);
    expect(theirs.length).toBeGreaterThan(10);
    if (DYNAMIC_HEAPS.has(id)) {
      expect(theirs.filter((line) => !ours.includes(line))).toEqual([]);
      for (const { object } of clr.handles) expect(clr.objects.find(object), hex(object)).toBeDefined();
      // What the program itself allocated, which the DAC does not see there.
      const held = clr.handles.filter((h) => h.kind === 'Strong').map((h) => clr.managed.typeName(h.object));
      expect(held).toContain('OrderService.Box<System.String>');
      expect(clr.handles.some((h) => h.kind === 'Pinned')).toBe(true);
    } else expect(ours.sort()).toEqual(theirs.sort());
  });

  test('sync blocks: object, holder, recursion, waiters', async () => {
    const clr = await sampleClr(id);
    // The DAC of .NET 11 gives no waiters of a managed lock: they are the threads that its own stacks show on the way in.
    const managedLocks = clr.target.layouts.has('SyncBlock', 'Lock');
    const entering = factLines(id, 'threads.txt').filter((line) => line.includes(' System.Threading.Lock.TryEnterSlow(')).length;
    for (const [index, object, , held, owner, recursion, waiting] of factRows(id, 'syncblocks.tsv')) {
      const ours = readSyncBlock(clr, Number(index));
      // What ClrMD says of the waiters of a lock that nobody holds is the bound of its count.
      if (held === 'held=False') {
        expect(`obj=${hex(ours?.object ?? 0)} ${ours?.held}`).toBe(`${object} false`);
        continue;
      }
      const text = `obj=${hex(ours?.object ?? 0)} held=${ours?.held ? 'True' : 'False'} owner=${hex(ours?.owner ?? 0)} rec=${ours?.recursion} waiting=${ours?.waiters}`;
      expect(text).toBe(`${object} ${held} ${owner} ${recursion} ${managedLocks ? `waiting=${entering}` : waiting}`);
    }
  });
});
