import type { Address } from '../bytes/index.ts';
import { ElementType } from '../image/index.ts';
import type { ClrThread, Field } from '../runtime/index.ts';
import type { Clr } from './clr.ts';

/** TLSIndex (vm/threadstatics.h): 24 bits of index, 8 of what it counts in. */
const IndexType = { NonCollectible: 0, Collectible: 1, Direct: 2 } as const;
const NOT_ALLOCATED = 0xffffffff;
const MAX_IN_FLIGHT = 1 << 12;


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

/**
 * Where a thread keeps one of its thread statics; 0 when it has not touched the class yet, undefined when this runtime does not
 * tell. Offsets of these fields count from the array object that holds them (dotnet/runtime docs/design/datacontracts/Thread.md).
 */
export function threadStaticAddress(clr: Clr, thread: ClrThread, field: Field): Address | undefined {
  const { memory, target: { layouts } } = clr;
  if (!layouts.has('ThreadStaticsInfo', 'GCTlsIndex') || !layouts.has('ThreadLocalData', 'NonCollectibleTlsDataCount')) return undefined;
  const gc = field.element === ElementType.Class || field.element === ElementType.ValueType;
  const info = memory.pointer(field.declaringType.address + layouts.offset('MethodTable', 'AuxiliaryData')) - layouts.size('ThreadStaticsInfo');
  const raw = memory.u32(info + layouts.offset('ThreadStaticsInfo', gc ? 'GCTlsIndex' : 'NonGCTlsIndex'));
  const local = memory.tryPointer(thread.address + layouts.offset('Thread', 'ThreadLocalDataPtr'));
  if (!local || raw === NOT_ALLOCATED) return 0;
  const base = baseAt(clr, local, raw >>> 24, raw & 0xffffff) || inFlight(clr, local, raw);
  return base ? base + field.offset : 0;
}

function baseAt({ memory, target: { layouts } }: Clr, local: Address, type: number, index: number): Address {
  const data = (field: string) => local + layouts.offset('ThreadLocalData', field);
  switch (type) {
    case IndexType.NonCollectible: {
      const array = memory.pointer(data('NonCollectibleTlsArrayData'));
      const reserved = layouts.tryGlobal('NumberOfTlsOffsetsNotUsedInNoncollectibleArray') ?? 0;
      return array && memory.u32(data('NonCollectibleTlsDataCount')) > index ? memory.pointer(array + layouts.size('Array') + memory.pointerSize * (index - reserved)) : 0;
    }
    case IndexType.Collectible: {
      const array = memory.pointer(data('CollectibleTlsArrayData'));
      const handle = array && memory.u32(data('CollectibleTlsDataCount')) > index ? memory.pointer(array + memory.pointerSize * index) : 0;
      return handle ? memory.pointer(handle) : 0;
    }
    case IndexType.Direct: return local + index;
    default: return 0;
  }
}

/** Statics of classes whose initialisation was going on. */
function inFlight({ memory, target: { layouts } }: Clr, local: Address, raw: number): Address {
  let at = memory.pointer(local + layouts.offset('ThreadLocalData', 'InFlightData'));
  for (let i = 0; at && i < MAX_IN_FLIGHT; i++) {
    if (memory.u32(at + layouts.offset('InFlightTLSData', 'TlsIndex')) === raw) return memory.pointer(memory.pointer(at + layouts.offset('InFlightTLSData', 'TLSData')));
    at = memory.pointer(at + layouts.offset('InFlightTLSData', 'Next'));
  }
  return 0;
}
