import { BinaryReader, FormatError } from '../bytes/index.ts';
import type { Dump } from './dump.ts';
import { memoryOf } from './write.ts';
import type { TrimPlan } from './write.ts';

const PAGE = 4096;
const MEMORY64_LIST = 9;
const COMMENT_W = 11;

/** Where a stream points to other parts of the file: these are copied along and the pointers set anew. */
interface Pointers {
  /** Bytes before the first entry; a u32 count at 0, or the sizes and count of a list header. */
  readonly entries?: number;
  /** Offsets of RVAs of MINIDUMP_STRINGs. */
  readonly strings?: readonly number[];
  /** Offsets of MINIDUMP_LOCATION_DESCRIPTORs {size, rva}. */
  readonly locations?: readonly number[];
  /** Offsets of RVAs to clear: memory that the copy lists elsewhere. */
  readonly cleared?: readonly number[];
  /** RVAs are 64 bits wide (ThreadNames). */
  readonly wide?: boolean;
}

/** The streams that are understood, by type (minidumpapiset.h); all others are left out. */
const STREAMS: Readonly<Record<number, Pointers>> = {
  3: { entries: 48, locations: [40], cleared: [36] },
  4: { entries: 108, strings: [20], locations: [76, 84] },
  6: { locations: [160] },
  7: { strings: [24] },
  15: {}, 16: {}, 17: {}, 21: {}, 22: {},
  24: { entries: 12, strings: [4], wide: true },
};

/** Writes a minidump with the streams we understand, a Memory64List of the kept memory and a comment. */
export function* writeMinidump(dump: Dump, plan: TrimPlan): Generator<Uint8Array> {
  const { source } = dump;
  const header = BinaryReader.from(source, 0, 32);
  const count = header.u32(8);
  const directory = BinaryReader.from(source, header.u32(12), 12 * count);
  const streams: { type: number; bytes: Uint8Array }[] = [];
  for (let i = 0; i < count; i++) {
    const type = directory.u32(12 * i);
    if (STREAMS[type]) streams.push({ type, bytes: Uint8Array.from(source.read(directory.u32(12 * i + 8), directory.u32(12 * i + 4))) });
  }
  streams.push({ type: COMMENT_W, bytes: utf16(plan.comment) });
  const memory = new Uint8Array(16 + 16 * plan.keep.length);
  streams.push({ type: MEMORY64_LIST, bytes: memory });

  const file = new Blob(32 + 12 * streams.length);
  const places = streams.map(({ bytes }) => file.place(bytes.length));
  for (const { type, bytes } of streams) relocate(dump, STREAMS[type] ?? {}, bytes, file);
  const base = Math.ceil(file.size / PAGE) * PAGE;
  const list = new DataView(memory.buffer);
  list.setBigUint64(0, BigInt(plan.keep.length), true);
  list.setBigUint64(8, BigInt(base), true);
  plan.keep.forEach(({ address, size }, i) => {
    list.setBigUint64(16 + 16 * i, BigInt(address), true);
    list.setBigUint64(24 + 16 * i, BigInt(size), true);
  });

  const head = new Uint8Array(base);
  head.set(header.slice(0, 32));
  const view = new DataView(head.buffer);
  view.setUint32(8, streams.length, true);
  view.setUint32(12, 32, true);
  view.setUint32(16, 0, true);
  streams.forEach(({ type, bytes }, i) => {
    view.setUint32(32 + 12 * i, type, true);
    view.setUint32(36 + 12 * i, bytes.length, true);
    view.setUint32(40 + 12 * i, places[i], true);
    head.set(bytes, places[i]);
  });
  file.write(head);
  yield head;
  yield* memoryOf(plan);
}

/** Data of the new file whose place is given out before its content is complete. */
class Blob {
  size: number;
  readonly #extra: { at: number; bytes: Uint8Array }[] = [];
  readonly #known = new Map<string, number>();
  constructor(start: number) {
    this.size = start;
  }
  place(length: number): number {
    const at = Math.ceil(this.size / 8) * 8;
    this.size = at + length;
    return at;
  }
  add(key: string, bytes: Uint8Array): number {
    let at = this.#known.get(key);
    if (at === undefined) {
      at = this.place(bytes.length);
      this.#extra.push({ at, bytes });
      this.#known.set(key, at);
    }
    return at;
  }
  write(head: Uint8Array): void {
    for (const { at, bytes } of this.#extra) head.set(bytes, at);
  }
}

function relocate(dump: Dump, pointers: Pointers, bytes: Uint8Array, file: Blob): void {
  const { source } = dump;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const copy = (rva: number, size: number) => {
    if (rva === 0 || size === 0 || rva + size > source.size) return 0;
    return file.add(`${rva}+${size}`, Uint8Array.from(source.read(rva, size)));
  };
  for (const entry of entriesOf(pointers, view)) {
    for (const at of pointers.strings ?? []) {
      if (entry + at + (pointers.wide ? 8 : 4) > bytes.length) continue;
      const rva = pointers.wide ? Number(view.getBigUint64(entry + at, true)) : view.getUint32(entry + at, true);
      const moved = rva !== 0 && rva + 4 <= source.size ? copy(rva, 4 + BinaryReader.from(source, rva, 4).u32(0) + 2) : 0;
      if (pointers.wide) view.setBigUint64(entry + at, BigInt(moved), true);
      else view.setUint32(entry + at, moved, true);
    }
    for (const at of pointers.locations ?? []) {
      if (entry + at + 8 > bytes.length) continue;
      view.setUint32(entry + at + 4, copy(view.getUint32(entry + at + 4, true), view.getUint32(entry + at, true)), true);
    }
    for (const at of pointers.cleared ?? []) view.setUint32(entry + at, 0, true);
  }
}

function* entriesOf(pointers: Pointers, view: DataView): Generator<number> {
  if (pointers.entries === undefined) {
    yield 0;
    return;
  }
  const count = view.getUint32(0, true);
  const first = view.byteLength >= 8 + count * pointers.entries ? 8 : 4;
  if (first + count * pointers.entries > view.byteLength) throw new FormatError('a list of the dump is damaged: it cannot be copied');
  for (let i = 0; i < count; i++) yield first + i * pointers.entries;
}

function utf16(text: string): Uint8Array {
  const bytes = new Uint8Array(2 * text.length + 2);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < text.length; i++) view.setUint16(2 * i, text.charCodeAt(i), true);
  return bytes;
}
