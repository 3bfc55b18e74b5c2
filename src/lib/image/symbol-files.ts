import { isDumpError } from '../bytes/index.ts';
import type { Address, ByteSource, NamedSource } from '../bytes/index.ts';
import type { AddressSpace } from '../memory/index.ts';
import { readDebugDirectory } from './debug-directory.ts';
import type { DebugDirectory, WantedPdb } from './debug-directory.ts';
import { PeImage } from './pe.ts';
import { PortablePdb } from './portable-pdb.ts';

const MAX_FILES = 4096;
const MAX_FILE = 1 << 27;
const MAX_LOOKUPS = 4096;
const WINDOWS_PDB = 'Microsoft C/C++ MSF 7.00';

/** What a symbol file somebody gave turned out to be. */
export interface SymbolFile {
  readonly name: string;
  /** `windows`: a native (MSF) PDB, which is not read here; `unusable`: something else, or damaged. */
  readonly kind: 'portable' | 'windows' | 'unusable';
  readonly pdb: PortablePdb | undefined;
  readonly problem: string | undefined;
}

/** One place that was looked at for a module's PDB. */
export interface SymbolAttempt {
  /** File name; undefined: inside the image itself. */
  readonly file: string | undefined;
  readonly outcome: 'loaded' | 'mismatched' | 'windows' | 'unusable' | 'absent';
  /** Id of the PDB found there, or what is wrong with it. */
  readonly detail: string;
}

/** What is known of one module's symbols. */
export interface ModuleSymbols {
  readonly wanted: WantedPdb | undefined;
  readonly pdb: PortablePdb | undefined;
  /** Where `pdb` comes from: a file's name, or the image. */
  readonly from: { readonly file: string | undefined } | undefined;
  readonly attempts: readonly SymbolAttempt[];
}

/** A module that was looked up. */
export interface ModuleLookup { readonly base: Address; readonly symbols: ModuleSymbols }

const NONE: ModuleSymbols = { wanted: undefined, pdb: undefined, from: undefined, attempts: [] };

/** Portable PDBs are told apart by GUID and stamp. */
export function pdbKey(pdb: { readonly guid: string; readonly stamp: number }): string {
  return `${pdb.guid} ${pdb.stamp.toString(16).toUpperCase().padStart(8, '0')}`;
}

/** The symbol files of a session, and those inside images; nothing is ever fetched. */
export class SymbolFiles {
  readonly #given: NamedSource[] = [];
  #read: SymbolFile[] = [];
  #known = new WeakMap<AddressSpace, Map<Address, ModuleSymbols>>();
  #lookups: ModuleLookup[] = [];

  /** Takes a file; it is not looked at before somebody asks. Modules that were looked up before are looked up again. */
  add(name: string, source: ByteSource): void {
    if (this.#given.length < MAX_FILES) this.#given.push({ name, source });
    this.#known = new WeakMap();
  }

  /** Files given so far, and what they are. */
  get files(): readonly SymbolFile[] {
    for (const { name, source } of this.#given.slice(this.#read.length)) this.#read.push(readSymbolFile(name, source));
    return this.#read;
  }

  /** What was looked up since the last time somebody asked, for debuggers that tell. */
  takeLookups(): readonly ModuleLookup[] {
    const lookups = this.#lookups;
    this.#lookups = [];
    return lookups;
  }

  /** Forgets what is known of a module, or of all: the next question looks again. */
  unload(memory: AddressSpace, base?: Address): void {
    if (base === undefined) this.#known.delete(memory);
    else this.#known.get(memory)?.delete(base);
  }

  /** Forgets everything that was looked up; the files stay. */
  reset(): void {
    this.#known = new WeakMap();
    this.#lookups = [];
  }

  /** Symbols of the image at an address; empty for what is no PE image, or not in the dump. */
  of(memory: AddressSpace, base: Address): ModuleSymbols {
    let modules = this.#known.get(memory);
    if (!modules) this.#known.set(memory, (modules = new Map()));
    let symbols = modules.get(base);
    if (!symbols) {
      modules.set(base, (symbols = this.#find(memory, base)));
      if (this.#lookups.length < MAX_LOOKUPS) this.#lookups.push({ base, symbols });
    }
    return symbols;
  }

  /** The same without looking anything up: what is known already. */
  known(memory: AddressSpace, base: Address): ModuleSymbols | undefined {
    return this.#known.get(memory)?.get(base);
  }

  #find(memory: AddressSpace, base: Address): ModuleSymbols {
    const directory = debugDirectory(memory, base);
    if (!directory) return NONE;
    const { wanted, embedded } = directory;
    const attempts: SymbolAttempt[] = [];
    const found = (pdb: PortablePdb, file: string | undefined): ModuleSymbols | undefined => {
      const fits = !wanted || pdbKey(pdb) === pdbKey(wanted);
      attempts.push({ file, outcome: fits ? 'loaded' : 'mismatched', detail: pdbKey(pdb) });
      return fits ? { wanted, pdb, from: { file }, attempts } : undefined;
    };
    if (embedded) {
      const pdb = openEmbedded(memory, embedded, attempts);
      const symbols = pdb && found(pdb, undefined);
      if (symbols) return symbols;
    }
    if (!wanted) return { wanted, pdb: undefined, from: undefined, attempts };
    const name = baseName(wanted.path);
    // A file that fits counts whatever it is called; one that is called so and does not fit is told.
    const ordered = [...this.files].sort((a, b) => Number(fitting(b, wanted)) - Number(fitting(a, wanted)));
    for (const file of ordered) {
      if (!fitting(file, wanted) && baseName(file.name) !== name) continue;
      if (!file.pdb) attempts.push({ file: file.name, outcome: file.kind === 'windows' ? 'windows' : 'unusable', detail: file.problem ?? '' });
      else {
        const symbols = found(file.pdb, file.name);
        if (symbols) return symbols;
      }
    }
    return { wanted, pdb: undefined, from: undefined, attempts };
  }
}

function fitting(file: SymbolFile, wanted: WantedPdb): boolean {
  return file.pdb !== undefined && pdbKey(file.pdb) === pdbKey(wanted);
}

/** File name of a path of either operating system, for comparison. */
function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1).toLowerCase();
}

function debugDirectory(memory: AddressSpace, base: Address): DebugDirectory | undefined {
  try {
    if (!memory.has(base, 64) || memory.u16(base) !== 0x5a4d) return undefined;
    return readDebugDirectory(PeImage.openManaged(memory, base)?.image ?? PeImage.open(memory, base));
  } catch (error) {
    if (!isDumpError(error)) throw error;
    return undefined;
  }
}

function openEmbedded(memory: AddressSpace, { address, size }: NonNullable<DebugDirectory['embedded']>, attempts: SymbolAttempt[]): PortablePdb | undefined {
  try {
    if (size > MAX_FILE || !memory.has(address, size)) {
      attempts.push({ file: undefined, outcome: 'absent', detail: '' });
      return undefined;
    }
    return PortablePdb.openEmbedded(memory.read(address, size));
  } catch (error) {
    if (!isDumpError(error)) throw error;
    attempts.push({ file: undefined, outcome: 'unusable', detail: error.message });
    return undefined;
  }
}

function readSymbolFile(name: string, source: ByteSource): SymbolFile {
  try {
    const start = new TextDecoder('latin1').decode(source.read(0, Math.min(WINDOWS_PDB.length, source.size)));
    if (start === WINDOWS_PDB) return { name, kind: 'windows', pdb: undefined, problem: 'a Windows (MSF) PDB' };
    if (!start.startsWith('BSJB')) return { name, kind: 'unusable', pdb: undefined, problem: 'not a PDB' };
    return { name, kind: 'portable', pdb: PortablePdb.open(source), problem: undefined };
  } catch (error) {
    if (!isDumpError(error)) throw error;
    return { name, kind: 'unusable', pdb: undefined, problem: error.message };
  }
}
