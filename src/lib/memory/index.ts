import type { Dump } from '../container/index.ts';
import { AddressSpace } from './address-space.ts';

export { AddressSpace } from './address-space.ts';
export { wow64Registers } from './wow64-registers.ts';

/** The address space of a dump. */
export function openMemory(dump: Dump): AddressSpace {
  return new AddressSpace(dump.source, dump.ranges, dump.pointerSize);
}
export * from './copy.ts';
