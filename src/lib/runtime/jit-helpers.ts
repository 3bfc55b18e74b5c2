import type { Address } from '../bytes/index.ts';
import { jitHelperTable } from './layouts/jit-helpers.ts';
import type { Target } from './target.ts';

/** Names of the functions compiled code calls for what it does not do itself: allocation, casts, write barriers (vm/jitinterface.cpp, hlpFuncTable). */
export class JitHelpers {
  readonly #target: Target;
  #names: ReadonlyMap<Address, string> | undefined;

  constructor(target: Target) {
    this.#target = target;
  }

  /** `CORINFO_HELP_NEWSFAST`, of several names for one function the first; undefined for anything else, and on runtimes whose table is not known. */
  nameOf(address: Address): string | undefined {
    this.#names ??= this.#read();
    return this.#names.get(address);
  }

  #read(): Map<Address, string> {
    const { memory, slots, major } = this.#target;
    const size = memory.pointerSize;
    const table = jitHelperTable(major);
    const result = new Map<Address, string>();
    for (const [index, name] of table?.names.entries() ?? []) {
      const entry = memory.tryPointer((slots[table?.functions ?? 0] ?? 0) + size * index);
      // Small numbers are places, from 1, in the table of helpers that are chosen when the process starts.
      const address = entry && entry <= (table?.names.length ?? 0) ? memory.tryPointer((slots[table?.dynamic ?? 0] ?? 0) + size * (entry - 1)) : entry;
      if (address && !result.has(address)) result.set(address, `CORINFO_HELP_${name}`);
    }
    return result;
  }
}
