import { FormatError } from '../../bytes/index.ts';

/** No valid GC info is as long as this: a position beyond it comes from damaged data. */
const MAX_BITS = 1 << 27;

/** Reads the bit stream of GC info: least significant bit of the first byte first (inc/gcinfodecoder.h, BitStreamReader). */
export class BitReader {
  readonly #byte: (offset: number) => number;
  /** Position in bits from the start of the blob. */
  position = 0;

  /** `byte` gives the byte at an offset of the blob and throws where there is none. */
  constructor(byte: (offset: number) => number) {
    this.#byte = byte;
  }

  /** A second reader over the same blob. */
  at(position: number): BitReader {
    const other = new BitReader(this.#byte);
    other.seek(position);
    return other;
  }

  seek(position: number): void {
    if (!(position >= 0 && position < MAX_BITS)) throw new FormatError(`GC info points outside itself (bit ${position})`);
    this.position = position;
  }

  skip(bits: number): void {
    this.seek(this.position + bits);
  }

  bit(): number {
    const { position } = this;
    this.position = position + 1;
    return (this.#byte(position >>> 3) >>> (position & 7)) & 1;
  }

  /** Up to 32 bits, unsigned. */
  bits(count: number): number {
    if (count > 32) throw new FormatError(`GC info has a field of ${count} bits`);
    let value = 0;
    let scale = 1;
    while (count > 0) {
      const inByte = this.position & 7;
      const take = Math.min(8 - inByte, count);
      value += ((this.#byte(this.position >>> 3) >>> inByte) & ((1 << take) - 1)) * scale;
      scale *= 2 ** take;
      this.position += take;
      count -= take;
    }
    return value;
  }

  /** Chunks of `base` bits, each followed by a bit that says whether another one comes. */
  unsigned(base: number): number {
    return this.#chunks(base).value;
  }

  /** The same, the last chunk's highest bit being the sign. */
  signed(base: number): number {
    const { value, bits } = this.#chunks(base);
    return value >= 2 ** (bits - 1) ? value - 2 ** bits : value;
  }

  #chunks(base: number): { value: number; bits: number } {
    let value = 0;
    let bits = 0;
    for (;;) {
      value += this.bits(base) * 2 ** bits;
      bits += base;
      if (!this.bit()) break;
      if (bits > 32) throw new FormatError('GC info has a number of more than 32 bits');
    }
    if (value > 0xffffffff) throw new FormatError('GC info has a number of more than 32 bits');
    return { value, bits };
  }
}
