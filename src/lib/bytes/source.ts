import { FormatError } from './errors.ts';

/**
 * Random access to the bytes of a dump file. Synchronous on purpose: the analyzer runs in a worker (or in the CLI),
 * where a blocking range read is allowed and keeps the hot loops free of promises.
 */
export interface ByteSource {
  /** Length of the file in bytes. */
  readonly size: number;
  /** Power of two: the piece worth reading around one byte. Small where every byte is fetched, large where a call costs more. */
  readonly granularity?: number;
  /** Symbol files that belong to the dump and lie beside it. */
  readonly symbols?: readonly NamedSource[];
  /** Exactly `length` bytes from `offset`; throws FormatError when the file ends before. The array may be shared: do not write to it. */
  read(offset: number, length: number): Uint8Array;
}

/** A file under the name its giver knows it by. */
export interface NamedSource { readonly name: string; readonly source: ByteSource }

/** A whole file in memory. */
export class BufferSource implements ByteSource {
  readonly size: number;
  readonly #bytes: Uint8Array;
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.size = bytes.byteLength;
  }
  read(offset: number, length: number): Uint8Array {
    checkRange(this.size, offset, length);
    return this.#bytes.subarray(offset, offset + length);
  }
}

/** Reads `length` bytes at `offset` from somewhere slow (file handle, Blob, HTTP range); may return fewer at the end. */
export type RangeReader = (offset: number, length: number) => Uint8Array;

/** A file read by ranges, never whole; small reads are served from one read-ahead block. */
export class RangeSource implements ByteSource {
  readonly size: number;
  readonly #fetch: RangeReader;
  readonly #ahead: number;
  #block: Uint8Array = new Uint8Array(0);
  #blockStart = 0;
  constructor(size: number, fetch: RangeReader, readAhead = 1 << 16) {
    this.size = size;
    this.#fetch = fetch;
    this.#ahead = readAhead;
  }
  read(offset: number, length: number): Uint8Array {
    checkRange(this.size, offset, length);
    const relative = offset - this.#blockStart;
    if (relative >= 0 && relative + length <= this.#block.byteLength) return this.#block.subarray(relative, relative + length);
    const want = Math.min(Math.max(length, this.#ahead), this.size - offset);
    const bytes = this.#fetch(offset, want);
    if (bytes.byteLength < length) throw new FormatError(`file ended at ${offset + bytes.byteLength} while ${length} bytes were read at ${offset}`);
    if (length < this.#ahead) {
      this.#block = bytes;
      this.#blockStart = offset;
    }
    return bytes.byteLength === length ? bytes : bytes.subarray(0, length);
  }
}

function checkRange(size: number, offset: number, length: number): void {
  if (!(offset >= 0 && length >= 0 && offset + length <= size)) {
    throw new FormatError(`file ends at ${size}, but ${length} bytes are needed at ${offset}`);
  }
}
