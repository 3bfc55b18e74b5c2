import { describe, expect, test } from 'vitest';
import { Reach } from '../../src/lib/heap/index.ts';
import type { Root } from '../../src/lib/heap/index.ts';
import { DYNAMIC_HEAPS, FACT_DUMPS, FACTS_ONLY, sampleClr } from '../support/dumps.ts';
import { factRows } from '../support/facts.ts';

const hex = (value: number) => value.toString(16);
/** Stack roots of this dump that the recorded DAC reads wrongly: tests/facts/stack-roots.test.ts tells why. */
const MISREAD: Readonly<Record<string, number>> = { 'crash-win-x64-net10': 4 };
/** As in tests/facts/stack-roots.test.ts. */
const PACK_LACKS_GC_INFO = new Set<string>(process.env['DUMPLAB_DUMPS'] ? [] : ['redis-oom-linux-x64']);

const kind = (root: Root) => (root.kind === 'handle' ? `${root.handle.kind}Handle` : root.kind === 'stack' ? 'Stack' : root.kind === 'finalizer' ? 'FinalizerQueue' : 'ThreadStaticVar');

describe.each(FACT_DUMPS)('roots of %s equal ClrMD', (id) => {
  test.skipIf(PACK_LACKS_GC_INFO.has(id))('handles, finalizer queue and stacks, in order', async () => {
    const clr = await sampleClr(id);
    const all = [...clr.roots.all()].map((r) => [kind(r), hex(r.address), hex(r.object), clr.managed.typeName(r.object)].join('\t'));
    const theirs = factRows(id, 'roots.tsv').filter(([k]) => k !== 'StaticVar' && k !== 'ThreadStaticVar').map((row) => row.join('\t'));
    const ours = DYNAMIC_HEAPS.has(id) ? all.filter((row) => theirs.includes(row)) : all;
    expect(clr.roots.missed.size).toBe(0);
    expect(ours.length).toBe(theirs.length);
    const different = ours.filter((row, i) => row !== theirs[i]);
    expect(different.length).toBe(MISREAD[id] ?? 0);
    for (const [i, row] of ours.entries()) if (row !== theirs[i]) expect(theirs[i]).toContain('ffffffffffffffff');
  });

  test('static and thread-static variables', async () => {
    const clr = await sampleClr(id);
    const arrays = new Set(clr.roots.handles.map((r) => r.object));
    const threadStatics = new Set(clr.roots.threadStatics.flatMap((r) => [...clr.managed.elements(r.object)]));
    const theirs = factRows(id, 'roots.tsv');
    for (const [k, , object] of theirs) {
      const address = parseInt(object, 16);
      if (k === 'StaticVar') expect(arrays.has(address), object).toBe(true);
      if (k === 'ThreadStaticVar') expect(threadStatics.has(address), object).toBe(true);
    }
    if (theirs.some(([k]) => k === 'ThreadStaticVar')) expect(clr.roots.threadStatics.length).toBeGreaterThan(0);
  });

  // The small packs of tests/dumps lack the types that no fact names.
  test.skipIf(!process.env['DUMPLAB_RUNTIMES'] && (FACTS_ONLY as readonly string[]).includes(id))('every static reference is named by where it lies', async () => {
    const clr = await sampleClr(id);
    let named = 0;
    for (const module of clr.modules.list()) {
      for (let rid = 1; rid <= Math.min(module.metadata?.rows(2) ?? 0, 400); rid++) {
        const table = clr.types.find(clr.modules.lookup(module.address, 'TypeDefToMethodTableMap', rid));
        if (!table) continue;
        for (const field of clr.fields.own(table)) {
          const address = field.element === 0x12 ? clr.fields.staticAddress(field) : undefined;
          if (address === undefined) continue;
          expect(clr.staticSlots.find(address)).toBe(field);
          named++;
        }
      }
    }
    expect(named).toBeGreaterThan(20);
  });

  test('what is reached holds every object its members refer to, and nothing lies outside the heap', async () => {
    const clr = await sampleClr(id);
    const reach = new Reach(clr, true);
    for (const root of clr.roots.all()) reach.add(root.object);
    const members: number[] = [];
    while (reach.step(1000, (object) => members.push(object)));
    expect(members.length).toBe(reach.members.size);
    expect(new Set(members).size).toBe(members.length);
    let missing = 0;
    for (const object of members) {
      clr.references.forEach(object, clr.objects.tableOf(object), (target) => { if (!reach.members.has(target)) missing++; });
    }
    expect(missing).toBe(0);
    for (const object of members) expect(clr.segmentOf(object)).toBeDefined();
  });
});
