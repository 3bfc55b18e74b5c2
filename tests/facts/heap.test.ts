import { describe, expect, test } from 'vitest';
import { generationOf } from '../../src/lib/heap/index.ts';
import type { Clr } from '../../src/lib/heap/index.ts';
import { FACT_DUMPS, sampleClr } from '../support/dumps.ts';
import { factLines, factRows } from '../support/facts.ts';

const GENERATION: Record<string, string> = { gen0: 'Generation0', gen1: 'Generation1', gen2: 'Generation2', loh: 'Large', poh: 'Pinned', frozen: 'Frozen', ephemeral: 'Ephemeral' };
const hex = (value: number) => value.toString(16);
/** The facts keep the first 4,096 characters of a string and escape what would break their lines. */
const escape = (text: string) => text.slice(0, 4096).replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/\r/g, '\\r').replace(/\t/g, '\\t');

/** ClrMD 4 takes the header of a stack trace for two words since .NET 9, on 32 bits it is three: what it calls sp is the ip, the rest is nothing. */
function shifted(clr: Clr, line: string, whose: 'ours' | 'theirs'): string {
  const frame = clr.memory.pointerSize === 4 ? /^ +sp=(\w+) ip=(\w+)/.exec(line) : null;
  return frame ? frame[whose === 'ours' ? 2 : 1] : line;
}

function walk(clr: Clr, visit: Parameters<ReturnType<Clr['walk']>['step']>[0]): void {
  const walker = clr.walk();
  while (walker.step(visit));
  expect(walker.errors).toEqual([]);
}

describe.each(FACT_DUMPS)('heap of %s equals ClrMD', (id) => {
  test('every object: address, type, size, generation', async () => {
    const clr = await sampleClr(id);
    const ours: string[] = [];
    walk(clr, (address, table, size, segment) => {
      ours.push([hex(address), hex(table.address), size, GENERATION[generationOf(segment, address)], clr.types.name(table.address, 'managed')].join('\t'));
    });
    const theirs = factLines(id, 'objects.tsv');
    expect(ours.length).toBe(theirs.length);
    expect(new Set(ours)).toEqual(new Set(theirs));
  });

  test('every type: count, bytes, name', async () => {
    const clr = await sampleClr(id);
    const totals = new Map<number, { count: number; bytes: number }>();
    walk(clr, (_, table, size) => {
      const total = totals.get(table.address);
      if (total) {
        total.count++;
        total.bytes += size;
      } else totals.set(table.address, { count: 1, bytes: size });
    });
    const ours = [...totals].map(([mt, t]) => [hex(mt), t.count, t.bytes, clr.types.name(mt, 'managed')].join('\t'));
    expect(ours.sort()).toEqual(factLines(id, 'dumpheap_stat.tsv').sort());
  });

  test('every string', async () => {
    const clr = await sampleClr(id);
    const ours = new Map<string, string>();
    walk(clr, (address, table) => {
      if (table.isString) ours.set(hex(address), clr.objects.string(address) ?? '');
    });
    const theirs = factRows(id, 'strings.tsv');
    expect(ours.size).toBe(theirs.length);
    const different = theirs.filter(([address, text]) => escape(ours.get(address) ?? '<none>') !== (text ?? ''));
    expect(different).toEqual([]);
  });

  test('every exception with every frame', async () => {
    const clr = await sampleClr(id);
    const ours: string[] = [];
    walk(clr, (address, table) => {
      if (!clr.types.isException(table)) return;
      const e = clr.exceptions.find(address);
      if (!e) throw new Error(`no exception at ${hex(address)}`);
      ours.push([hex(address), clr.types.name(table.address, 'managed'), `hr=${hex(e.hresult)}`, `inner=${e.inner ? hex(e.inner) : '-'}`, e.message === undefined ? '<null>' : escape(e.message)].join('\t'));
      for (const f of e.frames) ours.push(`    sp=${hex(f.sp)} ip=${hex(f.ip)} ${clr.methods.find(f.methodDesc)?.signature}`);
    });
    expect(ours.map((line) => shifted(clr, line, 'ours'))).toEqual(factLines(id, 'exceptions.txt').map((line) => shifted(clr, line, 'theirs')));
  });

  test('segments', async () => {
    const clr = await sampleClr(id);
    const ours = clr.segments.map((s) => [hex(s.address), String(s.heap), GENERATION[s.kind], `obj=${hex(s.start)}-${hex(s.end)}`].join('\t'));
    const theirs = factRows(id, 'segments.tsv').map((row) => row.slice(0, 4).join('\t'));
    expect(new Set(ours)).toEqual(new Set(theirs));
  });

  test('references of the objects listed', async () => {
    const clr = await sampleClr(id);
    const different: unknown[] = [];
    for (const [address, , list] of factRows(id, 'references.tsv')) {
      const object = parseInt(address, 16);
      const found: string[] = [];
      clr.references.forEach(object, clr.objects.tableOf(object), (target) => found.push(hex(target)));
      // ClrMD counts what a dependent handle adds as a reference of the object.
      for (const dependent of clr.roots.dependents.get(object) ?? []) if (dependent) found.push(hex(dependent));
      const expected = (list ?? '').split(' ').filter((x) => x !== '');
      if (found.sort().join() !== expected.sort().join()) different.push({ address, found, expected });
    }
    expect(different).toEqual([]);
  });
});
