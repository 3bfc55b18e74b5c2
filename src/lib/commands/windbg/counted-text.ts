import type { Address } from '../../bytes/index.ts';
import type { AddressSpace } from '../../memory/index.ts';

/** ANSI_STRING or UNICODE_STRING (ntdef.h): length in bytes and maximum as 16-bit words, then a pointer to the characters. */
export function countedText(memory: AddressSpace, address: Address, wide: boolean): string {
  const length = memory.u16(address);
  return new TextDecoder(wide ? 'utf-16le' : 'latin1').decode(memory.read(memory.pointer(address + memory.pointerSize), length));
}
