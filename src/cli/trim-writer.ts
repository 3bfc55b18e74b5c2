import type { Address } from '../lib/bytes/index.ts';
import { BinaryReader, FormatError } from '../lib/bytes/index.ts';
import type { Dump } from '../lib/container/index.ts';
import { PAGE } from './trim-policy.ts';

const MEMORY64 = 9;
const COMMENT_A = 10;
const PT_LOAD = 1;
const PT_NOTE = 4;
/** Type of our note in core files: "DLAB". */
const NOTE_DUMPLAB = 0x444c4142;

/** Kept memory: consecutive pages of one original range. */
interface Run { readonly address: Address; readonly bytes: Uint8Array }

/** Pages that are kept, as runs; pages of zeros are left out like unwanted ones. */
function runsOf(dump: Dump, keeps: (page: Address) => boolean, patch: (address: Address, bytes: Uint8Array) => void): Run[] {
  const runs: Run[] = [];
  for (const range of dump.ranges) {
    let pieces: Uint8Array[] = [];
    let start = 0;
    const flush = () => {
      if (pieces.length) runs.push({ address: start, bytes: Buffer.concat(pieces) });
      pieces = [];
    };
    for (let offset = 0; offset < range.size; ) {
      const address = range.address + offset;
      const size = Math.min(PAGE - (address % PAGE), range.size - offset);
      const bytes = dump.source.read(range.offset + offset, size).slice();
      patch(address, bytes);
      if (keeps(address - (address % PAGE))) {
        if (pieces.length === 0) start = address;
        pieces.push(bytes);
      } else flush();
      offset += size;
    }
    flush();
  }
  return runs;
}

/** Writes a smaller dump of the same format: same streams and notes, only the memory that is kept. */
export function writeTrimmed(dump: Dump, keeps: (page: Address) => boolean, patch: (address: Address, bytes: Uint8Array) => void, comment: string): Uint8Array {
  const runs = runsOf(dump, keeps, patch);
  return dump.format === 'minidump' ? writeMinidump(dump, runs, comment) : writeCore(dump, runs, comment);
}

/**
 * The part in front of the memory holds all streams and what they point to: it is kept byte for byte. Behind it come the
 * comment and a new Memory64List; the directory is pointed at them.
 */
function writeMinidump(dump: Dump, runs: readonly Run[], comment: string): Uint8Array {
  const header = BinaryReader.from(dump.source, 0, 32);
  const count = header.u32(8);
  const directory = header.u32(12);
  const entries = BinaryReader.from(dump.source, directory, 12 * count);
  const find = (type: number) => Array.from({ length: count }, (_, i) => i).find((i) => entries.u32(12 * i) === type);
  const memoryEntry = find(MEMORY64);
  if (memoryEntry === undefined) throw new FormatError('only minidumps with a Memory64List can be trimmed');
  const prefixSize = BinaryReader.from(dump.source, entries.u32(12 * memoryEntry + 8), 16).u64(8);
  const prefix = Buffer.from(dump.source.read(0, prefixSize));
  const text = Buffer.from(`${comment}\0`, 'latin1');
  const commentAt = prefixSize;
  const listAt = Math.ceil((commentAt + text.length) / 8) * 8;
  const listSize = 16 + 16 * runs.length;
  const dataAt = listAt + listSize;
  const list = Buffer.alloc(listSize);
  list.writeBigUInt64LE(BigInt(runs.length), 0);
  list.writeBigUInt64LE(BigInt(dataAt), 8);
  runs.forEach((run, i) => {
    list.writeBigUInt64LE(BigInt(run.address), 16 + 16 * i);
    list.writeBigUInt64LE(BigInt(run.bytes.length), 24 + 16 * i);
  });
  const setEntry = (index: number, type: number, size: number, at: number) => {
    prefix.writeUInt32LE(type, directory + 12 * index);
    prefix.writeUInt32LE(size, directory + 12 * index + 4);
    prefix.writeUInt32LE(at, directory + 12 * index + 8);
  };
  setEntry(memoryEntry, MEMORY64, listSize, listAt);
  const unused = find(COMMENT_A) ?? find(0);
  if (unused !== undefined) setEntry(unused, COMMENT_A, text.length, commentAt);
  return Buffer.concat([prefix, text, Buffer.alloc(listAt - commentAt - text.length), list, ...runs.map((r) => r.bytes)]);
}

/** ELF core: header, one PT_NOTE with the original notes and ours, one PT_LOAD a run; memory size tells what was not captured. */
function writeCore(dump: Dump, runs: readonly Run[], comment: string): Uint8Array {
  const header = Buffer.from(dump.source.read(0, 64));
  const table = Number(header.readBigUInt64LE(32));
  const entry = header.readUInt16LE(54);
  const count = header.readUInt16LE(56);
  const headers = Buffer.from(dump.source.read(table, entry * count));
  const loads: { address: number; memory: number; flags: number }[] = [];
  const notes: Buffer[] = [];
  for (let i = 0; i < count; i++) {
    const at = i * entry;
    const type = headers.readUInt32LE(at);
    const offset = Number(headers.readBigUInt64LE(at + 8));
    const fileSize = Number(headers.readBigUInt64LE(at + 32));
    if (type === PT_NOTE) notes.push(Buffer.from(dump.source.read(offset, fileSize)));
    if (type === PT_LOAD) loads.push({ address: Number(headers.readBigUInt64LE(at + 16)), memory: Number(headers.readBigUInt64LE(at + 40)), flags: headers.readUInt32LE(at + 4) });
  }
  notes.push(note(comment));
  const segments = segmentsOf(loads.sort((a, b) => a.address - b.address), runs);
  const noteBytes = Buffer.concat(notes);
  const headerCount = segments.length + 1;
  if (headerCount >= 0xffff) throw new FormatError(`${headerCount} segments do not fit into a core file`);
  const noteAt = 64 + 56 * headerCount;
  let dataAt = Math.ceil((noteAt + noteBytes.length) / PAGE) * PAGE;
  const padding = dataAt - noteAt - noteBytes.length;
  const out = Buffer.alloc(56 * headerCount);
  writeHeader(out, 0, { type: PT_NOTE, flags: 0, offset: noteAt, address: 0, file: noteBytes.length, memory: 0 });
  segments.forEach((s, i) => {
    writeHeader(out, 56 * (i + 1), { type: PT_LOAD, flags: s.flags, offset: dataAt, address: s.address, file: s.bytes.length, memory: s.memory });
    dataAt += s.bytes.length;
  });
  header.writeBigUInt64LE(64n, 32);
  header.writeUInt16LE(headerCount, 56);
  return Buffer.concat([header, out, noteBytes, Buffer.alloc(padding), ...segments.map((s) => s.bytes)]);
}

interface Segment { readonly address: number; readonly bytes: Uint8Array; readonly memory: number; readonly flags: number }

/** Cuts every original segment into the runs inside it; what lies between is covered by segments without file bytes. */
function segmentsOf(loads: readonly { address: number; memory: number; flags: number }[], runs: readonly Run[]): Segment[] {
  const segments: Segment[] = [];
  let next = 0;
  let used = 0;
  for (const load of loads) {
    const end = load.address + load.memory;
    let at = load.address;
    while (next < runs.length && runs[next].address + used < end) {
      const run = runs[next];
      const start = run.address + used;
      if (start > at) segments.push({ address: at, bytes: new Uint8Array(0), memory: start - at, flags: load.flags });
      const take = Math.min(run.bytes.length - used, end - start);
      segments.push({ address: start, bytes: run.bytes.subarray(used, used + take), memory: take, flags: load.flags });
      at = start + take;
      used += take;
      if (used >= run.bytes.length) {
        next++;
        used = 0;
      }
    }
    if (at < end) segments.push({ address: at, bytes: new Uint8Array(0), memory: end - at, flags: load.flags });
  }
  return segments;
}

function writeHeader(out: Buffer, at: number, h: { type: number; flags: number; offset: number; address: number; file: number; memory: number }): void {
  out.writeUInt32LE(h.type, at);
  out.writeUInt32LE(h.flags, at + 4);
  out.writeBigUInt64LE(BigInt(h.offset), at + 8);
  out.writeBigUInt64LE(BigInt(h.address), at + 16);
  out.writeBigUInt64LE(BigInt(h.file), at + 32);
  out.writeBigUInt64LE(BigInt(h.memory), at + 40);
  out.writeBigUInt64LE(1n, at + 48);
}

function note(comment: string): Buffer {
  const name = Buffer.from('DumpLab\0', 'latin1');
  const text = Buffer.from(`${comment}\0`, 'utf8');
  const body = Buffer.alloc(Math.ceil(text.length / 4) * 4);
  text.copy(body);
  const head = Buffer.alloc(12);
  head.writeUInt32LE(name.length, 0);
  head.writeUInt32LE(text.length, 4);
  head.writeUInt32LE(NOTE_DUMPLAB, 8);
  return Buffer.concat([head, name, body]);
}
