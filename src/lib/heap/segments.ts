import type { Address } from '../bytes/index.ts';
import type { GcGlobals, Target } from '../runtime/index.ts';

const FLAG_FROZEN = 1;
const MAX_SEGMENTS = 1 << 18;

export type SegmentKind = 'gen0' | 'gen1' | 'gen2' | 'loh' | 'poh' | 'frozen' | 'ephemeral';

/** A region, segment or frozen segment of the GC heap. */
export interface HeapSegment {
  /** Address of the heap_segment record. */
  readonly address: Address;
  readonly heap: number;
  readonly kind: SegmentKind;
  /** First object. */
  readonly start: Address;
  /** End of the allocated part. */
  readonly end: Address;
  readonly committed: Address;
  readonly reserved: Address;
  readonly flags: number;
  /** Starts of generations 0 and 1 inside an ephemeral segment (segments GC only). */
  readonly generations: { readonly gen0: Address; readonly gen1: Address } | undefined;
}

const KINDS = ['gen0', 'gen1', 'gen2', 'loh', 'poh'] as const;

/** Every segment of every heap: per heap generations 2, 1, 0, large and pinned objects, as their lists go. */
export function readSegments(target: Target, gc: GcGlobals): HeapSegment[] {
  const { memory: m, layouts } = target;
  const offset = (field: string) => layouts.offset('HeapSegment', field);
  const Segment = { Allocated: offset('Allocated'), Committed: offset('Committed'), Reserved: offset('Reserved'), Mem: offset('Mem'), Flags: offset('Flags'), Next: offset('Next'), BackgroundAllocated: offset('BackgroundAllocated') } as const;
  const segments: HeapSegment[] = [];
  const seen = new Set<Address>();
  const [, startSegment, allocationStart] = gc.generationFields;
  for (const heap of gc.heaps) {
    const generation = (index: number) => heap.generationTable + index * gc.generationSize;
    for (const index of gc.regions ? [2, 1, 0, 3, 4] : [2, 3, 4]) {
      for (let at = m.pointer(generation(index) + startSegment); at && !seen.has(at) && segments.length < MAX_SEGMENTS; at = m.pointer(at + Segment.Next)) {
        seen.add(at);
        if (!m.has(at, Segment.BackgroundAllocated + m.pointerSize)) break;
        const flags = m.u32(at + Segment.Flags);
        const ephemeral = at === heap.ephemeralSegment;
        const split = ephemeral && !gc.regions;
        segments.push({
          address: at, heap: heap.index, flags,
          kind: flags & FLAG_FROZEN ? 'frozen' : split ? 'ephemeral' : KINDS[index],
          start: m.pointer(at + Segment.Mem),
          end: ephemeral ? heap.allocAllocated : m.pointer(at + Segment.Allocated),
          committed: m.pointer(at + Segment.Committed), reserved: m.pointer(at + Segment.Reserved),
          generations: split ? { gen0: m.pointer(generation(0) + allocationStart), gen1: m.pointer(generation(1) + allocationStart) } : undefined,
        });
      }
    }
  }
  return segments;
}

/** Generation an address of the segment belongs to. */
export function generationOf(segment: HeapSegment, address: Address): Exclude<SegmentKind, 'ephemeral'> {
  if (segment.kind !== 'ephemeral') return segment.kind;
  const starts = segment.generations;
  if (starts && address >= starts.gen0) return 'gen0';
  return starts && address >= starts.gen1 ? 'gen1' : 'gen2';
}

/** Start of the committed memory: the record in front of a segment's first object belongs to it, a region starts on a page. */
export function committedStart(segment: HeapSegment): Address {
  return segment.start % 0x2000 === 0x1000 ? segment.start - 0x1000 : segment.start - (segment.start % 0x1000);
}
