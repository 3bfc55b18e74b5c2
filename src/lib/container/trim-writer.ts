import { BinaryReader, FormatError } from '../bytes/index.ts';
import type { Address } from '../bytes/index.ts';
import type { Dump } from './dump.ts';

/** Memory is kept or dropped in pages of the operating system. */
export const PAGE = 4096;
const PIECE = 64 * PAGE;
const MEMORY64 = 9;
const COMMENT_A = 10;
const PT_LOAD = 1;
const PT_NOTE = 4;
const ELF64 = 2;
/** Type of our note in core files: "DLAB". */
const NOTE_DUMPLAB = 0x444c4142;
const MAX_PREFIX = 1 << 28;

/** Kept memory: consecutive pages of one original range, at `offset` in the original file. */
interface Run { readonly address: Address; readonly offset: number; readonly size: number }

/** What a trimmed dump keeps of a dump, and what is changed in it. */
export interface Trim {
  keeps(page: Address): boolean;
  /** Changes the bytes of one page, or of the part of it that the dump holds. Pages come in the order of the file. */
  patch(address: Address, bytes: Uint8Array): void;
  /** Goes into the dump: what was dropped and why. */
  readonly comment: string;
}

function runsOf(dump: Dump, keeps: (page: Address) => boolean): Run[] {
  const runs: { address: Address; offset: number; size: number }[] = [];
  for (const range of dump.ranges) {
    let run: { address: Address; offset: number; size: number } | undefined;
    for (let at = 0; at < range.size; ) {
      const address = range.address + at;
      const size = Math.min(PAGE - (address % PAGE), range.size - at);
      if (!keeps(address - (address % PAGE))) run = undefined;
      else if (run) run.size += size;
      else runs.push((run = { address, offset: range.offset + at, size }));
      at += size;
    }
  }
  return runs;
}

/** Part of a run, patched page by page. */
function* memoryOf(dump: Dump, run: Run, patch: Trim['patch']): Generator<Uint8Array> {
  for (let done = 0; done < run.size; ) {
    const length = Math.min(PIECE, run.size - done);
    const bytes = dump.source.read(run.offset + done, length).slice();
    for (let at = 0; at < length; ) {
      const address = run.address + done + at;
      const size = Math.min(PAGE - (address % PAGE), length - at);
      patch(address, bytes.subarray(at, at + size));
      at += size;
    }
    yield bytes;
    done += length;
  }
}

/** A smaller dump of the same format, in pieces: same streams and notes, only the memory that is kept. Throws FormatError for formats it cannot write. */
export function writeTrimmed(dump: Dump, trim: Trim): Generator<Uint8Array> {
  const runs = runsOf(dump, (page) => trim.keeps(page));
  return dump.format === 'minidump' ? writeMinidump(dump, runs, trim) : writeCore(dump, runs, trim);
}

const latin1 = (text: string) => Uint8Array.from(text, (c) => (c.charCodeAt(0) < 256 ? c.charCodeAt(0) : 0x3f));
const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/**
 * The part in front of the memory holds all streams and what they point to: it is kept byte for byte. Behind it come the
 * comment and a new Memory64List; the directory is pointed at them.
 */
function* writeMinidump(dump: Dump, runs: readonly Run[], trim: Trim): Generator<Uint8Array> {
  const header = BinaryReader.from(dump.source, 0, 32);
  const count = header.u32(8);
  const directory = header.u32(12);
  const entries = BinaryReader.from(dump.source, directory, 12 * count);
  const find = (type: number) => Array.from({ length: count }, (_, i) => i).find((i) => entries.u32(12 * i) === type);
  const memoryEntry = find(MEMORY64);
  if (memoryEntry === undefined) throw new FormatError('only minidumps with a Memory64List can be trimmed');
  const prefixSize = BinaryReader.from(dump.source, entries.u32(12 * memoryEntry + 8), 16).u64(8);
  if (prefixSize > MAX_PREFIX) throw new FormatError(`the memory of the minidump begins at ${prefixSize}`);
  const prefix = dump.source.read(0, prefixSize).slice();
  const text = latin1(`${trim.comment}\0`);
  const listAt = Math.ceil((prefixSize + text.length) / 8) * 8;
  const list = new Uint8Array(16 + 16 * runs.length);
  const listView = viewOf(list);
  listView.setBigUint64(0, BigInt(runs.length), true);
  listView.setBigUint64(8, BigInt(listAt + list.length), true);
  runs.forEach((run, i) => {
    listView.setBigUint64(16 + 16 * i, BigInt(run.address), true);
    listView.setBigUint64(24 + 16 * i, BigInt(run.size), true);
  });
  const prefixView = viewOf(prefix);
  const setEntry = (index: number, ...words: readonly [type: number, size: number, at: number]) => words.forEach((word, i) => prefixView.setUint32(directory + 12 * index + 4 * i, word, true));
  setEntry(memoryEntry, MEMORY64, list.length, listAt);
  const unused = find(COMMENT_A) ?? find(0);
  if (unused !== undefined) setEntry(unused, COMMENT_A, text.length, prefixSize);
  yield prefix;
  yield text;
  yield new Uint8Array(listAt - prefixSize - text.length);
  yield list;
  for (const run of runs) yield* memoryOf(dump, run, (address, bytes) => trim.patch(address, bytes));
}

/** ELF core: header, one PT_NOTE with the original notes and ours, one PT_LOAD a run; memory size tells what was not captured. */
function* writeCore(dump: Dump, runs: readonly Run[], trim: Trim): Generator<Uint8Array> {
  const header = dump.source.read(0, 64).slice();
  const headerView = viewOf(header);
  if (header[4] !== ELF64) throw new FormatError('only 64-bit core files can be trimmed');
  const entry = headerView.getUint16(54, true);
  const count = headerView.getUint16(56, true);
  const headers = BinaryReader.from(dump.source, Number(headerView.getBigUint64(32, true)), entry * count);
  const loads: { address: number; memory: number; flags: number }[] = [];
  const notes: Uint8Array[] = [];
  for (let i = 0; i < count; i++) {
    const at = i * entry;
    const type = headers.u32(at);
    if (type === PT_NOTE && headers.u64(at + 32) <= MAX_PREFIX) notes.push(dump.source.read(headers.u64(at + 8), headers.u64(at + 32)).slice());
    if (type === PT_LOAD) loads.push({ address: headers.u64(at + 16), memory: headers.u64(at + 40), flags: headers.u32(at + 4) });
  }
  notes.push(note(trim.comment));
  const noteSize = notes.reduce((sum, n) => sum + n.length, 0);
  const segments = segmentsOf(loads.sort((a, b) => a.address - b.address), runs);
  const headerCount = segments.length + 1;
  if (headerCount >= 0xffff) throw new FormatError(`${headerCount} segments do not fit into a core file`);
  const noteAt = 64 + 56 * headerCount;
  let dataAt = Math.ceil((noteAt + noteSize) / PAGE) * PAGE;
  const padding = dataAt - noteAt - noteSize;
  const out = new Uint8Array(56 * headerCount);
  writeHeader(viewOf(out), 0, { type: PT_NOTE, flags: 0, offset: noteAt, address: 0, file: noteSize, memory: 0 });
  segments.forEach((s, i) => {
    const file = s.run?.size ?? 0;
    writeHeader(viewOf(out), 56 * (i + 1), { type: PT_LOAD, flags: s.flags, offset: dataAt, address: s.address, file, memory: s.memory });
    dataAt += file;
  });
  headerView.setBigUint64(32, 64n, true);
  headerView.setUint16(56, headerCount, true);
  yield header;
  yield out;
  yield* notes;
  yield new Uint8Array(padding);
  for (const { run } of segments) if (run) yield* memoryOf(dump, run, (address, bytes) => trim.patch(address, bytes));
}

interface Segment { readonly address: Address; readonly run: Run | undefined; readonly memory: number; readonly flags: number }

/** Cuts every original segment into the runs inside it; what lies between is covered by segments without file bytes. */
function segmentsOf(loads: readonly { address: number; memory: number; flags: number }[], runs: readonly Run[]): Segment[] {
  const segments: Segment[] = [];
  let next = 0;
  let used = 0;
  for (const { address, memory, flags } of loads) {
    const end = address + memory;
    let at = address;
    while (next < runs.length && runs[next].address + used < end) {
      const run = runs[next];
      const start = run.address + used;
      if (start > at) segments.push({ address: at, run: undefined, memory: start - at, flags });
      const take = Math.min(run.size - used, end - start);
      segments.push({ address: start, run: { address: start, offset: run.offset + used, size: take }, memory: take, flags });
      at = start + take;
      used += take;
      if (used >= run.size) {
        next++;
        used = 0;
      }
    }
    if (at < end) segments.push({ address: at, run: undefined, memory: end - at, flags });
  }
  return segments;
}

function writeHeader(out: DataView, at: number, h: { type: number; flags: number; offset: number; address: number; file: number; memory: number }): void {
  out.setUint32(at, h.type, true);
  out.setUint32(at + 4, h.flags, true);
  out.setBigUint64(at + 8, BigInt(h.offset), true);
  out.setBigUint64(at + 16, BigInt(h.address), true);
  out.setBigUint64(at + 32, BigInt(h.file), true);
  out.setBigUint64(at + 40, BigInt(h.memory), true);
  out.setBigUint64(at + 48, 1n, true);
}

function note(comment: string): Uint8Array {
  const name = latin1('DumpLab\0');
  const text = new TextEncoder().encode(`${comment}\0`);
  const bytes = new Uint8Array(12 + name.length + Math.ceil(text.length / 4) * 4);
  const view = viewOf(bytes);
  view.setUint32(0, name.length, true);
  view.setUint32(4, text.length, true);
  view.setUint32(8, NOTE_DUMPLAB, true);
  bytes.set(name, 12);
  bytes.set(text, 12 + name.length);
  return bytes;
}
