import type { Address } from '../bytes/index.ts';
import type { AddressSpace } from '../memory/index.ts';
import type { HeapSegment } from './segments.ts';

/** Object positions one chunk of the bitmap stands for: 8 KiB of bits. */
const POSITIONS = 1 << 16;
const WORDS = POSITIONS / 32;
/** Addresses outside the heap are kept one by one; a damaged dump has many of them. */
const MAX_STRAYS = 1 << 16;

interface Bits { readonly start: Address; readonly end: Address; readonly chunks: (Uint32Array | undefined)[] }

/**
 * A set of object addresses: one bit for every place of the heap where an object can begin, in chunks that exist only where the
 * dump has memory. Adding an object allocates nothing.
 */
export class ObjectSet {
  readonly #memory: AddressSpace;
  readonly #unit: number;
  readonly #shift: number;
  readonly #chunk: number;
  readonly #bits: readonly Bits[];
  readonly #strays = new Set<Address>();
  #current: Bits | undefined;
  #size = 0;

  constructor(memory: AddressSpace, segments: readonly HeapSegment[]) {
    this.#memory = memory;
    this.#unit = memory.pointerSize;
    this.#shift = Math.log2(this.#unit);
    this.#chunk = POSITIONS * this.#unit;
    this.#bits = segments.map(({ start, end }): Bits => ({ start, end, chunks: [] })).sort((a, b) => a.start - b.start);
  }

  /** Number of members. */
  get size(): number {
    return this.#size;
  }

  has(address: Address): boolean {
    const bits = this.#find(address);
    if (!bits) return this.#strays.has(address);
    const offset = address - bits.start;
    const chunk = bits.chunks[Math.floor(offset / this.#chunk)];
    if (!chunk) return this.#strays.size > 0 && this.#strays.has(address);
    const bit = (offset % this.#chunk) >>> this.#shift;
    return (chunk[bit >>> 5] & (1 << (bit & 31))) !== 0;
  }

  /** True when the address was not a member yet. */
  add(address: Address): boolean {
    const bits = this.#find(address);
    if (!bits) return this.#addStray(address);
    const offset = address - bits.start;
    const index = Math.floor(offset / this.#chunk);
    let chunk = bits.chunks[index];
    if (!chunk) {
      if (!this.#memory.has(address, this.#unit)) return this.#addStray(address);
      bits.chunks[index] = chunk = new Uint32Array(WORDS);
    }
    const bit = (offset % this.#chunk) >>> this.#shift;
    const mask = 1 << (bit & 31);
    if ((chunk[bit >>> 5] & mask) !== 0) return false;
    chunk[bit >>> 5] |= mask;
    this.#size++;
    return true;
  }

  delete(address: Address): void {
    const bits = this.#find(address);
    const chunk = bits?.chunks[Math.floor((address - bits.start) / this.#chunk)];
    if (!bits || !chunk) {
      if (this.#strays.delete(address)) this.#size--;
      return;
    }
    const bit = ((address - bits.start) % this.#chunk) >>> this.#shift;
    const mask = 1 << (bit & 31);
    if ((chunk[bit >>> 5] & mask) === 0) return;
    chunk[bit >>> 5] &= ~mask;
    this.#size--;
  }

  #addStray(address: Address): boolean {
    if (this.#strays.size >= MAX_STRAYS || this.#strays.has(address)) return false;
    this.#strays.add(address);
    this.#size++;
    return true;
  }

  /** Part of the heap an address lies in; undefined outside, and where no object can begin. */
  #find(address: Address): Bits | undefined {
    if (address % this.#unit !== 0) return undefined;
    const current = this.#current;
    if (current && address >= current.start && address < current.end) return current;
    let low = 0;
    let high = this.#bits.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const bits = this.#bits[middle];
      if (address < bits.start) high = middle - 1;
      else if (address >= bits.end) low = middle + 1;
      else return (this.#current = bits);
    }
    return undefined;
  }
}
