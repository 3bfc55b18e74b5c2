import { BinaryReader, FormatError, isDumpError } from '../bytes/index.ts';
import type { Address, ByteSource } from '../bytes/index.ts';
import type { Dump, MemoryRange, NativeModule } from '../container/index.ts';
import { AddressSpace } from '../memory/index.ts';
import { ElfImage } from './elf.ts';
import { PeImage } from './pe.ts';

const MAX_IMAGE = 1 << 28;
const MAX_RELOCATIONS = 1 << 22;
const PT = { Load: 1, Dynamic: 2, Relro: 0x6474e552 } as const;
const DT = { Rela: 7, RelaSize: 8, RelrSize: 35, Relr: 36 } as const;
const R_X86_64_RELATIVE = 8;
const SECTION_WRITABLE = 0x80000000;
const RELOCATION_DIRECTORY = 5;
const DIR64 = 10;

/** A file laid out as the loader does it, and which parts the process cannot have changed. */
interface Mapped { readonly bytes: Uint8Array; readonly constant: readonly { readonly start: number; readonly end: number }[] }

/** Build id (ELF) or time stamp and image size (PE) as symbol servers spell them; undefined when the header is not there. */
export function imageIdentity(memory: AddressSpace, base: Address): string | undefined {
  try {
    if (!memory.has(base, 4)) return undefined;
    if (memory.u32(base) === 0x464c457f) return ElfImage.open(memory, base).buildId();
    const { timestamp, imageSize } = PeImage.open(memory, base);
    return timestamp.toString(16).toUpperCase().padStart(8, '0') + imageSize.toString(16);
  } catch (error) {
    if (isDumpError(error)) return undefined;
    throw error;
  }
}

/**
 * A dump with the read-only pages of a module's own file put where the dump has none: heap dumps leave out what is in files.
 * What the dump holds always wins, and writable data is never taken from the file. Throws FormatError when the file is
 * another build than the process ran.
 */
export function withImageFile(dump: Dump, module: NativeModule, file: ByteSource): Dump {
  const bytes = file.size <= MAX_IMAGE ? file.read(0, file.size) : undefined;
  if (!bytes || bytes.length < 64) throw new FormatError(`an image of ${file.size} bytes`);
  const reader = new BinaryReader(bytes);
  const elf = reader.u32(0) === 0x464c457f;
  if (!elf && reader.u16(0) !== 0x5a4d) throw new FormatError('the runtime file is neither an ELF library nor a PE image');
  const mapped = elf ? mapElf(reader, module.base) : mapPe(reader, module.base);
  const space = new AddressSpace({ size: mapped.bytes.length, read: (at, length) => mapped.bytes.subarray(at, at + length) }, [{ address: module.base, size: mapped.bytes.length, offset: 0 }], dump.pointerSize);
  const has = imageIdentity(space, module.base);
  const wanted = imageIdentity(new AddressSpace(dump.source, dump.ranges, dump.pointerSize), module.base) ?? (module.timestamp ? module.timestamp.toString(16).toUpperCase().padStart(8, '0') + module.size.toString(16) : undefined);
  if (wanted !== undefined && has !== wanted) {
    throw new FormatError(`the runtime file is another build: it has ${has ?? 'no identity'}, the process ran ${wanted}`, {
      en: 'Take the file from the machine the dump comes from, or from the runtime package of exactly that version.',
      'zh-tw': '請使用產生傾印那台機器上的檔案，或取自版本完全相同的執行階段套件。',
    });
  }
  const ranges: MemoryRange[] = [...dump.ranges];
  for (const { start, end } of [...mapped.constant, ...unchanging(space, module.base, elf)].sort((a, b) => a.start - b.start)) {
    let at = module.base + start;
    const stop = module.base + Math.min(end, mapped.bytes.length);
    for (const range of dump.ranges) {
      if (range.address + range.size <= at || range.address >= stop) continue;
      if (range.address > at) ranges.push({ address: at, size: range.address - at, offset: dump.source.size + at - module.base });
      at = range.address + range.size;
    }
    if (at < stop) ranges.push({ address: at, size: stop - at, offset: dump.source.size + at - module.base });
  }
  return { ...dump, source: new AppendedSource(dump.source, mapped.bytes), ranges: ranges.sort((a, b) => a.address - b.address) };
}

/** What lies in writable data and yet never changes: the header of the contract descriptor (40 bytes, docs/design/datacontracts). */
function unchanging(space: AddressSpace, base: Address, elf: boolean): { start: number; end: number }[] {
  const name = 'DotNetRuntimeContractDescriptor';
  const at = elf ? ElfImage.open(space, base).symbol(name) : PeImage.open(space, base).exports().get(name);
  return at === undefined ? [] : [{ start: at - base, end: at - base + 40 }];
}

/** The dump's file, and behind its end the mapped image. */
class AppendedSource implements ByteSource {
  readonly size: number;
  readonly #first: ByteSource;
  readonly #second: Uint8Array;
  constructor(first: ByteSource, second: Uint8Array) {
    this.#first = first;
    this.#second = second;
    this.size = first.size + second.length;
  }
  get granularity(): number {
    return this.#first.granularity ?? 1 << 16;
  }
  read(offset: number, length: number): Uint8Array {
    const inside = offset - this.#first.size;
    if (inside < 0) return this.#first.read(offset, length);
    if (inside + length > this.#second.length) throw new FormatError(`the runtime file ends before ${inside + length}`);
    return this.#second.subarray(inside, inside + length);
  }
}

/** Little-endian word written in place. */
function store(bytes: Uint8Array, at: number, value: number): void {
  if (at < 0 || at + 8 > bytes.length) return;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  view.setUint32(at, value % 4294967296, true);
  view.setUint32(at + 4, Math.floor(value / 4294967296), true);
}

/** PT_LOAD segments at their addresses, relative relocations applied (System V gABI; DT_RELR after the generic-abi proposal). */
function mapElf(file: BinaryReader, base: Address): Mapped {
  if (file.u8(4) !== 2 || file.u16(18) !== 62) throw new FormatError('the runtime file is not for Linux x64');
  const table = file.u64(32);
  const headers = Array.from({ length: Math.min(file.u16(56), 128) }, (_, i) => {
    const at = table + i * file.u16(54);
    return { type: file.u32(at), writable: (file.u32(at + 4) & 2) !== 0, offset: file.u64(at + 8), address: file.u64(at + 16), fileSize: file.u64(at + 32), size: file.u64(at + 40) };
  });
  const loads = headers.filter((h) => h.type === PT.Load);
  const size = Math.max(0, ...loads.map((h) => h.address + h.fileSize));
  if (loads.length === 0 || size > MAX_IMAGE) throw new FormatError('the runtime file has no usable segments');
  const bytes = new Uint8Array(size);
  for (const h of loads) bytes.set(file.slice(h.offset, h.fileSize), h.address);
  const image = new BinaryReader(bytes);
  const dynamic = new Map<number, number>();
  for (const h of headers.filter((x) => x.type === PT.Dynamic)) {
    for (let at = h.address; at + 16 <= Math.min(h.address + h.size, size); at += 16) dynamic.set(image.u64(at), image.u64(at + 8));
  }
  const rela = dynamic.get(DT.Rela) ?? 0;
  const count = Math.min(Math.floor((dynamic.get(DT.RelaSize) ?? 0) / 24), MAX_RELOCATIONS);
  for (let i = 0; i < count; i++) {
    const at = rela + 24 * i;
    if (image.u32(at + 8) === R_X86_64_RELATIVE) store(bytes, image.u64(at), base + image.u64(at + 16));
  }
  relr(image, bytes, dynamic.get(DT.Relr) ?? 0, dynamic.get(DT.RelrSize) ?? 0, base);
  const constant = [...loads.filter((h) => !h.writable), ...headers.filter((h) => h.type === PT.Relro)].map((h) => ({ start: h.address, end: h.address + Math.min(h.fileSize, h.size) }));
  return { bytes, constant: constant.sort((a, b) => a.start - b.start) };
}

/** Even words are addresses, odd ones bitmaps of the 63 words behind. */
function relr(image: BinaryReader, bytes: Uint8Array, table: number, size: number, base: Address): void {
  let where = 0;
  const apply = (at: number) => {
    if (at + 8 <= bytes.length) store(bytes, at, base + image.u64(at));
  };
  for (let at = table; at + 8 <= table + Math.min(size, 8 * MAX_RELOCATIONS); at += 8) {
    const entry = image.big64(at);
    if ((entry & 1n) === 0n) {
      where = Number(entry);
      apply(where);
      where += 8;
      continue;
    }
    for (let bit = 1n; bit < 64n; bit++) if ((entry >> bit) & 1n) apply(where + 8 * (Number(bit) - 1));
    where += 8 * 63;
  }
}

/** Sections at their RVAs, base relocations applied (PE/COFF specification). */
function mapPe(file: BinaryReader, base: Address): Mapped {
  const pe = file.u32(0x3c);
  const optional = pe + 24;
  if (file.u32(pe) !== 0x4550 || file.u16(optional) !== 0x20b) throw new FormatError('the runtime file is not a 64-bit PE image');
  const size = file.u32(optional + 56);
  if (size > MAX_IMAGE) throw new FormatError(`an image of ${size} bytes`);
  const bytes = new Uint8Array(size);
  const headers = Math.min(file.u32(optional + 60), file.length, size);
  bytes.set(file.slice(0, headers), 0);
  const constant = [{ start: 0, end: headers }];
  const table = optional + file.u16(pe + 20);
  for (let i = 0; i < Math.min(file.u16(pe + 6), 96); i++) {
    const at = table + 40 * i;
    const rva = file.u32(at + 12);
    const length = Math.min(file.u32(at + 16), file.u32(at + 8), size - rva);
    if (length <= 0) continue;
    bytes.set(file.slice(file.u32(at + 20), length), rva);
    if (file.u32(at + 36) < SECTION_WRITABLE) constant.push({ start: rva, end: rva + length });
  }
  const image = new BinaryReader(bytes);
  const delta = base - image.u64(optional + 24);
  const directory = optional + 112 + 8 * RELOCATION_DIRECTORY;
  const end = image.u32(directory) + image.u32(directory + 4);
  for (let block = image.u32(directory); block > 0 && block + 8 <= Math.min(end, size); ) {
    const blockSize = image.u32(block + 4);
    if (blockSize < 8) break;
    for (let at = block + 8; at + 2 <= Math.min(block + blockSize, size); at += 2) {
      const entry = image.u16(at);
      const where = image.u32(block) + (entry & 0xfff);
      if (entry >>> 12 === DIR64 && where + 8 <= size) store(bytes, where, image.u64(where) + delta);
    }
    block += blockSize;
  }
  return { bytes, constant: constant.sort((a, b) => a.start - b.start) };
}
