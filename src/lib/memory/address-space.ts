import { decodeUtf16, decodeUtf8, hex, MAX_ADDRESS, ReadError } from '../bytes/index.ts';
import type { Address, ByteSource } from '../bytes/index.ts';
import type { MemoryRange } from '../container/index.ts';

const DEFAULT_PAGE = 1 << 16;
const TWO32 = 4294967296;
const MAX_READ = 1 << 28;
const SHORT_DIGITS = { 4: 8, 8: 12 } as const;
const EMPTY = new DataView(new ArrayBuffer(0));
const signed = new DataView(new ArrayBuffer(8));

/** A stretch of memory that lies inside one page and one range; reads are served from its view. */
interface Piece { readonly start: Address; readonly end: Address; readonly view: DataView }

/**
 * The memory of the dumped process: reads by address over the dump's ranges, through a bounded cache of pages (64 KiB, or what suits the source).
 * Every read throws ReadError when a byte is not in the dump; `try…` variants return undefined instead.
 */
export class AddressSpace {
  readonly pointerSize: 4 | 8;
  readonly #source: ByteSource;
  readonly #starts: Float64Array;
  readonly #ends: Float64Array;
  readonly #offsets: Float64Array;
  readonly #page: number;
  readonly #pages = new Map<number, Piece[]>();
  readonly #maxPages: number;
  #start = 0;
  #end = 0;
  #view: DataView = EMPTY;
  /** Called with the address range of every page brought in; the trimmer records what commands touch. */
  onPage: ((start: Address, end: Address) => void) | undefined;

  constructor(source: ByteSource, ranges: readonly MemoryRange[], pointerSize: 4 | 8, cacheBytes = 96 << 20) {
    this.#source = source;
    this.pointerSize = pointerSize;
    this.#page = source.granularity ?? DEFAULT_PAGE;
    this.#starts = Float64Array.from(ranges, (r) => r.address);
    this.#ends = Float64Array.from(ranges, (r) => r.address + r.size);
    this.#offsets = Float64Array.from(ranges, (r) => r.offset);
    this.#maxPages = Math.max(16, Math.floor(cacheBytes / this.#page));
  }

  /** Index of the range that holds the address, or -1. */
  #rangeOf(address: Address): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      if (this.#starts[middle] > address) high = middle - 1;
      else if (this.#ends[middle] <= address) low = middle + 1;
      else return middle;
    }
    return -1;
  }

  /** Makes the piece of `address` the current one; false when the byte is not in the dump. */
  #load(address: Address): boolean {
    if (!(address >= 0 && address <= MAX_ADDRESS)) return false;
    const page = Math.floor(address / this.#page);
    const known = this.#pages.get(page);
    if (known) {
      for (const piece of known) {
        if (address >= piece.start && address < piece.end) return this.#use(piece);
      }
    }
    const range = this.#rangeOf(address);
    if (range < 0) return false;
    const start = Math.max(this.#starts[range], page * this.#page);
    const end = Math.min(this.#ends[range], (page + 1) * this.#page);
    const bytes = this.#source.read(this.#offsets[range] + start - this.#starts[range], end - start);
    const piece = { start, end, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) };
    this.onPage?.(start, end);
    if (known) known.push(piece);
    else {
      if (this.#pages.size >= this.#maxPages) this.#evict();
      this.#pages.set(page, [piece]);
    }
    return this.#use(piece);
  }

  /** Drops the older half: pages are re-read in bulk, so precise LRU bookkeeping would cost more than it saves. */
  #evict(): void {
    let drop = this.#pages.size >> 1;
    for (const page of this.#pages.keys()) {
      if (drop-- <= 0) break;
      this.#pages.delete(page);
    }
  }

  #use(piece: Piece): true {
    this.#start = piece.start;
    this.#end = piece.end;
    this.#view = piece.view;
    return true;
  }

  /** Ensures `length` bytes at `address` are in the current piece; false when they cross its end or are absent. */
  #inPiece(address: Address, length: number): boolean {
    return (address >= this.#start && address + length <= this.#end) || (this.#load(address) && address + length <= this.#end);
  }

  u8(address: Address): number {
    if (this.#inPiece(address, 1)) return this.#view.getUint8(address - this.#start);
    throw new ReadError(address, 1);
  }

  u16(address: Address): number {
    if (this.#inPiece(address, 2)) return this.#view.getUint16(address - this.#start, true);
    return this.#across(address, 2).getUint16(0, true);
  }

  u32(address: Address): number {
    if (this.#inPiece(address, 4)) return this.#view.getUint32(address - this.#start, true);
    return this.#across(address, 4).getUint32(0, true);
  }

  i32(address: Address): number {
    return this.u32(address) | 0;
  }

  /** Unsigned 64 bits as a number; exact up to 2^53 (addresses and sizes). */
  u64(address: Address): number {
    if (this.#inPiece(address, 8)) {
      const at = address - this.#start;
      return this.#view.getUint32(at, true) + this.#view.getUint32(at + 4, true) * TWO32;
    }
    const view = this.#across(address, 8);
    return view.getUint32(0, true) + view.getUint32(4, true) * TWO32;
  }

  /** Raw 64 bits, for values that are not addresses. */
  big64(address: Address): bigint {
    if (this.#inPiece(address, 8)) return this.#view.getBigUint64(address - this.#start, true);
    return this.#across(address, 8).getBigUint64(0, true);
  }

  i64(address: Address): bigint {
    signed.setBigUint64(0, this.big64(address));
    return signed.getBigInt64(0);
  }

  f32(address: Address): number {
    signed.setUint32(0, this.u32(address));
    return signed.getFloat32(0);
  }

  f64(address: Address): number {
    signed.setBigUint64(0, this.big64(address));
    return signed.getFloat64(0);
  }

  /** A pointer of the target. */
  pointer(address: Address): Address {
    return this.pointerSize === 8 ? this.u64(address) : this.u32(address);
  }

  /** Raw bits of a pointer-sized word that may hold anything. */
  word(address: Address): bigint {
    return this.pointerSize === 8 ? this.big64(address) : BigInt(this.u32(address));
  }

  /** A value in lower-case hex, as wide as a pointer of the target. */
  hex(value: number | bigint): string {
    return hex(value, 2 * this.pointerSize);
  }

  /** A pointer as today's managed commands print it: at least 12 digits on 64 bits, 8 on 32. */
  shortHex(address: Address): string {
    return hex(address, SHORT_DIGITS[this.pointerSize]);
  }

  tryPointer(address: Address): Address | undefined {
    return this.has(address, this.pointerSize) ? this.pointer(address) : undefined;
  }

  tryU32(address: Address): number | undefined {
    return this.has(address, 4) ? this.u32(address) : undefined;
  }

  #across(address: Address, length: number): DataView {
    const bytes = this.read(address, length);
    return new DataView(bytes.buffer, bytes.byteOffset, length);
  }

  /** True when all `length` bytes are in the dump, across adjacent ranges. */
  has(address: Address, length = 1): boolean {
    // Beyond 2^53 an addition changes nothing: such an address would seem to hold any number of bytes.
    if (!(address >= 0 && address <= MAX_ADDRESS)) return false;
    let at = address;
    const end = address + length;
    while (at < end) {
      const range = at >= this.#start && at < this.#end ? -2 : this.#rangeOf(at);
      if (range === -1) return false;
      at = range === -2 ? this.#end : this.#ends[range];
    }
    return true;
  }

  /** Copies `length` bytes; crosses windows and adjacent ranges. */
  read(address: Address, length: number): Uint8Array {
    if (!(length >= 0 && length <= MAX_READ)) throw new ReadError(address, length);
    const result = new Uint8Array(length);
    let done = 0;
    while (done < length) {
      const at = address + done;
      if (!this.#inPiece(at, 1)) throw new ReadError(at, length - done);
      const from = at - this.#start;
      const take = Math.min(length - done, this.#view.byteLength - from);
      result.set(new Uint8Array(this.#view.buffer, this.#view.byteOffset + from, take), done);
      done += take;
    }
    return result;
  }

  /** Up to `length` bytes: what is there before the first gap. */
  readUpTo(address: Address, length: number): Uint8Array {
    let available = 0;
    while (available < length) {
      const range = this.#rangeOf(address + available);
      if (range < 0) break;
      available = Math.min(length, this.#ends[range] - address);
    }
    return this.read(address, available);
  }

  /** NUL-terminated UTF-8, at most `limit` bytes. */
  utf8(address: Address, limit = 4096): string {
    const bytes = this.readUpTo(address, limit);
    if (bytes.length === 0) throw new ReadError(address, 1);
    const end = bytes.indexOf(0);
    return decodeUtf8(end < 0 ? bytes : bytes.subarray(0, end));
  }

  /** NUL-terminated UTF-16, at most `limit` characters. */
  utf16(address: Address, limit = 2048): string {
    const bytes = this.readUpTo(address, limit * 2);
    if (bytes.length < 2) throw new ReadError(address, 2);
    let end = 0;
    while (end + 1 < bytes.length && (bytes[end] | bytes[end + 1]) !== 0) end += 2;
    return decodeUtf16(bytes.subarray(0, end));
  }
}
