import type { Address } from '../bytes/index.ts';
import type { GcGlobals, Target } from '../runtime/index.ts';

/** CFinalize (gc/gcpriv.h): fill pointers of seven segments, then the array they point into. */
const SEGMENTS = 7;
const MAX_OBJECTS = 1 << 22;

/** Finalization queue of one heap: segments POH, LOH, gen 2, gen 1, gen 0, critical, ready; each from its start to its end. */
export interface FinalizeQueue {
  readonly heap: number;
  readonly segments: readonly { readonly start: Address; readonly end: Address }[];
}

/** Segment that holds what the finalizer thread is about to run. */
export const READY_SEGMENTS = [5, 6] as const;

export function readFinalizeQueues(target: Target, gc: GcGlobals): FinalizeQueue[] {
  const { memory, layouts } = target;
  const p = memory.pointerSize;
  const pointers = layouts.offset('CFinalize', 'FillPointers');
  return gc.heaps.filter((h) => h.finalizeQueue && memory.has(h.finalizeQueue + pointers, p * (SEGMENTS + 1))).map((h) => {
    const at = h.finalizeQueue + pointers;
    const fill = Array.from({ length: SEGMENTS }, (_, i) => memory.pointer(at + p * i));
    const array = memory.pointer(at + p * SEGMENTS);
    return { heap: h.index, segments: fill.map((end, i) => ({ start: i === 0 ? array : fill[i - 1], end })) };
  });
}

/** Objects of a piece of the queue. */
export function* queuedObjects(target: Target, segment: { readonly start: Address; readonly end: Address }): Generator<Address> {
  const p = target.memory.pointerSize;
  const count = Math.min(Math.floor((segment.end - segment.start) / p), MAX_OBJECTS);
  for (let i = 0; i < count; i++) {
    const object = target.memory.tryPointer(segment.start + p * i);
    if (object === undefined) return;
    if (object) yield object - (object % 2);
  }
}
