import { BufferSource } from '../../src/lib/bytes/index.ts';
import type { Dump, MemoryRange, NativeModule } from '../../src/lib/container/index.ts';

/** Bytes put down one after the other, little-endian. */
export class Bytes {
  readonly list: number[] = [];

  u8(...values: number[]): this {
    this.list.push(...values.map((v) => v & 255));
    return this;
  }

  word(value: number | bigint, size: number): this {
    for (let i = 0; i < size; i++) this.list.push(Number((BigInt.asUintN(64, BigInt(value)) >> BigInt(8 * i)) & 255n));
    return this;
  }

  uleb(value: number): this {
    let rest = value;
    for (;;) {
      const low = rest % 128;
      rest = Math.floor(rest / 128);
      this.list.push(rest ? low + 128 : low);
      if (!rest) return this;
    }
  }

  sleb(value: number): this {
    let rest = value;
    for (;;) {
      const low = ((rest % 128) + 128) % 128;
      rest = Math.floor(rest / 128);
      const done = (rest === 0 && low < 64) || (rest === -1 && low >= 64);
      this.list.push(done ? low : low + 128);
      if (done) return this;
    }
  }

  block(bytes: readonly number[]): this {
    this.uleb(bytes.length);
    this.list.push(...bytes);
    return this;
  }
}

export interface FunctionCfi { readonly start: number; readonly size: number; readonly instructions: readonly number[]; readonly signal?: boolean }

export interface ImageOptions {
  /** Instructions of the CIE; by default what an x64 call leaves: CFA = rsp+8, the return address below it. */
  readonly initial?: readonly number[];
  /** .eh_frame_hdr without a search table. */
  readonly noTable?: boolean;
  /** Count in the table's header; by default the truth. */
  readonly count?: number;
}

export const AFTER_CALL = new Bytes().u8(0x0c).uleb(7).uleb(8).u8(0x80 | 16).uleb(1).list;
const PROGRAM_HEADERS = 64;
const HEADER = 0x200;
const FRAMES = 0x400;
export const IMAGE_SIZE = 0x4000;

/**
 * An ELF shared object as it lies in memory (System V gABI; .eh_frame as the Linux Standard Base describes it), written for the tests and
 * independent of the reader: one loadable segment, .eh_frame_hdr at 0x200, .eh_frame at 0x400, code from 0x1000 on.
 */
export function elfImage(functions: readonly FunctionCfi[], options: ImageOptions = {}): Uint8Array {
  const image = new Uint8Array(IMAGE_SIZE).fill(0x90, 0x1000);
  const view = new DataView(image.buffer);
  image.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, 3, true);
  view.setUint16(18, 62, true);
  view.setBigUint64(32, BigInt(PROGRAM_HEADERS), true);
  view.setUint16(54, 56, true);
  view.setUint16(56, 2, true);
  const segment = (i: number, type: number, address: number, size: number) => {
    view.setUint32(PROGRAM_HEADERS + 56 * i, type, true);
    for (const [field, value] of [[8, address], [16, address], [32, size], [40, size]]) view.setBigUint64(PROGRAM_HEADERS + 56 * i + field, BigInt(value), true);
  };
  const frames = new Bytes();
  const record = (body: Bytes) => {
    while (body.list.length % 4) body.u8(0);
    frames.word(body.list.length, 4);
    frames.list.push(...body.list);
  };
  const cieOf = (signal: boolean) => {
    const at = frames.list.length;
    const cie = new Bytes().word(0, 4).u8(1).u8(...new TextEncoder().encode(signal ? 'zRS\0' : 'zR\0')).uleb(1).sleb(-8).u8(16).uleb(1).u8(0x1b);
    cie.list.push(...(options.initial ?? AFTER_CALL));
    record(cie);
    return at;
  };
  const cies = { plain: cieOf(false), signal: cieOf(true) };
  const places = functions.map((f) => {
    const at = frames.list.length;
    const body = new Bytes().word(at + 4 - (f.signal ? cies.signal : cies.plain), 4);
    body.word(f.start - (FRAMES + at + 8), 4).word(f.size, 4).uleb(0);
    body.list.push(...f.instructions);
    record(body);
    return at;
  });
  frames.word(0, 4);
  const header = new Bytes().u8(1, 0x1b, options.noTable ? 0xff : 0x03, options.noTable ? 0xff : 0x3b).word(FRAMES - (HEADER + 4), 4);
  if (!options.noTable) {
    header.word(options.count ?? functions.length, 4);
    functions.map((f, i) => ({ start: f.start, at: places[i] })).sort((a, b) => a.start - b.start).forEach(({ start, at }) => header.word(start - HEADER, 4).word(FRAMES + at - HEADER, 4));
  }
  segment(0, 1, 0, IMAGE_SIZE);
  segment(1, 0x6474e550, HEADER, header.list.length);
  image.set(header.list, HEADER);
  image.set(frames.list, FRAMES);
  return image;
}

export interface Piece { readonly address: number; readonly bytes: Uint8Array; readonly executable?: boolean }

/** A Linux x64 dump of some pieces of memory; `images` are those that count as modules. */
export function coreOf(pieces: readonly Piece[], images: readonly { readonly base: number; readonly path: string }[], auxv?: ReadonlyMap<number, number>): Dump {
  const sorted = [...pieces].sort((a, b) => a.address - b.address);
  const all = new Uint8Array(sorted.reduce((n, p) => n + p.bytes.length, 0));
  const ranges: MemoryRange[] = [];
  let offset = 0;
  for (const { address, bytes } of sorted) {
    all.set(bytes, offset);
    ranges.push({ address, size: bytes.length, offset });
    offset += bytes.length;
  }
  const modules: NativeModule[] = images.map(({ base, path }) => ({ base, size: IMAGE_SIZE, path, timestamp: 0, checksum: 0, version: '' }));
  const regions = sorted.map(({ address, bytes, executable }) => ({ address, size: bytes.length, allocationBase: address, state: 0x1000, protection: executable ? 0x20 : 0x04, type: 0x20000 }));
  return {
    format: 'elf-core', os: 'linux', architecture: 'x64', pointerSize: 8, source: new BufferSource(all), ranges, missing: [], regions, modules, threads: [], flags: 0, osVersion: '', warnings: [],
    ...(auxv && { auxv }),
  };
}

/** Words of a stack, lowest first. */
export function stackOf(address: number, words: readonly (number | bigint)[]): Piece {
  const bytes = new Bytes();
  for (const word of words) bytes.word(word, 8);
  return { address, bytes: Uint8Array.from(bytes.list) };
}
