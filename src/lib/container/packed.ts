import { decompress } from 'fzstd';
import { FormatError, RangeSource } from '../bytes/index.ts';
import type { ByteSource, LocalText, NamedSource } from '../bytes/index.ts';
import { PACK_GRANULARITY } from './pack-index.ts';
import type { PackIndex } from './pack-index.ts';

/**
 * Fetches `length` bytes at `offset` of a data file and waits for them. A server that ignores ranges may be answered
 * with the whole file: more bytes than asked for are taken as that and kept.
 */
export type PackFetch = (file: string, offset: number, length: number) => Uint8Array;

export interface PackOptions {
  /** Bound of the decoded frames kept, in bytes. */
  readonly cacheBytes?: number;
  /** Fewest bytes one request asks for, as far as neighbouring frames are missing. */
  readonly readAhead?: number;
  /** Told the number of bytes of every answer. */
  readonly onTraffic?: (bytes: number) => void;
}

const OFFLINE: LocalText = {
  en: 'A part of the sample could not be fetched. Check the connection and run the command again.',
  'zh-tw': '範例傾印的一部分無法下載。請檢查網路連線，然後重新執行命令。',
};

interface Frame {
  readonly file: number;
  readonly offset: number;
  readonly bytes: number;
  rawBytes: number;
  compressed: Uint8Array | undefined;
}

/** A dump read from its packed form: frames are fetched when first touched and decoded ones kept in a bounded cache. */
export class PackedSource implements ByteSource {
  readonly size: number;
  readonly granularity = PACK_GRANULARITY;
  /** Fetched when a command first wants a source line. */
  readonly symbols: readonly NamedSource[];
  readonly #index: PackIndex;
  readonly #fetch: PackFetch;
  readonly #options: PackOptions;
  readonly #starts: Float64Array;
  /** Offset of each piece in its decoded frame. */
  readonly #inner: Float64Array;
  readonly #frames: Frame[];
  readonly #decoded = new Map<number, Uint8Array>();
  #decodedBytes = 0;

  constructor(index: PackIndex, fetch: PackFetch, options: PackOptions = {}) {
    this.size = index.size;
    this.#index = index;
    this.#fetch = fetch;
    this.#options = options;
    this.symbols = (index.symbols ?? []).map(({ name, size }) => ({ name, source: new RangeSource(size, (offset, length) => {
      const bytes = fetch(name, offset, length);
      options.onTraffic?.(bytes.byteLength);
      // A server that ignores ranges sends the whole file.
      return bytes.byteLength > length ? bytes.subarray(offset, offset + length) : bytes;
    }) }));
    const ends = new Float64Array(index.files.length);
    this.#frames = index.frames.map(([file, bytes]) => {
      const offset = ends[file];
      ends[file] += bytes;
      return { file, offset, bytes, rawBytes: 0, compressed: undefined };
    });
    this.#starts = new Float64Array(index.lengths.length);
    this.#inner = new Float64Array(index.lengths.length);
    let at = 0;
    index.lengths.forEach((length, piece) => {
      this.#starts[piece] = at;
      at += length;
      const frame = this.#frames[index.owners[piece]];
      if (!frame) return;
      this.#inner[piece] = frame.rawBytes;
      frame.rawBytes += length;
    });
  }

  /** Takes in a data file that was fetched whole, such as `files[0]` before the first command. */
  provide(file: number, bytes: Uint8Array): void {
    const { name, size } = this.#index.files[file];
    if (bytes.byteLength !== size) throw new FormatError(`${name} has ${bytes.byteLength} bytes instead of ${size}`, OFFLINE);
    for (const frame of this.#frames) {
      if (frame.file === file) frame.compressed ??= bytes.subarray(frame.offset, frame.offset + frame.bytes);
    }
  }

  read(offset: number, length: number): Uint8Array {
    if (!(offset >= 0 && length >= 0 && offset + length <= this.size)) throw new FormatError(`file ends at ${this.size}, but ${length} bytes are needed at ${offset}`);
    if (length === 0) return new Uint8Array(0);
    const first = this.#pieceAt(offset);
    const inside = offset - this.#starts[first];
    if (inside + length <= this.#index.lengths[first]) return this.#part(first, inside, length);
    const last = this.#pieceAt(offset + length - 1);
    this.#require(first, last);
    const result = new Uint8Array(length);
    for (let piece = first; piece <= last; piece++) {
      const start = Math.max(offset, this.#starts[piece]);
      const end = Math.min(offset + length, this.#starts[piece] + this.#index.lengths[piece]);
      if (this.#index.owners[piece] >= 0) result.set(this.#part(piece, start - this.#starts[piece], end - start), start - offset);
    }
    return result;
  }

  #pieceAt(offset: number): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#starts[middle] <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #part(piece: number, inside: number, length: number): Uint8Array {
    const owner = this.#index.owners[piece];
    if (owner < 0) return new Uint8Array(length);
    const at = this.#inner[piece] + inside;
    return this.#decode(owner).subarray(at, at + length);
  }

  #decode(number: number): Uint8Array {
    const known = this.#decoded.get(number);
    if (known) {
      this.#decoded.delete(number);
      this.#decoded.set(number, known);
      return known;
    }
    const frame = this.#frames[number];
    if (!frame.compressed) this.#load([number]);
    const out = new Uint8Array(frame.rawBytes);
    let decoded: Uint8Array;
    try {
      decoded = decompress(frame.compressed!, out);
    } catch (error) {
      throw new FormatError(`frame ${number} of the packed dump is damaged: ${error instanceof Error ? error.message : String(error)}`);
    }
    if (decoded.byteLength !== frame.rawBytes) throw new FormatError(`frame ${number} of the packed dump has ${decoded.byteLength} bytes instead of ${frame.rawBytes}`);
    this.#decoded.set(number, decoded);
    this.#decodedBytes += frame.rawBytes;
    const limit = this.#options.cacheBytes ?? 64 << 20;
    for (const [old, bytes] of this.#decoded) {
      if (this.#decodedBytes <= limit || old === number) break;
      this.#decoded.delete(old);
      this.#decodedBytes -= bytes.byteLength;
    }
    return decoded;
  }

  /** Fetches what the pieces `first`…`last` need, neighbours together. */
  #require(first: number, last: number): void {
    const wanted = new Set<number>();
    for (let piece = first; piece <= last; piece++) {
      const owner = this.#index.owners[piece];
      if (owner >= 0 && !this.#frames[owner].compressed) wanted.add(owner);
    }
    if (wanted.size > 0) this.#load([...wanted].sort((a, b) => a - b));
  }

  /** Fetches frames (ascending) in as few requests as their places allow, with read-ahead. */
  #load(wanted: readonly number[]): void {
    const ahead = this.#options.readAhead ?? 1 << 18;
    for (const number of wanted) {
      const start = this.#frames[number];
      if (start.compressed) continue;
      let next = number;
      let end = start.offset;
      do end += this.#frames[next++].bytes;
      while (this.#follows(next, start.file) && (wanted.includes(next) || end - start.offset + this.#frames[next].bytes <= ahead));
      this.#request(number, next, end - start.offset);
    }
  }

  #follows(number: number, file: number): boolean {
    const frame = this.#frames[number];
    return frame !== undefined && frame.file === file && !frame.compressed;
  }

  #request(first: number, end: number, length: number): void {
    const { file, offset } = this.#frames[first];
    const { name, size } = this.#index.files[file];
    const bytes = this.#fetch(name, offset, length);
    this.#options.onTraffic?.(bytes.byteLength);
    if (bytes.byteLength === size) return this.provide(file, bytes);
    if (bytes.byteLength !== length) throw new FormatError(`${name}: ${bytes.byteLength} bytes came instead of ${length} at ${offset}`, OFFLINE);
    for (let number = first; number < end; number++) {
      const frame = this.#frames[number];
      frame.compressed = bytes.subarray(frame.offset - offset, frame.offset - offset + frame.bytes);
    }
  }
}
