import { FormatError } from '../../bytes/index.ts';

/** No GC info is as long as this: a position beyond it comes from damaged data. */
const MAX_BYTES = 1 << 22;

/** Reads x86 GC info, a stream of bytes with numbers of seven bits a byte, most significant first (inc/gcdecoder.cpp, decodeUnsigned). */
export class InfoReader {
  readonly #byte: (offset: number) => number;
  position: number;

  /** `byte` gives the byte at an offset of the blob and throws where there is none. */
  constructor(byte: (offset: number) => number, position = 0) {
    this.#byte = byte;
    this.position = position;
  }

  at(position: number): InfoReader {
    return new InfoReader(this.#byte, position);
  }

  u8(): number {
    if (this.position > MAX_BYTES) throw new FormatError('GC info does not end');
    return this.#byte(this.position++);
  }

  u32(): number {
    const [a, b, c, d] = [this.u8(), this.u8(), this.u8(), this.u8()];
    return a + b * 0x100 + c * 0x10000 + d * 0x1000000;
  }

  unsigned(): number {
    let byte = this.u8();
    let value = byte & 0x7f;
    for (let bytes = 1; byte & 0x80; bytes++) {
      if (bytes > 5) throw new FormatError('GC info has a number of more than 32 bits');
      byte = this.u8();
      value = value * 128 + (byte & 0x7f);
    }
    return value;
  }

  signed(): number {
    let byte = this.u8();
    const negative = (byte & 0x40) !== 0;
    let value = byte & 0x3f;
    for (let bytes = 1; byte & 0x80; bytes++) {
      if (bytes > 5) throw new FormatError('GC info has a number of more than 32 bits');
      byte = this.u8();
      value = value * 128 + (byte & 0x7f);
    }
    return negative ? -value : value;
  }
}
