import { FormatError } from '../../bytes/index.ts';

/** 32 bits take eleven groups of three. */
const MAX_GROUPS = 11;

/** Numbers in groups of three bits, highest first, each with a bit that says whether another follows; low nibble of a byte first (inc/nibblestream.h). */
export class NibbleReader {
  readonly #byte: (offset: number) => number;
  #nibble = 0;

  /** `byte` gives the byte at an offset of the blob and throws where there is none. */
  constructor(byte: (offset: number) => number) {
    this.#byte = byte;
  }

  /** First byte that no number so far has touched. */
  get nextByte(): number {
    return Math.ceil(this.#nibble / 2);
  }

  unsigned(): number {
    let value = 0;
    for (let group = 0; group < MAX_GROUPS; group++) {
      const nibble = (this.#byte(this.#nibble >> 1) >> (this.#nibble & 1 ? 4 : 0)) & 15;
      this.#nibble++;
      value = value * 8 + (nibble & 7);
      if ((nibble & 8) === 0) {
        if (value > 0xffffffff) break;
        return value;
      }
    }
    throw new FormatError('debug info has a number of more than 32 bits');
  }

  /** The lowest bit is the sign. */
  signed(): number {
    const value = this.unsigned();
    const magnitude = Math.floor(value / 2);
    return value % 2 ? -magnitude : magnitude;
  }
}
