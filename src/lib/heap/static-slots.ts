import { isDumpError } from '../bytes/index.ts';
import type { Address } from '../bytes/index.ts';
import { ElementType, Table } from '../image/index.ts';
import type { ClrModule, Field } from '../runtime/index.ts';
import type { Clr } from './clr.ts';

/** Statics of reference type of one class: they begin at `base`. */
interface Base { readonly base: Address; readonly table: Address }

const HAS_STATICS = 2;

/**
 * Which static field lies at an address. All static references of a class are neighbours in an object[] that a handle holds
 * (vm/appdomain.cpp PinnedHeapHandleTable), so the class is the one that begins closest below the address.
 */
export class StaticSlots {
  readonly #clr: Clr;
  readonly #bases = new Map<ClrModule, readonly Base[]>();

  constructor(clr: Clr) {
    this.#clr = clr;
  }

  /** The static field whose reference lies at the address. Small modules are asked first: an application's own before the framework's. */
  find(address: Address): Field | undefined {
    const rows = (module: ClrModule) => module.metadata?.rows(Table.TypeDef) ?? 0;
    for (const module of [...this.#clr.modules.list()].sort((a, b) => rows(a) - rows(b))) {
      const owner = lastBelow(this.#basesOf(module), address);
      const field = owner && this.#fieldAt(owner.table, address);
      if (field) return field;
    }
    return undefined;
  }

  #fieldAt(table: Address, address: Address): Field | undefined {
    const { types, fields } = this.#clr;
    try {
      const type = types.find(table);
      return type && fields.own(type).find((f) => f.isStatic && fields.staticAddress(f) === address);
    } catch (error) {
      if (isDumpError(error)) return undefined;
      throw error;
    }
  }

  #basesOf(module: ClrModule): readonly Base[] {
    let bases = this.#bases.get(module);
    if (!bases) this.#bases.set(module, (bases = this.#read(module).sort((a, b) => a.base - b.base)));
    return bases;
  }

  #read(module: ClrModule): Base[] {
    const { memory, modules, types, target: { layouts } } = this.#clr;
    const bases: Base[] = [];
    const auxiliary = layouts.tryOffset('MethodTable', 'AuxiliaryData');
    if (layouts.has('Module', 'DomainLocalModule')) return this.#readBlock(module);
    if (auxiliary === undefined || !layouts.has('DynamicStaticsInfo', 'GCStatics')) return bases;
    const info = layouts.offset('DynamicStaticsInfo', 'GCStatics') - layouts.size('DynamicStaticsInfo');
    const rows = module.metadata?.rows(Table.TypeDef) ?? 0;
    for (let rid = 1; rid <= rows; rid++) {
      try {
        const table = types.find(modules.lookup(module.address, 'TypeDefToMethodTableMap', rid));
        if (!table || (table.flags2 & HAS_STATICS) === 0) continue;
        const tagged = memory.pointer(memory.pointer(table.address + auxiliary) + info);
        const base = tagged - (tagged % 2);
        if (base) bases.push({ base, table: table.address });
      } catch (error) {
        if (!isDumpError(error)) throw error;
      }
    }
    return bases;
  }

  /** Up to .NET 8 a module has one block: where a class begins in it, its first field tells. */
  #readBlock(module: ClrModule): Base[] {
    const { modules, types, fields } = this.#clr;
    const bases: Base[] = [];
    for (let rid = 1; rid <= (module.metadata?.rows(Table.TypeDef) ?? 0); rid++) {
      try {
        const table = types.find(modules.lookup(module.address, 'TypeDefToMethodTableMap', rid));
        const places = table ? fields.own(table).filter((f) => f.element === ElementType.Class).map((f) => fields.staticAddress(f) ?? 0).filter((at) => at !== 0) : [];
        if (table && places.length > 0) bases.push({ base: Math.min(...places), table: table.address });
      } catch (error) {
        if (!isDumpError(error)) throw error;
      }
    }
    return bases;
  }
}

function lastBelow(bases: readonly Base[], address: Address): Base | undefined {
  let low = 0;
  let high = bases.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (bases[middle].base <= address) low = middle + 1;
    else high = middle;
  }
  return bases[low - 1];
}
