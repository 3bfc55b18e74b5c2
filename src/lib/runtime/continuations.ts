import type { Address } from '../bytes/index.ts';
import type { Target } from './target.ts';

const MAX_RUNS = 1024;

/**
 * Name of a type that the JIT made for the variables of an async method that waits (.NET 11, vm/asynccontinuations.cpp): the bytes
 * of its data, then place and number of each run of references in it. The types have no metadata; the map of references in front
 * of each MethodTable (gc/gcdesc.h) tells. The first run is that of the class they derive from.
 */
export function continuationName(target: Target, table: Address, baseSize: number): string {
  const { memory, layouts } = target;
  const p = memory.pointerSize;
  const data = layouts.size('ContinuationObject');
  const parts = [baseSize - p - data];
  const count = Math.min(Math.max(0, memory.i32(table - p)), MAX_RUNS);
  const runs: [place: number, references: number][] = [];
  for (let i = 0; i < count; i++) {
    const at = table - p - (i + 1) * 2 * p;
    const start = memory.pointer(at + p) - data;
    if (start >= 0) runs.push([start, Math.floor((Number(memory.i64(at)) + baseSize) / p)]);
  }
  for (const run of runs.sort((a, b) => a[0] - b[0])) parts.push(...run);
  return `Continuation_${parts.join('_')}`;
}
