import { FormatError } from '../bytes/index.ts';
import type { Address } from '../bytes/index.ts';
import type { AddressSpace } from '../memory/index.ts';

const PT_LOAD = 1;
const PF_W = 2;
const PT_DYNAMIC = 2;
const PT_NOTE = 4;
const Tag = { Hash: 4, StrTab: 5, SymTab: 6, GnuHash: 0x6ffffef5 } as const;
const MAX_DYNAMIC = 512;
const MAX_CHAIN = 1 << 20;

/** STT_OBJECT, STT_FUNC and STT_GNU_IFUNC. */
const STT_OBJECT = 1;
const SYMBOL_TYPES = new Set([STT_OBJECT, 2, 10]);
const MAX_SYMBOLS = 1 << 17;
const MAX_NAME = 1024;
const USUAL_NAME = 64;

/** A defined dynamic symbol; size 0 when the table does not tell. */
export interface ElfSymbol { readonly name: string; readonly address: Address; readonly size: number; readonly code: boolean }

interface Segment { readonly type: number; readonly flags: number; readonly address: number; readonly size: number }

/** An ELF shared object in memory, read without section headers (System V gABI; GNU hash as in glibc's dl-lookup). */
export class ElfImage {
  readonly memory: AddressSpace;
  readonly base: Address;
  /** End of the image, .bss included: file mappings alone stop before it. */
  readonly end: Address;
  /** Bytes from the first to behind the last loadable segment, as the program headers declare them. */
  readonly span: number;
  readonly #wide: boolean;
  readonly #bias: number;
  readonly #segments: readonly Segment[];
  readonly #dynamic: ReadonlyMap<number, number>;

  private constructor(memory: AddressSpace, base: Address) {
    this.memory = memory;
    this.base = base;
    if (memory.u32(base) !== 0x464c457f) throw new FormatError(`no ELF image at 0x${base.toString(16)}`);
    const wide = memory.u8(base + 4) === 2;
    this.#wide = wide;
    const headers = base + (wide ? memory.u64(base + 32) : memory.u32(base + 28));
    const entry = memory.u16(base + (wide ? 54 : 42));
    const count = Math.min(memory.u16(base + (wide ? 56 : 44)), 128);
    this.#segments = Array.from({ length: count }, (_, i) => {
      const at = headers + i * entry;
      return wide
        ? { type: memory.u32(at), flags: memory.u32(at + 4), address: memory.u64(at + 16), size: memory.u64(at + 40) }
        : { type: memory.u32(at), flags: memory.u32(at + 24), address: memory.u32(at + 8), size: memory.u32(at + 20) };
    });
    const loads = this.#segments.filter((s) => s.type === PT_LOAD);
    if (loads.length === 0) throw new FormatError(`the ELF image at 0x${base.toString(16)} has no loadable segment`);
    const lowest = Math.min(...loads.map((s) => s.address));
    this.#bias = base - (lowest - (lowest % 4096));
    this.span = Math.max(...loads.map((s) => s.address + s.size)) - lowest;
    this.end = Math.ceil((this.#bias + Math.max(...loads.map((s) => s.address + s.size))) / 4096) * 4096;
    this.#dynamic = this.#readDynamic();
  }

  static open(memory: AddressSpace, base: Address): ElfImage {
    return new ElfImage(memory, base);
  }

  #readDynamic(): Map<number, number> {
    const result = new Map<number, number>();
    const segment = this.#segments.find((s) => s.type === PT_DYNAMIC);
    if (!segment) return result;
    const word = this.#wide ? 8 : 4;
    for (let i = 0; i < MAX_DYNAMIC; i++) {
      const at = this.#bias + segment.address + 2 * word * i;
      // Heap dumps may lack the page: symbols cannot be found then, the build id still can.
      const tag = this.memory.has(at, 2 * word) ? this.memory.pointer(at) : 0;
      if (tag === 0) break;
      result.set(tag, this.memory.pointer(at + word));
    }
    return result;
  }

  /** glibc relocates the dynamic section in place, musl does not. */
  #table(tag: number): Address | undefined {
    const value = this.#dynamic.get(tag);
    return value === undefined ? undefined : value < this.base ? value + this.#bias : value;
  }

  /** Loadable segments in memory, in the order of the headers. */
  loads(): { readonly address: Address; readonly size: number; readonly writable: boolean }[] {
    return this.#segments.filter((s) => s.type === PT_LOAD).map((s) => ({ address: this.#bias + s.address, size: s.size, writable: (s.flags & PF_W) !== 0 }));
  }

  /** First segment of a type (p_type), with its address in memory. */
  segment(type: number): { readonly address: Address; readonly size: number } | undefined {
    const segment = this.#segments.find((s) => s.type === type);
    return segment && { address: this.#bias + segment.address, size: segment.size };
  }

  /** Where the program starts (e_entry); undefined for libraries without one. */
  get entry(): Address | undefined {
    const entry = this.#wide ? this.memory.u64(this.base + 24) : this.memory.u32(this.base + 24);
    return entry === 0 ? undefined : this.#bias + entry;
  }

  /** Functions and objects the dynamic symbol table defines, in its order. */
  *symbols(): Generator<ElfSymbol> {
    const symbols = this.#table(Tag.SymTab);
    const strings = this.#table(Tag.StrTab);
    if (symbols === undefined || strings === undefined) return;
    const m = this.memory;
    const wide = this.#wide;
    const entry = wide ? 24 : 16;
    const count = this.#symbolCount();
    for (let i = 1; i < count; i++) {
      const at = symbols + i * entry;
      if (!m.has(at, entry)) return;
      const type = m.u8(at + (wide ? 4 : 12)) & 15;
      const section = m.u16(at + (wide ? 6 : 14));
      const value = wide ? m.u64(at + 8) : m.u32(at + 4);
      const name = strings + m.u32(at);
      if (section === 0 || value === 0 || !SYMBOL_TYPES.has(type) || !m.has(name)) continue;
      yield { name: symbolName(m, name), address: this.#bias + value, size: wide ? m.u64(at + 16) : m.u32(at + 8), code: type !== STT_OBJECT };
    }
  }

  /** Neither table says how many symbols there are; the hash tables reach all that are defined. */
  #symbolCount(): number {
    const m = this.memory;
    const sysv = this.#table(Tag.Hash);
    if (sysv !== undefined && m.has(sysv, 8)) return Math.min(m.u32(sysv + 4), MAX_SYMBOLS);
    const gnu = this.#table(Tag.GnuHash);
    if (gnu === undefined || !m.has(gnu, 16)) return 0;
    const [buckets, first, bloom] = [Math.min(m.u32(gnu), MAX_SYMBOLS), m.u32(gnu + 4), m.u32(gnu + 8)];
    const bucketAt = gnu + 16 + bloom * (this.#wide ? 8 : 4);
    const chainAt = bucketAt + 4 * buckets;
    let last = 0;
    for (let i = 0; i < buckets; i++) last = Math.max(last, m.tryU32(bucketAt + 4 * i) ?? 0);
    if (last < first) return first;
    while (last < MAX_SYMBOLS && ((m.tryU32(chainAt + 4 * (last - first)) ?? 1) & 1) === 0) last++;
    return Math.min(last + 1, MAX_SYMBOLS);
  }

  /** Address of a defined dynamic symbol. */
  symbol(name: string): Address | undefined {
    const symbols = this.#table(Tag.SymTab);
    const strings = this.#table(Tag.StrTab);
    if (symbols === undefined || strings === undefined) return undefined;
    const size = this.#wide ? 24 : 16;
    for (const index of this.#candidates(name)) {
      const at = symbols + index * size;
      if (this.memory.utf8(strings + this.memory.u32(at), name.length + 2) !== name) continue;
      const value = this.#wide ? this.memory.u64(at + 8) : this.memory.u32(at + 4);
      return value === 0 ? undefined : this.#bias + value;
    }
    return undefined;
  }

  *#candidates(name: string): Generator<number> {
    const gnu = this.#table(Tag.GnuHash);
    if (gnu !== undefined) return yield* this.#gnuCandidates(gnu, name);
    const sysv = this.#table(Tag.Hash);
    if (sysv === undefined) return;
    const count = Math.min(this.memory.u32(sysv + 4), MAX_CHAIN);
    for (let i = 0; i < count; i++) yield i;
  }

  *#gnuCandidates(table: Address, name: string): Generator<number> {
    const m = this.memory;
    const buckets = m.u32(table);
    const first = m.u32(table + 4);
    const bloom = m.u32(table + 8);
    if (buckets === 0) return;
    const bucketAt = table + 16 + bloom * (this.#wide ? 8 : 4);
    const chainAt = bucketAt + 4 * buckets;
    let hash = 5381;
    for (const c of new TextEncoder().encode(name)) hash = (Math.imul(hash, 33) + c) >>> 0;
    let index = m.u32(bucketAt + 4 * (hash % buckets));
    if (index < first) return;
    for (let steps = 0; steps < MAX_CHAIN; steps++, index++) {
      const chain = m.u32(chainAt + 4 * (index - first));
      if (((chain | 1) >>> 0) === ((hash | 1) >>> 0)) yield index;
      if (chain & 1) return;
    }
  }

  /** NT_GNU_BUILD_ID as lower-case hex, when its page is in the dump. */
  buildId(): string | undefined {
    for (const note of this.#segments.filter((s) => s.type === PT_NOTE)) {
      let at = this.#bias + note.address;
      const end = at + Math.min(note.size, 4096);
      while (at + 12 <= end && this.memory.has(at, 12)) {
        const nameSize = this.memory.u32(at);
        const size = this.memory.u32(at + 4);
        const body = at + 12 + Math.ceil(nameSize / 4) * 4;
        if (this.memory.u32(at + 8) === 3 && size <= 64 && this.memory.has(body, size)) return [...this.memory.read(body, size)].map((b) => b.toString(16).padStart(2, '0')).join('');
        at = body + Math.ceil(size / 4) * 4;
      }
    }
    return undefined;
  }
}

/** Most names are short: a long read is made only where a short one has no end. */
function symbolName(memory: AddressSpace, at: Address): string {
  const name = memory.utf8(at, USUAL_NAME);
  return name.length < USUAL_NAME ? name : memory.utf8(at, MAX_NAME);
}
