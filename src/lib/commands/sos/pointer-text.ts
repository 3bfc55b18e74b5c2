import type { Address } from '../../bytes/index.ts';
import type { AddressSpace } from '../../memory/index.ts';

/** A pointer as native SOS prints it in most tables: upper-case, as wide as a pointer of the target. */
export function upper({ memory }: { readonly memory: AddressSpace }, value: Address | bigint): string {
  return memory.hex(value).toUpperCase();
}

/** A heading over a column of such pointers, aligned right like them. */
export function heading({ memory }: { readonly memory: AddressSpace }, title: string): string {
  return title.padStart(2 * memory.pointerSize);
}
