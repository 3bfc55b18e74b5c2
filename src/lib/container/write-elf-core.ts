import { BinaryReader, FormatError } from '../bytes/index.ts';
import type { Dump } from './dump.ts';
import { DUMPLAB_NOTE } from './elf-core.ts';
import { memoryOf } from './write.ts';
import type { TrimPlan } from './write.ts';

const PAGE = 4096;
const PT_LOAD = 1;
const PT_NOTE = 4;
const HEADER = 64;
const ENTRY = 56;
const MAX_PHNUM = 0xffff;

interface Segment { readonly flags: number; readonly address: number; readonly size: number; readonly fileSize: number }

/** Writes a 64-bit ELF core: the original notes and ours, and every mapping, of which only kept memory has bytes in the file. */
export function* writeElfCore(dump: Dump, plan: TrimPlan): Generator<Uint8Array> {
  const { source } = dump;
  const header = BinaryReader.from(source, 0, HEADER);
  if (header.u8(4) !== 2) throw new FormatError('32-bit core files cannot be trimmed yet');
  const { notes, loads } = readSegments(dump, header);
  const note = concat([...notes, noteOf(plan.comment)]);
  const segments = cut(loads, plan.keep);
  const count = segments.length + 1;
  const extended = count >= MAX_PHNUM;
  const noteAt = HEADER + ENTRY * count + (extended ? 64 : 0);
  let offset = Math.ceil((noteAt + note.length) / PAGE) * PAGE;
  const head = new Uint8Array(offset);
  const view = new DataView(head.buffer);
  const put = (at: number, value: number) => view.setBigUint64(at, BigInt(value), true);
  head.set(header.slice(0, HEADER));
  put(32, HEADER);
  put(40, extended ? HEADER + ENTRY * count : 0);
  view.setUint16(54, ENTRY, true);
  view.setUint16(56, extended ? MAX_PHNUM : count, true);
  view.setUint16(58, extended ? 64 : 0, true);
  view.setUint16(60, extended ? 1 : 0, true);
  view.setUint16(62, 0, true);
  if (extended) view.setUint32(HEADER + ENTRY * count + 44, count, true);
  view.setUint32(HEADER, PT_NOTE, true);
  put(HEADER + 8, noteAt);
  put(HEADER + 32, note.length);
  put(HEADER + 48, 4);
  segments.forEach((s, i) => {
    const at = HEADER + ENTRY * (i + 1);
    view.setUint32(at, PT_LOAD, true);
    view.setUint32(at + 4, s.flags, true);
    put(at + 8, offset);
    put(at + 16, s.address);
    put(at + 32, s.fileSize);
    put(at + 40, s.size);
    put(at + 48, PAGE);
    offset += s.fileSize;
  });
  head.set(note, noteAt);
  yield head;
  yield* memoryOf(plan);
}

function readSegments(dump: Dump, header: BinaryReader): { notes: Uint8Array[]; loads: Segment[] } {
  const { source } = dump;
  let count = header.u16(56);
  if (count === MAX_PHNUM) count = BinaryReader.from(source, header.u64(40), 64).u32(44);
  const entry = header.u16(54);
  const table = BinaryReader.from(source, header.u64(32), count * entry);
  const notes: Uint8Array[] = [];
  const loads: Segment[] = [];
  for (let i = 0; i < count; i++) {
    const at = i * entry;
    const type = table.u32(at);
    if (type === PT_NOTE) notes.push(Uint8Array.from(source.read(table.u64(at + 8), table.u64(at + 32))));
    if (type === PT_LOAD) loads.push({ flags: table.u32(at + 4), address: table.u64(at + 16), fileSize: table.u64(at + 32), size: table.u64(at + 40) });
  }
  return { notes, loads: loads.sort((a, b) => a.address - b.address) };
}

/** Splits mappings so that each has its captured bytes first and the missing ones (filesz < memsz) behind. */
function cut(loads: readonly Segment[], keep: TrimPlan['keep']): Segment[] {
  const result: Segment[] = [];
  let next = 0;
  for (const load of loads) {
    const end = load.address + load.size;
    while (next < keep.length && keep[next].address + keep[next].size <= load.address) next++;
    let at = load.address;
    for (let i = next; at < end; i++) {
      const run = keep[i];
      const runStart = run ? Math.max(run.address, load.address) : end;
      if (runStart >= end) {
        if (at < end) result.push({ ...load, address: at, size: end - at, fileSize: 0 });
        break;
      }
      if (runStart > at) result.push({ ...load, address: at, size: runStart - at, fileSize: 0 });
      const runEnd = Math.min(run.address + run.size, end);
      result.push({ ...load, address: runStart, size: runEnd - runStart, fileSize: runEnd - runStart });
      at = runEnd;
    }
  }
  return join(result);
}

/** A missing stretch behind a captured one of the same mapping needs no header of its own. */
function join(segments: readonly Segment[]): Segment[] {
  const result: Segment[] = [];
  for (const s of segments) {
    const last = result.at(-1);
    if (last && s.fileSize === 0 && last.fileSize > 0 && last.size === last.fileSize && last.flags === s.flags && last.address + last.size === s.address) {
      result[result.length - 1] = { ...last, size: last.size + s.size };
    } else result.push(s);
  }
  return result;
}

function noteOf(comment: string): Uint8Array {
  const name = new TextEncoder().encode('DumpLab\0');
  const text = new TextEncoder().encode(`${comment}\0`);
  const bytes = new Uint8Array(12 + name.length + Math.ceil(text.length / 4) * 4);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, name.length, true);
  view.setUint32(4, text.length, true);
  view.setUint32(8, DUMPLAB_NOTE, true);
  bytes.set(name, 12);
  bytes.set(text, 12 + name.length);
  return bytes;
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, p) => sum + p.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
