import { FormatError } from '../bytes/index.ts';

/** Compressed integers of blobs (ECMA-335 II.23.2), one after the other. */
export class CompressedReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get ended(): boolean {
    return this.#at >= this.#bytes.length;
  }

  #byte(): number {
    if (this.ended) throw new FormatError('a blob ends early');
    return this.#bytes[this.#at++];
  }

  /** Up to 29 bits, and how many the form has. */
  #read(): { value: number; bits: number } {
    const first = this.#byte();
    if (first < 0x80) return { value: first, bits: 7 };
    if (first < 0xc0) return { value: ((first & 0x3f) << 8) | this.#byte(), bits: 14 };
    return { value: ((first & 0x1f) << 24) | (this.#byte() << 16) | (this.#byte() << 8) | this.#byte(), bits: 29 };
  }

  unsigned(): number {
    return this.#read().value;
  }

  /** The sign is the lowest bit, the rest is rotated. */
  signed(): number {
    const { value, bits } = this.#read();
    const magnitude = value >>> 1;
    return value & 1 ? magnitude - 2 ** (bits - 1) : magnitude;
  }
}
