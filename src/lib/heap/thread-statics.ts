import type { Address } from '../bytes/index.ts';
import type { ClrThread } from '../runtime/index.ts';
import type { Clr } from './clr.ts';

/** Where a thread keeps its thread statics: `address` holds the reference to the array `object`. */
export interface ThreadStaticRoot { readonly thread: ClrThread; readonly address: Address; readonly object: Address }

/**
 * Arrays of thread statics, one a thread (vm/threadstatics.h ThreadLocalData, described by .NET 10's contract). The GC marks
 * them directly; up to .NET 8 handles did that. Statics of collectible types have handles still.
 */
export function* threadStaticRoots(clr: Clr, threads: readonly ClrThread[]): Generator<ThreadStaticRoot> {
  const { memory, target: { layouts } } = clr;
  const data = layouts.tryOffset('Thread', 'ThreadLocalDataPtr');
  const array = layouts.tryOffset('ThreadLocalData', 'NonCollectibleTlsArrayData');
  if (data === undefined || array === undefined) return;
  for (const thread of threads) {
    const local = memory.tryPointer(thread.address + data);
    const address = local ? local + array : 0;
    const object = address ? memory.tryPointer(address) : 0;
    if (object && clr.objects.find(object)) yield { thread, address, object };
  }
}
