import type { Address } from '../bytes/index.ts';
import type { MemoryRegion } from './dump.ts';

/** The region an address lies in; `regions` as a dump has them, sorted and without overlaps. */
export function regionAt(regions: readonly MemoryRegion[], address: Address): MemoryRegion | undefined {
  let low = 0;
  let high = regions.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const region = regions[middle];
    if (region.address > address) high = middle - 1;
    else if (region.address + region.size <= address) low = middle + 1;
    else return region;
  }
  return undefined;
}
