import { isDumpError } from '../bytes/index.ts';
import type { Address } from '../bytes/index.ts';
import { regionAt } from '../container/index.ts';
import type { Dump, NativeModule } from '../container/index.ts';
import { ElfImage, PeImage } from '../image/index.ts';
import type { AddressSpace } from '../memory/index.ts';
import type { NativeUnwinder } from './native-unwind.ts';

/** How far from a symbol without a size an address may be to be named after it, where the bounds of functions are not in the dump. */
const MAX_DISTANCE = 0x1000;
/** Where the kernel put it (elf.h). */
const AT_SYSINFO_EHDR = 33;
/** int3 */
const PADDING = 0xcc;

/** A name an image exports. Size 0: unknown. `code`: a function, undefined when the image does not tell. */
export interface NativeSymbol { readonly name: string; readonly address: Address; readonly size: number; readonly code: boolean | undefined }

/** Names of native code: exports of PE images, dynamic symbols of ELF images. Private symbols are in files that no dump holds. */
export class NativeSymbols {
  readonly #dump: Dump;
  readonly #memory: AddressSpace;
  readonly #unwinder: NativeUnwinder;
  /** The page of code the kernel gives every process; no file, and in no list of modules. */
  readonly #vdso: NativeModule | undefined;
  readonly #tables = new Map<Address, readonly NativeSymbol[]>();

  constructor({ dump, memory }: { readonly dump: Dump; readonly memory: AddressSpace }, unwinder: NativeUnwinder) {
    this.#dump = dump;
    this.#memory = memory;
    this.#unwinder = unwinder;
    const vdso = dump.auxv?.get(AT_SYSINFO_EHDR);
    const region = vdso === undefined ? undefined : regionAt(dump.regions, vdso);
    this.#vdso = vdso === undefined || !region ? undefined : { base: vdso, size: region.address + region.size - vdso, path: 'linux-vdso.so.1', timestamp: 0, checksum: 0, version: '' };
  }

  moduleAt(address: Address): NativeModule | undefined {
    return this.#dump.modules.find((m) => address >= m.base && address < m.base + m.size) ?? (this.#vdso && address >= this.#vdso.base && address < this.#vdso.base + this.#vdso.size ? this.#vdso : undefined);
  }

  /** Where the function an address lies in begins; undefined when the image's tables do not tell. */
  functionStart(address: Address): Address | undefined {
    return this.#unwinder.functionStart(address);
  }

  /** Symbols of a module by address; empty when its tables are not in the dump. */
  of(module: NativeModule): readonly NativeSymbol[] {
    let table = this.#tables.get(module.base);
    if (!table) {
      table = this.#read(module).sort((a, b) => a.address - b.address || (a.name < b.name ? -1 : 1));
      this.#tables.set(module.base, table);
    }
    return table;
  }

  #read(module: NativeModule): NativeSymbol[] {
    const found: NativeSymbol[] = [];
    try {
      if (!this.#memory.has(module.base, 4)) return found;
      if (this.#memory.u32(module.base) === 0x464c457f) for (const symbol of ElfImage.open(this.#memory, module.base).symbols()) found.push(symbol);
      else for (const [name, address] of PeImage.open(this.#memory, module.base).exports()) found.push({ name, address, size: 0, code: undefined });
    } catch (error) {
      if (!isDumpError(error)) throw error;
    }
    return found;
  }

  /** The last symbol that does not begin behind an address. Of several with one address: the one without a leading underscore, then the first by name. */
  before(module: NativeModule, address: Address): NativeSymbol | undefined {
    const table = this.of(module);
    const last = this.#lastNotAfter(table, address);
    if (last < 0) return undefined;
    let best = table[last];
    for (let i = last; i >= 0 && table[i].address === best.address; i--) if (!table[i].name.startsWith('_') || best.name.startsWith('_')) best = table[i];
    return best;
  }

  after(module: NativeModule, address: Address): NativeSymbol | undefined {
    const table = this.of(module);
    return table[this.#lastNotAfter(table, address) + 1];
  }

  #lastNotAfter(table: readonly NativeSymbol[], address: Address): number {
    let low = 0;
    let high = table.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      if (table[middle].address <= address) low = middle + 1;
      else high = middle - 1;
    }
    return high;
  }

  /**
   * The symbol of the function (or object) an address lies in. Debuggers with nothing but exports name every address after the nearest one
   * below, whatever lies between; here a name counts only when symbol and address belong to one function.
   */
  containing(address: Address): NativeSymbol | undefined {
    const module = this.moduleAt(address);
    const symbol = module && this.before(module, address);
    if (!symbol) return undefined;
    const distance = address - symbol.address;
    if (symbol.size > 0) return distance < symbol.size ? symbol : undefined;
    const start = this.#unwinder.functionStart(address);
    if (start !== undefined) return symbol.address >= start ? symbol : undefined;
    return distance < MAX_DISTANCE && !this.#padded(symbol.address, address) ? symbol : undefined;
  }

  /** Compilers fill the room between functions with breakpoints: two in a row end the function of the symbol. */
  #padded(from: Address, to: Address): boolean {
    const code = this.#memory.readUpTo(from, to - from);
    for (let i = 1; i < code.length; i++) if (code[i] === PADDING && code[i - 1] === PADDING) return true;
    return false;
  }
}
