import { FormatError } from './errors.ts';
import type { ByteSource } from './source.ts';

const TWO32 = 4294967296;

/** Bounds-checked little-endian reads over bytes; positions are relative to the start of the array. */
export class BinaryReader {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  static from(source: ByteSource, offset: number, length: number): BinaryReader {
    return new BinaryReader(source.read(offset, length));
  }
  get length(): number {
    return this.bytes.byteLength;
  }
  #check(at: number, length: number): void {
    if (!(at >= 0 && at + length <= this.bytes.byteLength)) throw new FormatError(`structure needs ${length} bytes at ${at}, has ${this.bytes.byteLength}`);
  }
  u8(at: number): number {
    this.#check(at, 1);
    return this.#view.getUint8(at);
  }
  u16(at: number): number {
    this.#check(at, 2);
    return this.#view.getUint16(at, true);
  }
  u32(at: number): number {
    this.#check(at, 4);
    return this.#view.getUint32(at, true);
  }
  i32(at: number): number {
    this.#check(at, 4);
    return this.#view.getInt32(at, true);
  }
  /** Unsigned 64 bits as a number: exact to 2^53, which covers every user-mode address and file offset. */
  u64(at: number): number {
    this.#check(at, 8);
    return this.#view.getUint32(at, true) + this.#view.getUint32(at + 4, true) * TWO32;
  }
  big64(at: number): bigint {
    this.#check(at, 8);
    return this.#view.getBigUint64(at, true);
  }
  slice(at: number, length: number): Uint8Array {
    this.#check(at, length);
    return this.bytes.subarray(at, at + length);
  }
}

const utf16 = new TextDecoder('utf-16le');
const utf8 = new TextDecoder('utf-8');

export function decodeUtf16(bytes: Uint8Array): string {
  return utf16.decode(bytes);
}

export function decodeUtf8(bytes: Uint8Array): string {
  return utf8.decode(bytes);
}
