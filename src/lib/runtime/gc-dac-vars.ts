import type { Address } from '../bytes/index.ts';
import { MAX_HEAPS } from './gc-globals.ts';
import type { GcCounters, GcGlobals, GcHeapGlobals } from './gc-globals.ts';
import type { Target } from './target.ts';

/**
 * GcDacVars: the GC's own table of variables for debuggers, by words of the target's pointer size.
 * Source: dotnet/runtime src/coreclr/gc/gcinterface.dac.h; major 2 in .NET 8 to 10, minor 1 (8, 9) or 4 (10).
 */
const Var = {
  GenerationSize: 1, GenerationCount: 2, BuildVariant: 3, GlobalMechanisms: 5, GenerationTable: 6, MaxGeneration: 7, EphemeralHeapSegment: 10,
  AllocAllocated: 15, OomInfo: 17, FinalizeQueue: 18, HeapCount: 22, Heaps: 23, StructuresInvalidCount: 24, InterestingData: 25, CompactReasons: 26, ExpandMechanisms: 27, MechanismBits: 28, HandleTableMap: 29,
  HeapFieldOffsets: 30, GenerationFieldOffsets: 31,
} as const;
/** Byte offset of dynamic_adaptation_mode: 32-bit members in front of it. */
const DYNAMIC_ADAPTATION_MODE = { 4: 0xa4, 8: 0x140 } as const;
/** Offsets inside a generation when the GC does not publish them (gc/gcpriv.h): with regions on 64 bits, with segments on 32. */
const GENERATION_FIELDS = { 4: [0, 0x28, 0x2c], 8: [0, 0x38, -1] } as const;

/** Indexes into gc_heap_field_offsets (dac_gcheap_fields.h). */
const HeapField = { AllocAllocated: 0, EphemeralHeapSegment: 1, FinalizeQueue: 2, OomInfo: 3, InterestingData: 4, CompactReasons: 5, ExpandMechanisms: 6, MechanismBits: 7, GenerationTable: 18 } as const;
/** Finds GcDacVars by shape: its slot differs between versions, its first words do not. */
export function findGcDacVars(target: Target): GcGlobals | undefined {
  const m = target.memory;
  const { base, end } = target.runtime;
  for (let slot = 0; slot < target.slots.length; slot++) {
    const variable = target.slots[slot];
    if (!(variable >= base && variable < end)) continue;
    const at = m.tryPointer(variable);
    if (at && looksLikeGcDacVars(target, at)) return read(target, at);
  }
  return undefined;
}

function looksLikeGcDacVars(target: Target, at: Address): boolean {
  const m = target.memory;
  const p = m.pointerSize;
  if (!m.has(at, (Var.GenerationFieldOffsets + 1) * p)) return false;
  const major = m.u8(at);
  if (major < 1 || major > 15 || m.u8(at + 1) > 15 || m.read(at + 2, p - 2).some((byte) => byte !== 0)) return false;
  const size = m.pointer(at + Var.GenerationSize * p);
  return size >= 0x10 * p && size <= 0x40 * p && m.pointer(at + Var.GenerationCount * p) === 5;
}

function read(target: Target, at: Address): GcGlobals {
  const m = target.memory;
  const member = (word: number) => m.pointer(at + word * m.pointerSize);
  const through = (word: number) => {
    const variable = member(word);
    return variable ? m.pointer(variable) : 0;
  };
  // A heap dump may lack the page of the table, which nobody has written to.
  const fieldOffsets = member(Var.GenerationFieldOffsets);
  const generationFields = fieldOffsets && m.has(fieldOffsets, 12) ? [0, 1, 2].map((i) => m.i32(fieldOffsets + 4 * i)) : GENERATION_FIELDS[m.pointerSize];
  const countAt = member(Var.HeapCount);
  const server = countAt !== 0 && m.u32(countAt) > 0;
  const invalid = member(Var.StructuresInvalidCount);
  const adaptation = m.u8(at + 1) >= 4 ? m.pointer(at + DYNAMIC_ADAPTATION_MODE[m.pointerSize]) : 0;
  return {
    source: 'GcDacVars', server,
    regions: generationFields[2] === -1,
    generationSize: member(Var.GenerationSize),
    generationCount: member(Var.GenerationCount),
    generationFields: generationFields as unknown as [number, number, number],
    heaps: server ? serverHeaps(target, at, m.u32(countAt)) : [{
      index: 0, address: 0, generationTable: member(Var.GenerationTable), ephemeralSegment: through(Var.EphemeralHeapSegment),
      allocAllocated: through(Var.AllocAllocated), finalizeQueue: through(Var.FinalizeQueue), oomInfo: member(Var.OomInfo),
    }],
    counters: {
      global: member(Var.GlobalMechanisms),
      heaps: server ? serverCounters(target, at, m.u32(countAt)) : [{ dataPoints: member(Var.InterestingData), compactReasons: member(Var.CompactReasons), expandMechanisms: member(Var.ExpandMechanisms), mechanismBits: member(Var.MechanismBits) }],
    },
    inGc: invalid !== 0 && m.i32(invalid) !== 0,
    handleTableMap: member(Var.HandleTableMap),
    handleTables: undefined,
    dynamicAdaptation: adaptation && m.has(adaptation, 4) ? m.i32(adaptation) : undefined,
  };
}

function serverCounters(target: Target, at: Address, count: number): GcCounters['heaps'] {
  const m = target.memory;
  const p = m.pointerSize;
  const offsets = m.pointer(at + Var.HeapFieldOffsets * p);
  const array = m.pointer(m.pointer(at + Var.Heaps * p));
  return Array.from({ length: Math.min(count, MAX_HEAPS) }, (_, index) => {
    const heap = m.pointer(array + p * index);
    const field = (i: number) => {
      const offset = m.i32(offsets + 4 * i);
      return offset < 0 ? 0 : heap + offset;
    };
    return { dataPoints: field(HeapField.InterestingData), compactReasons: field(HeapField.CompactReasons), expandMechanisms: field(HeapField.ExpandMechanisms), mechanismBits: field(HeapField.MechanismBits) };
  });
}

function serverHeaps(target: Target, at: Address, count: number): GcHeapGlobals[] {
  const m = target.memory;
  const p = m.pointerSize;
  const offsets = m.pointer(at + Var.HeapFieldOffsets * p);
  const field = (index: number) => m.i32(offsets + 4 * index);
  const array = m.pointer(m.pointer(at + Var.Heaps * p));
  return Array.from({ length: Math.min(count, MAX_HEAPS) }, (_, index) => {
    const heap = m.pointer(array + p * index);
    return {
      index, address: heap, generationTable: heap + field(HeapField.GenerationTable),
      ephemeralSegment: m.pointer(heap + field(HeapField.EphemeralHeapSegment)), allocAllocated: m.pointer(heap + field(HeapField.AllocAllocated)),
      finalizeQueue: m.pointer(heap + field(HeapField.FinalizeQueue)), oomInfo: heap + field(HeapField.OomInfo),
    };
  });
}
