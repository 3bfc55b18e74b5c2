import { FormatError } from '../bytes/index.ts';
import type { Address } from '../bytes/index.ts';
import type { AddressSpace } from '../memory/index.ts';

const MAX_EXPORTS = 1 << 16;
const MAX_SECTIONS = 96;

/** Indexes into the optional header's data directories (winnt.h IMAGE_DIRECTORY_ENTRY_*). */
export const PeDirectory = { Export: 0, Exception: 3, Debug: 6, ComDescriptor: 14 } as const;

export interface PeSection { readonly name: string; readonly rva: number; readonly size: number; readonly fileOffset: number; readonly fileSize: number }

/** A PE image found in memory, either mapped (RVA = offset) or flat (as in the file). Layout: PE/COFF specification. */
export class PeImage {
  readonly memory: AddressSpace;
  readonly base: Address;
  readonly wide: boolean;
  readonly machine: number;
  readonly timestamp: number;
  readonly imageSize: number;
  /** Bytes of headers in front of the first section (SizeOfHeaders). */
  readonly headerSize: number;
  /** AddressOfEntryPoint as an address; undefined for images without one. */
  readonly entry: Address | undefined;
  readonly sections: readonly PeSection[];
  readonly #directories: Address;
  readonly #directoryCount: number;
  /** True when the image lies in memory as in its file. */
  readonly flat: boolean;

  private constructor(memory: AddressSpace, base: Address, flat: boolean) {
    this.memory = memory;
    this.base = base;
    this.flat = flat;
    if (memory.u16(base) !== 0x5a4d) throw new FormatError(`no PE image at 0x${base.toString(16)}`);
    const pe = base + memory.u32(base + 0x3c);
    if (memory.u32(pe) !== 0x4550) throw new FormatError(`no PE signature in the image at 0x${base.toString(16)}`);
    this.machine = memory.u16(pe + 4);
    this.timestamp = memory.u32(pe + 8);
    const optional = pe + 24;
    this.wide = memory.u16(optional) === 0x20b;
    this.imageSize = memory.u32(optional + 56);
    this.headerSize = memory.u32(optional + 60);
    const entry = memory.u32(optional + 16);
    this.entry = entry === 0 ? undefined : base + entry;
    this.#directories = optional + (this.wide ? 112 : 96);
    this.#directoryCount = Math.min(16, memory.u32(this.#directories - 4));
    const table = optional + memory.u16(pe + 20);
    const count = Math.min(memory.u16(pe + 6), MAX_SECTIONS);
    this.sections = Array.from({ length: count }, (_, i) => readSection(memory, table + 40 * i));
  }

  /** Reads the headers; throws FormatError or ReadError when they are not there. */
  static open(memory: AddressSpace, base: Address, flat = false): PeImage {
    return new PeImage(memory, base, flat);
  }

  /** Opens the image in whichever layout puts CLR metadata in reach; undefined when neither does. */
  static openManaged(memory: AddressSpace, base: Address): { image: PeImage; metadata: Address; size: number } | undefined {
    for (const flat of [false, true]) {
      const image = new PeImage(memory, base, flat);
      const header = image.directory(PeDirectory.ComDescriptor);
      const cor = header && image.address(header.rva);
      if (cor === undefined || !memory.has(cor, 16)) continue;
      const metadata = image.address(memory.u32(cor + 8));
      if (metadata !== undefined && memory.has(metadata, 4) && memory.u32(metadata) === 0x424a5342) return { image, metadata, size: memory.u32(cor + 12) };
    }
    return undefined;
  }

  directory(index: number): { rva: number; size: number } | undefined {
    if (index >= this.#directoryCount) return undefined;
    const rva = this.memory.u32(this.#directories + 8 * index);
    return rva === 0 ? undefined : { rva, size: this.memory.u32(this.#directories + 8 * index + 4) };
  }

  /** Address of an RVA in this layout. */
  address(rva: number): Address | undefined {
    if (!this.flat) return this.base + rva;
    for (const s of this.sections) {
      if (rva >= s.rva && rva < s.rva + Math.max(s.size, s.fileSize)) return this.base + rva - s.rva + s.fileOffset;
    }
    return undefined;
  }

  /** Exported names and their addresses; forwarders are left out. */
  exports(): Map<string, Address> {
    const result = new Map<string, Address>();
    const directory = this.directory(PeDirectory.Export);
    if (!directory) return result;
    const at = this.base + directory.rva;
    const m = this.memory;
    const count = Math.min(m.u32(at + 24), MAX_EXPORTS);
    const functions = this.base + m.u32(at + 28);
    const names = this.base + m.u32(at + 32);
    const ordinals = this.base + m.u32(at + 36);
    for (let i = 0; i < count; i++) {
      const rva = m.u32(functions + 4 * m.u16(ordinals + 2 * i));
      if (rva >= directory.rva && rva < directory.rva + directory.size) continue;
      result.set(m.utf8(this.base + m.u32(names + 4 * i), 512), this.base + rva);
    }
    return result;
  }
}

function readSection(memory: AddressSpace, at: Address): PeSection {
  return {
    name: memory.utf8(at, 8), size: memory.u32(at + 8), rva: memory.u32(at + 12), fileSize: memory.u32(at + 16), fileOffset: memory.u32(at + 20),
  };
}
