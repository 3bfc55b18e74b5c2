import { BinaryReader } from '../bytes/index.ts';
import type { Dump } from './dump.ts';

const HANDLE_DATA = 12;
const MAX_HANDLES = 1 << 20;
const MAX_STREAMS = 4096;
const MAX_NAME = 2048;

/** A handle of the process as the dump's writer saw it. */
export interface HandleData {
  readonly handle: number;
  readonly type: string;
  readonly name: string;
  readonly attributes: number;
  readonly access: number;
  readonly handleCount: number;
  readonly pointerCount: number;
}

/** MINIDUMP_HANDLE_DATA_STREAM (minidumpapiset.h); undefined when the dump has none. Entries that do not fit into the file end the list. */
export function readHandleData(dump: Dump): HandleData[] | undefined {
  if (dump.format !== 'minidump') return undefined;
  const { source } = dump;
  const header = BinaryReader.from(source, 0, 32);
  const count = Math.min(header.u32(8), MAX_STREAMS);
  const directory = BinaryReader.from(source, header.u32(12), 12 * count);
  const at = Array.from({ length: count }, (_, i) => 12 * i).find((i) => directory.u32(i) === HANDLE_DATA);
  if (at === undefined) return undefined;
  const size = directory.u32(at + 4);
  const stream = BinaryReader.from(source, directory.u32(at + 8), size);
  const headSize = stream.u32(0);
  const entry = stream.u32(4);
  // MINIDUMP_HANDLE_DESCRIPTOR has 32 bytes, the second version 40.
  if (headSize < 16 || entry < 32) return [];
  const present = Math.min(stream.u32(8), Math.floor((size - headSize) / entry), MAX_HANDLES);
  const text = (rva: number): string => {
    if (rva === 0 || rva + 4 > source.size) return '';
    const length = Math.min(BinaryReader.from(source, rva, 4).u32(0), MAX_NAME, source.size - rva - 4) & ~1;
    return new TextDecoder('utf-16le').decode(source.read(rva + 4, length));
  };
  return Array.from({ length: Math.max(0, present) }, (_, i) => {
    const o = headSize + i * entry;
    return {
      handle: stream.u64(o), type: text(stream.u32(o + 8)), name: text(stream.u32(o + 12)), attributes: stream.u32(o + 16), access: stream.u32(o + 20),
      handleCount: stream.u32(o + 24), pointerCount: stream.u32(o + 28),
    };
  });
}
