import type { Address } from '../bytes/index.ts';
import { readWindowsContext } from '../container/index.ts';
import type { Registers } from '../container/index.ts';
import type { AddressSpace } from './address-space.ts';

/** Where a thread keeps what it knows of its 32-bit half: WOW64_TLS_CPURESERVED, slot 1 of TlsSlots in the 64-bit TEB. */
const CPU_RESERVED = 0x1480 + 8;
/** WOW64_CPURESERVED: flags, machine (IMAGE_FILE_MACHINE_*), CONTEXT. */
const MACHINE = 2;
const CONTEXT = 4;
const I386 = 0x014c;
const CONTEXT_SIZE = 0x2cc;

/** Registers of the 32-bit code that a thread of a WOW64 process runs; undefined where they are not in the dump. `teb`: of the 64-bit half. */
export function wow64Registers(memory: AddressSpace, teb: Address): Registers | undefined {
  const area = memory.tryPointer(teb + CPU_RESERVED);
  if (!area || !memory.has(area, CONTEXT + CONTEXT_SIZE) || memory.u16(area + MACHINE) !== I386) return undefined;
  return readWindowsContext('x86', memory.read(area + CONTEXT, CONTEXT_SIZE));
}
