import { MAX_ADDRESS } from '../bytes/index.ts';
import type { MemoryRange } from './dump.ts';

/**
 * Sorts memory ranges, clips them to the file, removes overlaps (the first one in address order wins) and joins
 * ranges that continue each other both in memory and in the file: dumps split at protection changes, structures do not.
 */
export function normalizeRanges(ranges: MemoryRange[], fileSize: number, warnings: string[]): MemoryRange[] {
  const usable: MemoryRange[] = [];
  let clipped = 0;
  let dropped = 0;
  for (const range of ranges) {
    if (range.size <= 0) continue;
    if (range.address + range.size > MAX_ADDRESS || range.offset >= fileSize) {
      dropped++;
      continue;
    }
    const size = Math.min(range.size, fileSize - range.offset);
    if (size < range.size) clipped++;
    usable.push({ address: range.address, size, offset: range.offset });
  }
  usable.sort((a, b) => a.address - b.address);
  const result: { address: number; size: number; offset: number }[] = [];
  let overlaps = 0;
  for (const range of usable) {
    const last = result.at(-1);
    let { address, size, offset } = range;
    if (last) {
      const end = last.address + last.size;
      if (address < end) {
        overlaps++;
        const cut = end - address;
        if (cut >= size) continue;
        address += cut;
        offset += cut;
        size -= cut;
      }
      if (address === end && offset === last.offset + last.size) {
        last.size += size;
        continue;
      }
    }
    result.push({ address, size, offset });
  }
  if (clipped) warnings.push(`${clipped} memory ranges are cut short: the file is truncated at ${fileSize} bytes`);
  if (dropped) warnings.push(`${dropped} memory ranges lie outside the file or the user address space and are not readable`);
  if (overlaps) warnings.push(`${overlaps} memory ranges overlap an earlier one`);
  return result;
}
