import { isDumpError } from '../bytes/index.ts';
import type { Address } from '../bytes/index.ts';
import { ElementType, primitiveName, SignatureReader, Table, TypeDefColumn } from '../image/index.ts';
import type { TypeSig } from '../image/index.ts';
import type { Field } from './fields.ts';
import type { ClrModule } from './modules.ts';
import { MtFlag } from './types.ts';
import type { Types } from './types.ts';

/** Special slots in front of the buckets of a DacEnumerableHashTable: length, next table, end sentinel (vm/dacenumerablehash.h). */
const SKIPPED_SLOTS = 3;
const MAX_BUCKETS = 1 << 20;
const MAX_CHAIN = 1 << 14;
const MAX_FORWARDS = 8;

/** Signature → loaded type. Like the debugger's, it never loads: a type the process has not loaded has no MethodTable. */
export class TypeLookup {
  readonly #types: Types;
  /** Instantiations and arrays by structure; built on first use. */
  #constructed: Map<string, Address> | undefined;
  readonly #byName = new Map<Address, Map<string, number>>();
  readonly #primitives = new Map<number, Address>();
  readonly #typeRefs = new Map<string, Address>();
  readonly #forwarders = new Map<ClrModule, ReadonlyMap<string, string>>();

  constructor(types: Types) {
    this.#types = types;
  }

  /** MethodTable of a field's declared type as debuggers show it: shared generics in their canonical form; 0 when not loaded. */
  fieldType(field: Field): Address {
    const { memory } = this.#types.target;
    const enclosing = this.#types.find(memory.pointer(field.address)) ?? field.declaringType;
    const module = this.#types.moduleOf(enclosing);
    if (!field.signature) return 0;
    try {
      return this.resolve(field.signature, module, this.#types.typeArguments(enclosing));
    } catch (error) {
      if (isDumpError(error)) return 0;
      throw error;
    }
  }

  /**
   * What debuggers show for a field whose declared type is not loaded: types of the same module by name, generic ones not at all,
   * and those of other modules as System.Void, which the DAC finds in their place.
   */
  unloaded(field: Field): { readonly handle: Address; readonly name: string } {
    const { signature } = field;
    if (this.#types.target.inferred) return { handle: 0, name: signature ? this.#declared(signature, this.#types.moduleOf(field.declaringType)) : '' };
    switch (signature?.kind) {
      case 'szarray': return { handle: 0, name: 'SZARRAY' };
      case 'array': return { handle: 0, name: 'ARRAY' };
      case 'var': return { handle: 0, name: 'VAR' };
      case 'named': break;
      default: return { handle: 0, name: '' };
    }
    const { metadata } = this.#types.moduleOf(field.declaringType);
    const { table, rid } = metadata?.typeDefOrRef(signature.coded) ?? { table: 0, rid: 0 };
    if (table === Table.TypeRef) return { handle: this.primitive(ElementType.Void), name: 'System.Void' };
    return { handle: 0, name: table === Table.TypeDef ? (metadata?.typeName(rid) ?? '') : '' };
  }

  /** A field's type as its signature names it, where the tables of loaded types cannot be read. */
  #declared(sig: TypeSig, module: ClrModule): string {
    switch (sig.kind) {
      case 'primitive': return `System.${primitiveName(sig.element) ?? ''}`;
      case 'named': return module.metadata?.fullTypeName(module.metadata.typeDefOrRef(sig.coded)) ?? '';
      case 'generic': return this.#declared(sig.type, module);
      case 'szarray': return `${this.#declared(sig.element, module)}[]`;
      default: return '';
    }
  }

  /** Type handle of a signature, 0 when it is not loaded. */
  resolve(sig: TypeSig, module: ClrModule, typeArgs: readonly Address[], methodArgs: readonly Address[] = []): Address {
    const inner = (s: TypeSig) => this.resolve(s, module, typeArgs, methodArgs);
    switch (sig.kind) {
      case 'primitive': return this.primitive(sig.element);
      case 'named': return this.#named(sig.coded, module, typeArgs, methodArgs);
      case 'var': return typeArgs[sig.index] ?? 0;
      case 'mvar': return methodArgs[sig.index] ?? 0;
      case 'pinned': return inner(sig.element);
      case 'internal': return sig.handle;
      case 'szarray': return this.#lookup(arrayKey(inner(sig.element), 0));
      case 'array': return this.#lookup(arrayKey(inner(sig.element), sig.rank));
      case 'generic': {
        const definition = inner(sig.type);
        const args = sig.args.map(inner);
        if (!definition || args.some((a) => a === 0)) return 0;
        const table = this.#types.find(definition);
        return table ? this.#lookup(genericKey(table.module, table.rid, args)) : 0;
      }
      // Pointers and function pointers have no MethodTable of their own; debuggers show UIntPtr and IntPtr for them.
      case 'pointer':
      case 'byref': return this.primitive(ElementType.U);
      case 'function': return this.primitive(ElementType.I);
    }
  }

  /** MethodTable of `System.Int32` and the like. */
  primitive(element: number): Address {
    const known = this.#primitives.get(element);
    if (known !== undefined) return known;
    const name = primitiveName(element);
    const module = this.coreLib();
    const rid = name && module ? this.#systemTypes(module).get(name) : undefined;
    const address = rid && module ? this.#types.modules.lookup(module.address, 'TypeDefToMethodTableMap', rid) : 0;
    this.#primitives.set(element, address);
    return address;
  }

  coreLib(): ClrModule | undefined {
    const object = this.#types.find(this.#types.objectMethodTable);
    return object && this.#types.moduleOf(object);
  }

  /** TypeDef rows of the namespace System, by name: namespaces are compared by string offset, so only these names are read. */
  #systemTypes(module: ClrModule): Map<string, number> {
    const known = this.#byName.get(module.address);
    if (known) return known;
    const result = new Map<string, number>();
    this.#byName.set(module.address, result);
    const { metadata } = module;
    const object = this.#types.find(this.#types.objectMethodTable);
    if (!metadata || !object) return result;
    const system = metadata.cell(Table.TypeDef, object.rid, TypeDefColumn.Namespace);
    for (let rid = 1; rid <= metadata.rows(Table.TypeDef); rid++) {
      if (metadata.cell(Table.TypeDef, rid, TypeDefColumn.Namespace) === system) result.set(metadata.string(metadata.cell(Table.TypeDef, rid, TypeDefColumn.Name)), rid);
    }
    return result;
  }

  #named(coded: number, module: ClrModule, typeArgs: readonly Address[], methodArgs: readonly Address[]): Address {
    const { metadata } = module;
    if (!metadata) return 0;
    const { table, rid } = metadata.typeDefOrRef(coded);
    if (table === Table.TypeSpec) return this.resolve(new SignatureReader(metadata.blob(metadata.cell(Table.TypeSpec, rid, 0))).type(), module, typeArgs, methodArgs);
    if (table === Table.TypeDef) return this.#types.modules.lookup(module.address, 'TypeDefToMethodTableMap', rid);
    return this.#types.modules.lookup(module.address, 'TypeRefToMethodTableMap', rid) || this.#typeRefByName(module, rid);
  }

  /** A TypeRef the process has not resolved through this module: looked for by name in the assembly it names, or where that one sends us. */
  #typeRefByName(module: ClrModule, typeRef: number): Address {
    const { metadata } = module;
    const assembly = metadata?.assemblyRefOf(typeRef);
    if (!metadata || !assembly) return 0;
    const name = metadata.typeRefName(typeRef);
    let target = this.#moduleNamed(metadata.assemblyRefName(assembly));
    const key = `${target?.address}:${name}`;
    const known = this.#typeRefs.get(key);
    if (known !== undefined) return known;
    let found = 0;
    for (let hop = 0; target && hop < MAX_FORWARDS && !found; hop++) {
      const rid = findTypeDef(target, name);
      if (rid) found = this.#types.modules.lookup(target.address, 'TypeDefToMethodTableMap', rid);
      target = rid ? undefined : this.#moduleNamed(this.#forwardersOf(target).get(name.split('+')[0]));
    }
    this.#typeRefs.set(key, found);
    return found;
  }

  #moduleNamed(assembly: string | undefined): ClrModule | undefined {
    return assembly === undefined ? undefined : this.#types.modules.list().find((m) => this.#types.modules.assemblyName(m) === assembly);
  }

  #forwardersOf(module: ClrModule): ReadonlyMap<string, string> {
    let forwarders = this.#forwarders.get(module);
    if (!forwarders) {
      const { metadata } = module;
      this.#forwarders.set(module, (forwarders = new Map(metadata ? [...metadata.forwarders()].map(([name, ref]) => [name, metadata.assemblyRefName(ref)]) : [])));
    }
    return forwarders;
  }

  #lookup(key: string): Address {
    this.#constructed ??= this.#index();
    return this.#constructed.get(key) ?? 0;
  }

  /** Every instantiation and array the process has loaded, from the hash tables of all modules. */
  #index(): Map<string, Address> {
    const index = new Map<string, Address>();
    for (const module of this.#types.modules.list()) {
      for (const handle of this.#availableTypes(module.address)) {
        const table = this.#types.isTypeDesc(handle) ? undefined : this.#types.find(handle);
        if (!table) continue;
        if (table.isArray) index.set(arrayKey(table.perInstInfo, (table.flags & MtFlag.CategoryMask) === MtFlag.SzArray ? 0 : this.#types.rank(table)), handle);
        else {
          const args = this.#types.typeArguments(table);
          if (args.length) index.set(genericKey(table.module, table.rid, args), handle);
        }
      }
    }
    return index;
  }

  /** Entries of Module.AvailableTypeParams (EETypeHashTable); empty where the runtime does not describe it. */
  *#availableTypes(module: Address): Generator<Address> {
    const { memory, layouts } = this.#types.target;
    const offset = layouts.tryOffset('Module', 'AvailableTypeParams');
    if (offset === undefined) return;
    const table = memory.tryPointer(module + offset);
    const buckets = table ? memory.tryPointer(table + layouts.offset('EETypeHashTable', 'Buckets')) : 0;
    if (!buckets) return;
    const count = Math.min(memory.pointer(buckets), MAX_BUCKETS);
    const value = layouts.offset('EETypeHashTable', 'VolatileEntryValue');
    const next = layouts.offset('EETypeHashTable', 'VolatileEntryNextEntry');
    for (let i = 0; i < count; i++) {
      let entry = memory.tryPointer(buckets + memory.pointerSize * (i + SKIPPED_SLOTS)) ?? 0;
      // The end of a chain is marked by the low bit.
      for (let steps = 0; entry && entry % 2 === 0 && steps < MAX_CHAIN; steps++) {
        const handle = memory.tryPointer(entry + value);
        if (handle === undefined) break;
        yield handle - (handle % 2);
        entry = memory.tryPointer(entry + next) ?? 0;
      }
    }
  }
}

function arrayKey(element: Address, rank: number): string {
  return element ? `a${rank}:${element}` : '';
}

function genericKey(module: Address, rid: number, args: readonly Address[]): string {
  return `g${module}:${rid}:${args.join(',')}`;
}

/** TypeDef row with this full name, 0 when there is none. */
export function findTypeDef(module: ClrModule, name: string): number {
  const { metadata } = module;
  if (!metadata) return 0;
  const last = name.slice(Math.max(name.lastIndexOf('+'), name.lastIndexOf('.')) + 1);
  for (let rid = 1; rid <= metadata.rows(Table.TypeDef); rid++) {
    if (metadata.string(metadata.cell(Table.TypeDef, rid, TypeDefColumn.Name)) === last && metadata.typeName(rid) === name) return rid;
  }
  return 0;
}
