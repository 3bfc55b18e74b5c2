import { describe, expect, test } from 'vitest';
import { ElfImage, SymbolFiles } from '../../src/lib/image/index.ts';
import { Clr } from '../../src/lib/heap/index.ts';
import { fileName, infer } from '../../src/lib/runtime/index.ts';
import type { LayoutTable } from '../../src/lib/runtime/index.ts';
import { GC_X64 } from '../../src/lib/runtime/layouts/gc.ts';
import { FRAMEWORK_X64 } from '../../src/lib/runtime/layouts/framework.ts';
import { FACT_DUMPS, sampleClr } from '../support/dumps.ts';

/**
 * The reader of .NET Framework finds segments, types and modules by their shape. There is no such dump with facts, but the shapes are
 * those of CoreCLR with a segments GC: what its heuristics find there, told nothing but the offsets inside a MethodTable, is held
 * against the exact walk. (The live test makes such dumps; the packed ones have regions.)
 */
const segments = FACT_DUMPS.filter((id) => id.includes('-segments-linux'));

describe.skipIf(segments.length === 0)('heuristics on a runtime whose truth is known', () => {
  test.each(segments)('%s: the same objects, the same types', async (id) => {
    const exact = await sampleClr(id);
    const { dump, memory, layouts, runtime } = exact.target;
    const gc = dump.modules.find((m) => /^libclrgc(exp)?\.so$/.test(fileName(m.path))) ?? runtime.module;
    const offsets = (type: string, fields: readonly string[]) => Object.fromEntries(fields.flatMap((f) => (layouts.has(type, f) ? [[f, layouts.offset(type, f)]] : [])));
    const table: LayoutTable = {
      ...FRAMEWORK_X64,
      MethodTable: { '!': 64, ...offsets('MethodTable', ['MTFlags', 'BaseSize', 'MTFlags2', 'Token16', 'ParentMethodTable', 'Module', 'EEClassOrCanonMT', 'PerInstInfo']), CanonTag: 1 },
      EEClass: offsets('EEClass', ['MethodTable', 'FieldDescList']),
      TypeVarTypeDesc: offsets('TypeVarTypeDesc', ['Module', 'Token']),
      ParamTypeDesc: offsets('ParamTypeDesc', ['TypeArg']),
    };
    const target = infer(dump, memory, { ...gc, size: ElfImage.open(memory, gc.base).end - gc.base }, id, [table, GC_X64]);
    expect(target.inferred?.confidence.percent).toBeGreaterThan(95);
    // Frozen segments came with .NET 8: they have no record at their beginning.
    const kinds = new Set(['frozen']);
    expect(count(new Clr(target, new SymbolFiles()), kinds)).toEqual(count(exact, kinds));
  });
});

function count(clr: Clr, without: ReadonlySet<string>): Record<string, string> {
  const totals = new Map<string, { count: number; bytes: number }>();
  const walker = clr.walk(clr.segmentsByAddress().filter((s) => !without.has(s.kind)));
  while (walker.step((_, table, size) => {
    const name = clr.types.name(table.address, 'sos');
    const total = totals.get(name) ?? { count: 0, bytes: 0 };
    totals.set(name, { count: total.count + 1, bytes: total.bytes + size });
  }));
  return Object.fromEntries([...totals].map(([name, t]) => [name, `${t.count} ${t.bytes}`]));
}
