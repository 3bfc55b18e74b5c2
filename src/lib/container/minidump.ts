import { BinaryReader, decodeUtf16, FormatError } from '../bytes/index.ts';
import type { ByteSource } from '../bytes/index.ts';
import { readWindowsContext } from './contexts.ts';
import type { Architecture, Dump, ExceptionRecord, MemoryRange, MemoryRegion, NativeModule, NativeThread } from './dump.ts';
import { normalizeRanges } from './ranges.ts';

/** MINIDUMP_STREAM_TYPE values (minidumpapiset.h) that are read. */
const Stream = {
  ThreadList: 3, ModuleList: 4, MemoryList: 5, Exception: 6, SystemInfo: 7, Memory64List: 9, CommentA: 10, CommentW: 11,
  MiscInfo: 15, MemoryInfoList: 16, ThreadInfoList: 17, ThreadNames: 24,
} as const;

const ARCHITECTURES: Record<number, Architecture> = { 0: 'x86', 5: 'arm', 9: 'x64', 12: 'arm64' };
const MAX_STREAMS = 4096;
const MAX_STREAM_BYTES = 1 << 28;
const TICKS_PER_SECOND = 1e7;
const SECONDS_1601_TO_1970 = 11_644_473_600;

type ThreadTimes = NonNullable<NativeThread['times']>;

interface Location { readonly size: number; readonly rva: number }

/** True when the file starts like a minidump. */
export function isMinidump(head: Uint8Array): boolean {
  return head[0] === 0x4d && head[1] === 0x44 && head[2] === 0x4d && head[3] === 0x50;
}

/** Reads a Windows minidump (layout: MINIDUMP_* of minidumpapiset.h). Damaged streams become warnings, a damaged header a FormatError. */
export function readMinidump(source: ByteSource): Dump {
  const header = BinaryReader.from(source, 0, 32);
  const count = header.u32(8);
  const directory = header.u32(12);
  const warnings: string[] = [];
  if (count === 0 || count > MAX_STREAMS) throw new FormatError(`minidump header declares ${count} streams`);
  const available = Math.min(count, Math.max(0, Math.floor((source.size - directory) / 12)));
  if (available === 0) throw new FormatError(`minidump stream directory at ${directory} lies outside the file (${source.size} bytes)`);
  if (available < count) warnings.push(`only ${available} of ${count} stream directory entries are in the file`);
  const entries = BinaryReader.from(source, directory, 12 * available);
  const streams = new Map<number, Location>();
  for (let i = 0; i < available; i++) {
    const type = entries.u32(12 * i);
    if (type !== 0 && !streams.has(type)) streams.set(type, { size: entries.u32(12 * i + 4), rva: entries.u32(12 * i + 8) });
  }
  const reader = new MinidumpReader(source, streams, warnings);
  return reader.read(header.u32(20), header.u64(24));
}

class MinidumpReader {
  readonly #source: ByteSource;
  readonly #streams: Map<number, Location>;
  readonly #warnings: string[];
  #architecture: Architecture = 'x64';

  constructor(source: ByteSource, streams: Map<number, Location>, warnings: string[]) {
    this.#source = source;
    this.#streams = streams;
    this.#warnings = warnings;
  }

  read(time: number, flags: number): Dump {
    const system = this.#guard(Stream.SystemInfo, 'SystemInfo', (s) => this.#system(s));
    if (!system) this.#warnings.push('no SystemInfo stream: x64 is assumed');
    else this.#architecture = system.architecture;
    const misc = this.#guard(Stream.MiscInfo, 'MiscInfo', (s) => this.#misc(s));
    const names = this.#guard(Stream.ThreadNames, 'ThreadNames', (s) => this.#threadNames(s)) ?? new Map<number, string>();
    const times = this.#guard(Stream.ThreadInfoList, 'ThreadInfoList', (s) => this.#threadTimes(s)) ?? new Map<number, ThreadTimes>();
    const threads = this.#guard(Stream.ThreadList, 'ThreadList', (s) => this.#threads(s, names, times)) ?? [];
    const memory64 = this.#guard(Stream.Memory64List, 'Memory64List', (s) => this.#memory64(s)) ?? [];
    const memory = this.#guard(Stream.MemoryList, 'MemoryList', (s) => this.#memory(s)) ?? [];
    const comment = this.#guard(Stream.CommentW, 'CommentW', (s) => decodeUtf16(s.bytes).replace(/\0+$/, ''))
      ?? this.#guard(Stream.CommentA, 'CommentA', (s) => new TextDecoder('latin1').decode(s.bytes).replace(/\0+$/, ''));
    const exception = this.#guard(Stream.Exception, 'Exception', (s) => this.#exception(s));
    return {
      format: 'minidump', os: 'windows', architecture: this.#architecture,
      pointerSize: this.#pointerSize,
      source: this.#source,
      ranges: normalizeRanges([...memory64, ...memory], this.#source.size, this.#warnings),
      missing: [],
      regions: this.#guard(Stream.MemoryInfoList, 'MemoryInfoList', (s) => this.#regions(s)) ?? [],
      modules: this.#guard(Stream.ModuleList, 'ModuleList', (s) => this.#modules(s)) ?? [],
      threads, flags, time,
      osVersion: system?.version ?? '',
      warnings: this.#warnings,
      ...(exception && { exception }),
      ...(system && { processorCount: system.processors }),
      ...(misc?.processId !== undefined && { processId: misc.processId }),
      ...(misc?.times && { times: misc.times }),
      ...(comment && { comment }),
    };
  }

  /** Runs a stream's reader; anything wrong with the stream becomes a warning. */
  #guard<T>(type: number, name: string, read: (stream: BinaryReader) => T): T | undefined {
    const location = this.#streams.get(type);
    if (!location) return undefined;
    try {
      return read(this.#bytes(location));
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      this.#warnings.push(`${name} stream is damaged: ${error.message}`);
      return undefined;
    }
  }

  #bytes(location: Location): BinaryReader {
    const size = Math.min(location.size, this.#source.size - location.rva, MAX_STREAM_BYTES);
    if (size < 0) throw new FormatError(`it starts at ${location.rva}, behind the end of the file`);
    if (size < location.size) this.#warnings.push(`a stream at ${location.rva} is cut short: ${size} of ${location.size} bytes`);
    return BinaryReader.from(this.#source, location.rva, size);
  }

  /** Addresses are 64 bits wide in every minidump; those of 32-bit processes may be sign-extended (MINIDUMP_MODULE and others, minidumpapiset.h). */
  #address(stream: BinaryReader, at: number): number {
    return this.#pointerSize === 4 ? stream.u32(at) : stream.u64(at);
  }

  get #pointerSize(): 4 | 8 {
    return this.#architecture === 'x64' || this.#architecture === 'arm64' ? 8 : 4;
  }

  /** Entries of a list with a u32 count, which some writers pad to 8 bytes. */
  *#list(stream: BinaryReader, entrySize: number): Generator<number> {
    const declared = stream.u32(0);
    const first = stream.length >= 8 + declared * entrySize ? 8 : 4;
    const present = Math.max(0, Math.min(declared, Math.floor((stream.length - first) / entrySize)));
    if (present < declared) this.#warnings.push(`a list declares ${declared} entries, ${present} are in the file`);
    for (let i = 0; i < present; i++) yield first + i * entrySize;
  }

  #string(rva: number): string {
    const length = Math.min(BinaryReader.from(this.#source, rva, 4).u32(0), 65534);
    return decodeUtf16(this.#source.read(rva + 4, length & ~1));
  }

  #context(stream: BinaryReader, at: number) {
    const size = stream.u32(at);
    const rva = stream.u32(at + 4);
    if (size === 0 || rva === 0) return {};
    return readWindowsContext(this.#architecture, this.#source.read(rva, Math.min(size, 0x4d0, this.#source.size - rva)));
  }

  #system(stream: BinaryReader) {
    const id = stream.u16(0);
    const architecture = ARCHITECTURES[id];
    if (!architecture) throw new FormatError(`processor architecture ${id} is not supported`);
    return { architecture, processors: stream.u8(6), version: `${stream.u32(8)}.${stream.u32(12)}.${stream.u32(16)}` };
  }

  #misc(stream: BinaryReader) {
    const has = stream.u32(4);
    return {
      processId: has & 1 ? stream.u32(8) : undefined,
      times: has & 2 ? { created: stream.u32(12), user: stream.u32(16), kernel: stream.u32(20) } : undefined,
    };
  }

  #threadNames(stream: BinaryReader): Map<number, string> {
    const names = new Map<number, string>();
    for (const at of this.#list(stream, 12)) names.set(stream.u32(at), this.#string(stream.u64(at + 4)));
    return names;
  }

  /** MINIDUMP_THREAD_INFO_LIST: header size, entry size, count; times are FILETIME units of 100 ns, creation since 1601. */
  #threadTimes(stream: BinaryReader): Map<number, ThreadTimes> {
    const head = stream.u32(0);
    const entry = stream.u32(4);
    if (head < 12 || entry < 48) throw new FormatError(`entries of ${entry} bytes behind a header of ${head}`);
    const present = Math.min(stream.u32(8), Math.max(0, Math.floor((stream.length - head) / entry)));
    const times = new Map<number, ThreadTimes>();
    for (let i = 0; i < present; i++) {
      const at = head + i * entry;
      const created = stream.u64(at + 16);
      times.set(stream.u32(at), {
        kernel: stream.u64(at + 32) / TICKS_PER_SECOND, user: stream.u64(at + 40) / TICKS_PER_SECOND,
        ...(created && { created: created / TICKS_PER_SECOND - SECONDS_1601_TO_1970 }),
      });
    }
    return times;
  }

  #threads(stream: BinaryReader, names: ReadonlyMap<number, string>, times: ReadonlyMap<number, ThreadTimes>): NativeThread[] {
    const threads: NativeThread[] = [];
    for (const at of this.#list(stream, 48)) {
      const id = stream.u32(at);
      let registers = {};
      try {
        registers = this.#context(stream, at + 40);
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
        this.#warnings.push(`registers of thread 0x${id.toString(16)} are not in the file`);
      }
      const name = names.get(id);
      const spent = times.get(id);
      threads.push({
        id, registers, teb: this.#address(stream, at + 16),
        stack: { start: this.#address(stream, at + 24), size: stream.u32(at + 32) },
        ...(name !== undefined && { name }),
        ...(spent && { times: spent }),
      });
    }
    return threads;
  }

  #modules(stream: BinaryReader): NativeModule[] {
    const modules: NativeModule[] = [];
    for (const at of this.#list(stream, 108)) {
      const ms = stream.u32(at + 24 + 8);
      const ls = stream.u32(at + 24 + 12);
      const hasVersion = stream.u32(at + 24) === 0xfeef04bd;
      let path = '';
      try {
        path = this.#string(stream.u32(at + 20));
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
        this.#warnings.push('a module name is not in the file');
      }
      const pdb = this.#codeView(stream.u32(at + 76), stream.u32(at + 80));
      modules.push({
        base: this.#address(stream, at), size: stream.u32(at + 8), checksum: stream.u32(at + 12), timestamp: stream.u32(at + 16), path,
        version: hasVersion ? `${ms >>> 16}.${ms & 0xffff}.${ls >>> 16}.${ls & 0xffff}` : '',
        ...(pdb && { pdb }),
      });
    }
    return modules;
  }

  /** CV_INFO_PDB70: 'RSDS', GUID, age, UTF-8 path. */
  #codeView(size: number, rva: number): NativeModule['pdb'] {
    if (size < 25 || size > 4096 || rva === 0 || rva + size > this.#source.size) return undefined;
    const record = BinaryReader.from(this.#source, rva, size);
    if (record.u32(0) !== 0x53445352) return undefined;
    const tail = [...record.slice(12, 8)].map((b) => b.toString(16).padStart(2, '0')).join('');
    const guid = `${record.u32(4).toString(16).padStart(8, '0')}${record.u16(8).toString(16).padStart(4, '0')}${record.u16(10).toString(16).padStart(4, '0')}${tail}`.toUpperCase();
    return { guid, age: record.u32(20), path: new TextDecoder().decode(record.slice(24, size - 24)).replace(/\0.*$/s, '') };
  }

  #memory64(stream: BinaryReader): MemoryRange[] {
    const declared = stream.u64(0);
    let offset = stream.u64(8);
    const present = Math.min(declared, Math.floor((stream.length - 16) / 16));
    if (present < declared) this.#warnings.push(`Memory64List declares ${declared} ranges, ${present} are in the file`);
    const ranges: MemoryRange[] = [];
    for (let i = 0; i < present; i++) {
      const size = stream.u64(24 + 16 * i);
      ranges.push({ address: this.#address(stream, 16 + 16 * i), size, offset });
      offset += size;
    }
    return ranges;
  }

  #memory(stream: BinaryReader): MemoryRange[] {
    const ranges: MemoryRange[] = [];
    for (const at of this.#list(stream, 16)) ranges.push({ address: this.#address(stream, at), size: stream.u32(at + 8), offset: stream.u32(at + 12) });
    return ranges;
  }

  #regions(stream: BinaryReader): MemoryRegion[] {
    const head = stream.u32(0);
    const entry = stream.u32(4);
    if (entry < 48 || head < 16) throw new FormatError(`entries of ${entry} bytes`);
    const declared = stream.u64(8);
    const present = Math.min(declared, Math.floor((stream.length - head) / entry));
    const regions: MemoryRegion[] = [];
    for (let i = 0; i < present; i++) {
      const at = head + i * entry;
      regions.push({
        address: this.#address(stream, at), allocationBase: this.#address(stream, at + 8), allocationProtection: stream.u32(at + 16), size: stream.u64(at + 24),
        state: stream.u32(at + 32), protection: stream.u32(at + 36), type: stream.u32(at + 40),
      });
    }
    return regions.sort((a, b) => a.address - b.address);
  }

  #exception(stream: BinaryReader): ExceptionRecord {
    const parameterCount = Math.min(stream.u32(32), 15);
    const parameters: bigint[] = [];
    for (let i = 0; i < parameterCount; i++) parameters.push(stream.big64(40 + 8 * i));
    return {
      threadId: stream.u32(0), code: stream.u32(8), flags: stream.u32(12), address: this.#address(stream, 24), parameters,
      registers: this.#context(stream, 160),
    };
  }
}
