import { BinaryReader, decodeUtf8, FormatError } from '../bytes/index.ts';
import type { ByteSource } from '../bytes/index.ts';
import { readPrStatus } from './contexts.ts';
import type { Architecture, Dump, ExceptionRecord, MemoryRange, MemoryRegion, NativeModule, NativeThread } from './dump.ts';
import { normalizeRanges } from './ranges.ts';

const PT_LOAD = 1;
const PT_NOTE = 4;
/** Where the dynamic linker was loaded (elf.h). */
const AT_BASE = 7;
/** Type of the note in which a trimmed core says what was dropped: "DLAB". */
export const DUMPLAB_NOTE = 0x444c4142;
const Note = { PrStatus: 1, PrPsInfo: 3, Auxv: 6, File: 0x46494c45, SigInfo: 0x53494749, DumpLab: DUMPLAB_NOTE } as const;
const MACHINES: Record<number, Architecture> = { 3: 'x86', 40: 'arm', 62: 'x64', 183: 'arm64' };
const MAX_HEADERS = 1 << 20;
/** Segments of one library lie within alignment of each other. */
const MAX_MODULE_GAP = 1 << 21;
const MAX_AUXV = 256;
const MAX_NOTE_BYTES = 1 << 27;

interface FileMapping { readonly start: number; readonly end: number; readonly offset: number; readonly path: string }

export function isElf(head: Uint8Array): boolean {
  return head[0] === 0x7f && head[1] === 0x45 && head[2] === 0x4c && head[3] === 0x46;
}

/** Reads an ELF core file (layout: elf.h, core(5); notes as Linux and createdump write them). */
export function readElfCore(source: ByteSource): Dump {
  const ident = BinaryReader.from(source, 0, 52);
  const wide = ident.u8(4) === 2;
  if (ident.u8(5) !== 1) throw new FormatError('big-endian ELF files are not supported');
  const header = BinaryReader.from(source, 0, wide ? 64 : 52);
  const type = header.u16(16);
  if (type !== 4) throw new FormatError(`this ELF file is of type ${type}, not a core dump (4)`, {
    en: 'Give the core file, not the executable or library.',
    'zh-tw': '請開啟 core 傾印檔，而不是執行檔或程式庫。',
  });
  const architecture = MACHINES[header.u16(18)];
  if (!architecture) throw new FormatError(`ELF machine ${header.u16(18)} is not supported`);
  return new ElfCoreReader(source, wide, architecture).read(header);
}

class ElfCoreReader {
  readonly #source: ByteSource;
  readonly #wide: boolean;
  readonly #architecture: Architecture;
  readonly #warnings: string[] = [];
  readonly #ranges: MemoryRange[] = [];
  readonly #missing: { address: number; size: number }[] = [];
  readonly #regions: MemoryRegion[] = [];
  readonly #threads: NativeThread[] = [];
  #files: FileMapping[] = [];
  #processId: number | undefined;
  #auxv: ReadonlyMap<number, number> | undefined;
  #exception: ExceptionRecord | undefined;
  #comment: string | undefined;

  constructor(source: ByteSource, wide: boolean, architecture: Architecture) {
    this.#source = source;
    this.#wide = wide;
    this.#architecture = architecture;
  }

  read(header: BinaryReader): Dump {
    const wide = this.#wide;
    const table = wide ? header.u64(32) : header.u32(28);
    const entry = header.u16(wide ? 54 : 42);
    let count = header.u16(wide ? 56 : 44);
    if (count === 0xffff) count = this.#extendedCount(header);
    if (entry < (wide ? 56 : 32)) throw new FormatError(`program headers of ${entry} bytes`);
    if (count > MAX_HEADERS) throw new FormatError(`${count} program headers`);
    const present = Math.min(count, Math.max(0, Math.floor((this.#source.size - table) / entry)));
    if (present === 0) throw new FormatError('no program headers in the file');
    if (present < count) this.#warnings.push(`only ${present} of ${count} program headers are in the file`);
    const headers = BinaryReader.from(this.#source, table, present * entry);
    for (let i = 0; i < present; i++) this.#programHeader(headers, i * entry);
    return {
      format: 'elf-core', os: 'linux', architecture: this.#architecture, pointerSize: wide ? 8 : 4, source: this.#source,
      ranges: normalizeRanges(this.#ranges, this.#source.size, this.#warnings),
      missing: this.#missing, regions: withFiles(this.#regions.sort((a, b) => a.address - b.address), this.#files), modules: modulesOf(this.#files, this.#auxv?.get(AT_BASE)), threads: this.#threads,
      flags: 0, osVersion: '', warnings: this.#warnings,
      ...(this.#processId !== undefined && { processId: this.#processId }),
      ...(this.#exception && { exception: this.#exception }),
      ...(this.#auxv && { auxv: this.#auxv }),
      ...(this.#comment && { comment: this.#comment }),
    };
  }

  /** More than 65534 headers: the real count is sh_info of section header 0. */
  #extendedCount(header: BinaryReader): number {
    const sections = this.#wide ? header.u64(40) : header.u32(32);
    if (sections === 0) return 0xffff;
    return BinaryReader.from(this.#source, sections, this.#wide ? 64 : 40).u32(this.#wide ? 44 : 28);
  }

  #programHeader(h: BinaryReader, at: number): void {
    const w = this.#wide;
    const type = h.u32(at);
    const offset = w ? h.u64(at + 8) : h.u32(at + 4);
    const address = w ? h.u64(at + 16) : h.u32(at + 8);
    const fileSize = w ? h.u64(at + 32) : h.u32(at + 16);
    const size = w ? h.u64(at + 40) : h.u32(at + 20);
    const flags = h.u32(at + (w ? 4 : 24));
    if (type === PT_LOAD) {
      this.#ranges.push({ address, size: fileSize, offset });
      if (size > fileSize) this.#missing.push({ address: address + fileSize, size: size - fileSize });
      this.#regions.push({ address, size, allocationBase: address, state: 0x1000, protection: pageProtection(flags), type: 0x20000 });
    } else if (type === PT_NOTE) {
      const available = Math.min(fileSize, this.#source.size - offset, MAX_NOTE_BYTES);
      if (available < fileSize) this.#warnings.push('the notes are cut short');
      if (available > 0) this.#notes(BinaryReader.from(this.#source, offset, available));
    }
  }

  #notes(notes: BinaryReader): void {
    let at = 0;
    while (at + 12 <= notes.length) {
      const nameSize = notes.u32(at);
      const size = notes.u32(at + 4);
      const type = notes.u32(at + 8);
      const body = at + 12 + ((nameSize + 3) & ~3);
      if (nameSize > 4096 || body + size > notes.length) {
        this.#warnings.push('a note runs over the end of its segment');
        return;
      }
      try {
        this.#note(type, new BinaryReader(notes.slice(body, size)));
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
        this.#warnings.push(`note 0x${type.toString(16)} is damaged: ${error.message}`);
      }
      at = body + ((size + 3) & ~3);
    }
  }

  #note(type: number, body: BinaryReader): void {
    if (type === Note.PrStatus) {
      const registers = readPrStatus(this.#architecture, body.bytes);
      const sp = Number(registers['rsp'] ?? registers['esp'] ?? 0n);
      const times = this.#threadTimes(body);
      this.#threads.push({
        id: body.u32(this.#wide ? 32 : 24), registers, teb: Number(registers['fs_base'] ?? 0n), stack: { start: sp, size: 0 }, signal: body.u16(12),
        ...(times && { times }),
      });
    } else if (type === Note.PrPsInfo) {
      this.#processId = body.u32(this.#wide ? 24 : 12);
    } else if (type === Note.File) {
      this.#files = this.#fileNote(body);
    } else if (type === Note.Auxv) {
      this.#auxv = this.#auxiliary(body);
    } else if (type === Note.SigInfo) {
      this.#exception = { threadId: this.#threads[0]?.id ?? 0, code: body.u32(0), flags: body.u32(this.#wide ? 8 : 8), address: this.#wide ? body.u64(16) : body.u32(12), parameters: [] };
    } else if (type === Note.DumpLab) {
      this.#comment = decodeUtf8(body.bytes).replace(/\0+$/, '');
    }
  }

  /** The auxiliary vector: pairs of words up to type 0. */
  #auxiliary(body: BinaryReader): ReadonlyMap<number, number> {
    const word = this.#wide ? 8 : 4;
    const get = (at: number) => (this.#wide ? body.u64(at) : body.u32(at));
    const entries = new Map<number, number>();
    for (let at = 0; at + 2 * word <= body.length && entries.size < MAX_AUXV; at += 2 * word) {
      const type = get(at);
      if (type === 0) break;
      entries.set(type, get(at + word));
    }
    return entries;
  }

  /** pr_utime and pr_stime of elf_prstatus (linux/elfcore.h), seconds and microseconds; createdump leaves them zero. */
  #threadTimes(body: BinaryReader): NativeThread['times'] {
    const at = this.#wide ? 48 : 40;
    const word = this.#wide ? 8 : 4;
    if (body.length < at + 4 * word) return undefined;
    const get = (index: number) => (this.#wide ? body.u64(at + index * word) : body.u32(at + index * word));
    const user = get(0) + get(1) / 1e6;
    const kernel = get(2) + get(3) / 1e6;
    return user || kernel ? { user, kernel } : undefined;
  }

  /** NT_FILE: count, page size, count × {start, end, offset in pages}, then the names. */
  #fileNote(body: BinaryReader): FileMapping[] {
    const word = this.#wide ? 8 : 4;
    const get = (at: number) => (this.#wide ? body.u64(at) : body.u32(at));
    const count = get(0);
    const page = get(word);
    const names = 2 * word + 3 * word * count;
    if (names > body.length) throw new FormatError(`${count} file mappings do not fit`);
    const files: FileMapping[] = [];
    const text = decodeUtf8(body.slice(names, body.length - names)).split('\0');
    for (let i = 0; i < count; i++) {
      const at = 2 * word + 3 * word * i;
      files.push({ start: get(at), end: get(at + word), offset: get(at + 2 * word) * page, path: text[i] ?? '' });
    }
    return files;
  }
}

/** Names the file each region maps; shared libraries and assemblies are images, other files plain mappings. */
function withFiles(regions: readonly MemoryRegion[], files: readonly FileMapping[]): MemoryRegion[] {
  const sorted = [...files].sort((a, b) => a.start - b.start);
  return regions.map((region) => {
    const file = sorted.find((f) => region.address >= f.start && region.address < f.end);
    return file ? { ...region, file: file.path, type: /\.(so|dll|exe)(\.[\d.]+)?$/i.test(file.path) ? 0x1000000 : 0x40000 } : region;
  });
}

function pageProtection(flags: number): number {
  const read = flags & 4;
  const write = flags & 2;
  if (flags & 1) return write ? 0x40 : read ? 0x20 : 0x10;
  return write ? 0x04 : read ? 0x02 : 0x01;
}

/** Modules of the mappings: an image starts where offset 0 of its file is mapped, and may be there more than once (as data, and loaded). */
function modulesOf(files: readonly FileMapping[], interpreter: number | undefined): NativeModule[] {
  const byPath = new Map<string, FileMapping[]>();
  for (const file of files) {
    const list = byPath.get(file.path);
    if (list) list.push(file);
    else byPath.set(file.path, [file]);
  }
  const modules: NativeModule[] = [];
  for (const [path, list] of byPath) {
    for (const { base, end } of images(list)) {
      modules.push({ base, size: end - base, path, timestamp: 0, checksum: 0, version: '', ...(base === interpreter && { interpreter: true }) });
    }
  }
  return modules.sort((a, b) => a.base - b.base);
}

/** Mappings of one file that follow each other, from the first of file offset 0 on; parts without it only where no other has it. */
function images(list: readonly FileMapping[]): { base: number; end: number }[] {
  const clusters: { base: number; end: number; header: boolean }[] = [];
  for (const { start, end, offset } of [...list].sort((a, b) => a.start - b.start)) {
    const last = clusters.at(-1);
    if (!last || start > last.end + MAX_MODULE_GAP) clusters.push({ base: start, end, header: offset === 0 });
    else {
      last.end = Math.max(last.end, end);
      if (!last.header && offset === 0) Object.assign(last, { base: start, header: true });
    }
  }
  const withHeader = clusters.filter((c) => c.header);
  return withHeader.length > 0 ? withHeader : clusters.slice(0, 1);
}
