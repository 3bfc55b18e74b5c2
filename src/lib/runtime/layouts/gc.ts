import type { LayoutTable } from '../layouts.ts';

/**
 * Structures of the GC which .NET 11 and later describe themselves and which were the same in .NET 8 to 10 (gc/gcpriv.h,
 * gc/gcinterface.dac.h, gc/handletablepriv.h; read on dumps of 8.0.33, 9.0.22 and 10.0.12).
 */
export const GC_X64: LayoutTable = {
  HeapSegment: words(8, ['Allocated', 'Committed', 'Reserved', 'Used', 'Mem', 'Flags', 'Next', 'BackgroundAllocated']),
  CFinalize: { FillPointers: 0 },
  OomHistory: words(8, ['Reason', 'AllocSize', 'Reserved', 'Allocated', 'GcIndex', 'Fgm', 'Size', 'AvailablePagefileMb', 'LohP']),
  HandleTableMap: words(8, ['BucketsPtr', 'Next']),
  HandleTableBucket: { Table: 0 },
  TableSegment: { RgAllocation: 0x1e0, RgUserData: 0x690, RgTail: 0x780, RgValue: 0x1000 },
};

/** The same for 32 bits. */
export const GC_X86: LayoutTable = {
  HeapSegment: words(4, ['Allocated', 'Committed', 'Reserved', 'Used', 'Mem', 'Flags', 'Next', 'BackgroundAllocated']),
  CFinalize: { FillPointers: 0 },
  OomHistory: words(4, ['Reason', 'AllocSize', 'Reserved', 'Allocated', 'GcIndex', 'Fgm', 'Size', 'AvailablePagefileMb', 'LohP']),
  HandleTableMap: words(4, ['BucketsPtr', 'Next']),
  HandleTableBucket: { Table: 0 },
  TableSegment: { RgAllocation: 0x3c0, RgUserData: 0xd20, RgTail: 0xf00, RgValue: 0x1000 },
};

/** Members of a word each, one behind the other. */
function words(size: number, names: readonly string[]): Record<string, number> {
  return Object.fromEntries(names.map((name, i) => [name, i * size]));
}
