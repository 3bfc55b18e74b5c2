import { describe, expect, test } from 'vitest';
import { AsyncReader } from '../../src/lib/heap/index.ts';
import { instructions, readMethodBody } from '../../src/lib/image/index.ts';
import { IlNames } from '../../src/lib/commands/sos/il-names.ts';
import { LoaderHeaps } from '../../src/lib/runtime/index.ts';
import { SAMPLES, sampleClr } from '../support/dumps.ts';
import { factRows } from '../support/facts.ts';

describe.each(SAMPLES)('memory of the runtime in %s', (id) => {
  test('loader and code heaps equal ClrMD: address, size, kind, active or not', async () => {
    const clr = await sampleClr(id);
    const loader = new LoaderHeaps(clr.target);
    const ours = [...loader.allocatorHeaps(), ...loader.codeHeaps()].map((h) => `${h.start.toString(16)} ${h.size.toString(16)} ${h.kind === 'StaticsHeap' ? 'Unknown' : h.kind} ${h.active ? 'Active' : 'Inactive'}`);
    // ClrMD lists the heaps of the loader allocator once a domain; the GC's own memory is not a loader heap.
    const theirs = new Set(factRows(id, 'native_heaps.tsv').filter(([, , kind]) => !kind.startsWith('GC') && kind !== 'HandleTable').map((row) => row.join(' ')));
    expect(theirs.size).toBeGreaterThan(20);
    expect(ours.sort()).toEqual([...theirs].sort());
  });

  test('IL of every method of the application decodes to its last byte', async () => {
    const clr = await sampleClr(id);
    let methods = 0;
    for (const module of clr.modules.list()) {
      const { metadata, image } = module;
      if (!metadata || !image || !/(Storefront|OrderService)\.dll$/.test(module.path)) continue;
      const names = new IlNames(metadata);
      for (let rid = 1; rid <= metadata.rows(6); rid++) {
        const rva = metadata.cell(6, rid, 0);
        const at = rva ? image.address(rva) : undefined;
        if (!at) continue;
        const { code } = readMethodBody(clr.memory, at);
        let end = 0;
        for (const { offset, operand, value } of instructions(code)) {
          end = offset;
          if (operand === 'token') expect(names.token(Number(value))).not.toMatch(/^<un/);
        }
        // The last instruction of a method returns, throws or branches: it is the last byte, or ends with it.
        expect(code.length - end, metadata.methodName(rid)).toBeLessThanOrEqual(5);
        methods++;
      }
    }
    expect(methods).toBeGreaterThan(10);
  });

  test('no async object is its own continuation, and continuations are objects', async () => {
    const clr = await sampleClr(id);
    const reader = new AsyncReader(clr);
    let tasks = 0;
    const walker = clr.walk();
    const found: { address: number; continuations: readonly number[] }[] = [];
    while (walker.step((address, table) => {
      if (!reader.isTask(table)) return;
      tasks++;
      const object = reader.read(address, table);
      if (object) found.push(object);
    }));
    for (const { address, continuations } of found) {
      expect(continuations).not.toContain(address);
      for (const next of continuations) expect(clr.objects.find(next)).toBeDefined();
    }
    expect(found.length).toBe(tasks);
    expect(tasks).toBeGreaterThan(0);
  });
});
