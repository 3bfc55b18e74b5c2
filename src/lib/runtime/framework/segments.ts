import type { Address } from '../../bytes/index.ts';
import type { Dump, NativeModule } from '../../container/index.ts';
import type { AddressSpace } from '../../memory/index.ts';
import type { Layouts } from '../layouts.ts';

const MEM_PRIVATE = 0x20000;
/** Segments are reserved at the allocation granularity of Windows, and their first object lies within the first 64 KiB. */
const GRANULARITY = 0x10000;
const MAX_RESERVED = 2 ** 36;
const MAX_SEGMENTS = 4096;
/** heap_segment flags (gc/gcpriv.h heap_segment_flags_*). */
const Flag = { ReadOnly: 1, Loh: 8, Known: 0xfff } as const;
const CHUNK = 1 << 16;
const MAX_IMAGE = 64 << 20;
/** More than a gc_heap has (vm builds of 4.x to CoreCLR: 0x1500 to 0x3600 bytes). */
const GC_HEAP_BYTES = 0x4000;
const MAX_HEAPS = 1024;
const MAX_POINTERS = 1 << 16;

/** A segment found by the shape of the heap_segment record at its beginning. */
export interface FoundSegment {
  readonly address: Address;
  readonly start: Address;
  readonly end: Address;
  readonly committed: Address;
  readonly reserved: Address;
  readonly flags: number;
  readonly kind: 'gen2' | 'loh' | 'frozen' | 'ephemeral';
}

/**
 * GC segments without any variable of the GC: an allocation that begins with a heap_segment record whose pointers are in order
 * (record < mem ≤ allocated ≤ committed ≤ reserved, used between) is one. Sorted by address.
 */
export function findSegments(dump: Dump, memory: AddressSpace, layouts: Layouts, runtime: NativeModule): FoundSegment[] {
  const found = candidates(dump).flatMap((at) => readSegment(memory, layouts, at) ?? []);
  const addresses = new Set(found.map((s) => s.address));
  const linked = found.filter((s) => !s.next || addresses.has(s.next)).slice(0, MAX_SEGMENTS);
  const ends = newestObjectEnds(memory, runtime, linked);
  return linked.map(({ next: _, ...segment }) => {
    // `allocated` of the ephemeral segment is as old as the last GC; its present end is a variable of the runtime.
    const end = segment.kind === 'gen2' ? (ends.get(segment.address) ?? segment.end) : segment.end;
    return end > segment.end ? { ...segment, end, kind: 'ephemeral' as const } : segment;
  });
}

function candidates(dump: Dump): Address[] {
  const bases = dump.regions.length ? dump.regions.filter((r) => r.type === MEM_PRIVATE).map((r) => r.allocationBase) : dump.ranges.map((r) => r.address);
  return [...new Set(bases)].filter((base) => base > 0 && base % GRANULARITY === 0).sort((a, b) => a - b);
}

function readSegment(m: AddressSpace, layouts: Layouts, at: Address): (FoundSegment & { readonly next: Address }) | undefined {
  const offset = (field: string) => layouts.offset('HeapSegment', field);
  if (!m.has(at, offset('BackgroundAllocated'))) return undefined;
  const pointer = (field: string) => m.pointer(at + offset(field));
  const [start, end, used, committed, reserved] = ['Mem', 'Allocated', 'Used', 'Committed', 'Reserved'].map(pointer);
  const flags = m.u32(at + offset('Flags'));
  const ordered = start > at && start <= at + GRANULARITY && start <= end && end <= committed && start <= used && used <= committed && committed <= reserved;
  if (!ordered || flags > Flag.Known || start % m.pointerSize !== 0 || reserved - at < GRANULARITY || reserved - at > MAX_RESERVED) return undefined;
  if (end > start && !m.has(start, m.pointerSize)) return undefined;
  const kind = flags & Flag.Loh ? 'loh' : flags & Flag.ReadOnly ? 'frozen' : 'gen2';
  return { address: at, start, end, committed, reserved, flags, kind, next: pointer('Next') };
}

/** By segment address: where the newest object of an ephemeral segment ends. */
type Ends = Map<Address, Address>;

/**
 * gc_heap::alloc_allocated: the highest pointer near the GC's variables that lies between a segment's `allocated` and its committed
 * end. With workstation GC the variables are in the runtime's data; with server GC in one gc_heap a processor, which an array names.
 */
function newestObjectEnds(m: AddressSpace, runtime: NativeModule, segments: readonly FoundSegment[]): Ends {
  const small = segments.filter((s) => s.kind === 'gen2');
  const ends: Ends = new Map();
  const pointers = new Set<Address>();
  const size = Math.min(runtime.size, MAX_IMAGE);
  for (let from = 0; from < size; from += CHUNK) {
    if (!m.has(runtime.base + from)) continue;
    const words = wordsAt(m, runtime.base + from, Math.min(CHUNK, size - from));
    noteEnds(words, small, ends);
    for (const word of words) {
      const outside = word >= GRANULARITY && word % m.pointerSize === 0 && (word < runtime.base || word >= runtime.base + size);
      if (outside && pointers.size < MAX_POINTERS && m.has(word, m.pointerSize)) pointers.add(word);
    }
  }
  if (ends.size > 0) return ends;
  const byAddress = new Map(small.map((s) => [s.address, s]));
  const heaps = new Map<Address, GcHeap | undefined>();
  let known = 0;
  const heapAt = (at: Address): GcHeap | undefined => {
    if (!heaps.has(at) && known < MAX_HEAPS) {
      const heap = readHeap(m, at, byAddress);
      if (heap) known++;
      heaps.set(at, heap);
    }
    return heaps.get(at);
  };
  let best = ends;
  for (const array of pointers) {
    const found: Ends = new Map();
    for (let i = 0; i < MAX_HEAPS; i++) {
      const heap = heapAt(m.tryPointer(array + i * m.pointerSize) ?? 0);
      if (!heap) break;
      noteEnds(heap.words, heap.segments, found);
    }
    if (found.size > best.size) best = found;
  }
  return best;
}

/** A block of words that names segments, as a gc_heap does. */
interface GcHeap { readonly words: Float64Array; readonly segments: readonly FoundSegment[] }

function readHeap(m: AddressSpace, at: Address, byAddress: ReadonlyMap<Address, FoundSegment>): GcHeap | undefined {
  if (at < GRANULARITY || at % m.pointerSize !== 0 || !m.has(at, m.pointerSize)) return undefined;
  const words = wordsAt(m, at, GC_HEAP_BYTES);
  const own = new Set<FoundSegment>();
  for (const word of words) {
    const segment = byAddress.get(word);
    if (segment) own.add(segment);
  }
  return own.size > 0 ? { words, segments: [...own] } : undefined;
}

function noteEnds(words: Float64Array, segments: readonly FoundSegment[], ends: Ends): void {
  const lowest = segments.reduce((low, s) => Math.min(low, s.end), Infinity);
  const highest = segments.reduce((high, s) => Math.max(high, s.committed), 0);
  for (const word of words) {
    if (word <= lowest || word > highest) continue;
    const segment = segments.find((s) => word > s.end && word <= s.committed);
    if (segment && word > (ends.get(segment.address) ?? 0)) ends.set(segment.address, word);
  }
}

/** Pointer-sized words from an address on, as far as the dump has them. */
function wordsAt(m: AddressSpace, at: Address, size: number): Float64Array {
  const bytes = m.readUpTo(at, size);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const p = m.pointerSize;
  const words = new Float64Array(Math.floor(bytes.length / p));
  for (let i = 0; i < words.length; i++) words[i] = view.getUint32(i * p, true) + (p === 8 ? view.getUint32(i * p + 4, true) * 2 ** 32 : 0);
  return words;
}
