import { FormatError } from '../bytes/index.ts';
import type { Address } from '../bytes/index.ts';
import { ElementType } from '../image/index.ts';
import { continuationName } from './continuations.ts';
import type { Inferred } from './framework/inferred.ts';
import type { ClrModule, Modules } from './modules.ts';
import type { Target } from './target.ts';

/** MTFlags bits (vm/methodtable.h). */
export const MtFlag = {
  CategoryMask: 0x000f0000, ValueType: 0x00040000, Nullable: 0x00050000, Primitive: 0x00060000, TruePrimitive: 0x00070000, MdArray: 0x00080000,
  SzArray: 0x000a0000, Interface: 0x000c0000, GroupMask: 0x000c0000, HasFinalizer: 0x00100000, Collectible: 0x00200000, ContainsGCPointers: 0x01000000,
  HasComponentSize: 0x80000000, GenericsMask: 0x30, GenericTypical: 0x30,
} as const;

/** EEClassOrCanonMT low bit: set = pointer to the canonical MethodTable. Runtimes that used two bits say so in their layout. */
const CANON_TAG = 1;
const MAX_DEPTH = 24;
/** Slots a vtable chunk has (vm/methodtable.h VTABLE_SLOTS_PER_CHUNK). */
const VTABLE_CHUNK = 8;
const MAX_TYPE_ARGS = 256;

/** A MethodTable read once (vm/methodtable.h). */
export interface MethodTable {
  readonly address: Address;
  readonly flags: number;
  readonly flags2: number;
  /** Bytes of an instance without its components, object header included. */
  readonly baseSize: number;
  /** Bytes of one element of an array or string, 0 for other types. */
  readonly componentSize: number;
  readonly parent: Address;
  readonly module: Address;
  /** EEClass, reached through the canonical MethodTable for shared instantiations; 0 for the free-space type. */
  readonly eeClass: Address;
  readonly canonical: Address;
  readonly perInstInfo: Address;
  /** TypeDef row in its module; 0 for arrays and free space. */
  readonly rid: number;
  readonly isFree: boolean;
  readonly isString: boolean;
  readonly isArray: boolean;
  readonly isValueType: boolean;
  readonly containsPointers: boolean;
}

/** How names are spelled: native SOS (``List`1[[T, asm]]``) or today's managed commands (`List<T>`). */
export type NameStyle = 'sos' | 'managed';

/** MethodTables, type handles and their names. */
export class Types {
  readonly target: Target;
  readonly modules: Modules;
  readonly freeMethodTable: Address;
  readonly stringMethodTable: Address;
  readonly objectMethodTable: Address;
  readonly exceptionMethodTable: Address;
  /** EEClass that all types share which the JIT makes for waiting async methods (.NET 11). */
  readonly #continuationClass: Address;
  readonly #tables = new Map<Address, MethodTable | undefined>();
  readonly #names = { sos: new Map<Address, string>(), managed: new Map<Address, string>() };
  readonly #o;

  constructor(target: Target, modules: Modules) {
    this.target = target;
    this.modules = modules;
    const { memory, layouts } = target;
    const wellKnown = (name: keyof Inferred['wellKnown']) => {
      const found = target.inferred?.wellKnown[name];
      if (found !== undefined) return found;
      const variable = layouts.tryGlobal(name);
      return variable === undefined ? 0 : (memory.tryPointer(variable) ?? 0);
    };
    this.freeMethodTable = wellKnown('FreeObjectMethodTable');
    this.stringMethodTable = wellKnown('StringMethodTable');
    this.objectMethodTable = wellKnown('ObjectMethodTable');
    this.exceptionMethodTable = wellKnown('ExceptionMethodTable');
    const singleton = layouts.tryGlobal('ContinuationSingletonEEClass');
    this.#continuationClass = (singleton === undefined ? 0 : memory.tryPointer(singleton)) || -1;
    const mt = (field: string) => layouts.offset('MethodTable', field);
    this.#o = {
      size: layouts.size('MethodTable'), flags: mt('MTFlags'), baseSize: mt('BaseSize'), flags2: mt('MTFlags2'), parent: mt('ParentMethodTable'), module: mt('Module'),
      eeClass: mt('EEClassOrCanonMT'), canonTag: layouts.tryOffset('MethodTable', 'CanonTag') ?? CANON_TAG, indirectTag: layouts.tryOffset('MethodTable', 'IndirectTag'),
      indirectParent: layouts.tryOffset('MethodTable', 'IndirectParentFlag') ?? 0, moduleOverride: layouts.tryOffset('MethodTable', 'ModuleOverrideFlag') ?? 0, perInst: mt('PerInstInfo'), token16: layouts.tryOffset('MethodTable', 'Token16'),
      classMethodTable: layouts.offset('EEClass', 'MethodTable'), numDicts: layouts.offset('GenericsDictInfo', 'NumDicts'), numArgs: layouts.offset('GenericsDictInfo', 'NumTypeArgs'),
      typeAndFlags: layouts.offset('TypeDesc', 'TypeAndFlags'), typeArg: layouts.offset('ParamTypeDesc', 'TypeArg'),
      varModule: layouts.offset('TypeVarTypeDesc', 'Module'), varToken: layouts.offset('TypeVarTypeDesc', 'Token'),
    };
  }

  /** The MethodTable at an address, or undefined when what is there is not one. */
  find(address: Address): MethodTable | undefined {
    if (this.#tables.has(address)) return this.#tables.get(address);
    const table = this.#read(address);
    this.#tables.set(address, table);
    return table;
  }

  /** Like `find`; throws FormatError for anything that is not a MethodTable. */
  get(address: Address): MethodTable {
    const table = this.find(address);
    if (!table) throw new FormatError(`0x${address.toString(16)} is not a MethodTable`);
    return table;
  }

  #read(address: Address): MethodTable | undefined {
    const m = this.target.memory;
    const o = this.#o;
    const p = this.target.shape.pointerSize;
    if (!address || address % p !== 0 || !m.has(address, o.size)) return undefined;
    const flags = m.u32(address + o.flags);
    const baseSize = m.u32(address + o.baseSize);
    const isFree = address === this.freeMethodTable;
    const hasComponents = (flags & MtFlag.HasComponentSize) !== 0;
    const componentSize = hasComponents ? flags & 0xffff : 0;
    // Types without instances (interfaces, the owners of dynamic methods) have small sizes: the walk looks at them again.
    if (baseSize >= 1 << 20) return undefined;
    let eeClass = 0;
    let canonical = address;
    if (!isFree) {
      const tagged = m.pointer(address + o.eeClass);
      const tag = tagged % (o.indirectTag === undefined ? 2 : 4);
      if (tag === o.canonTag) canonical = tagged - tag;
      else if (tag !== 0 && tag === o.indirectTag) canonical = m.tryPointer(tagged - tag) ?? 0;
      if (!m.has(canonical, o.size)) return undefined;
      eeClass = m.pointer(canonical + o.eeClass);
      if (eeClass % 2 !== 0 || !m.has(eeClass, o.classMethodTable + p)) return undefined;
      const owner = m.pointer(eeClass + o.classMethodTable);
      if (owner !== canonical && eeClass !== this.#continuationClass) return undefined;
      canonical = owner;
    }
    const category = flags & MtFlag.CategoryMask;
    const isArray = category === MtFlag.MdArray || category === MtFlag.SzArray;
    const flags2 = m.u32(address + o.flags2);
    const rid = o.token16 === undefined ? flags2 >>> 8 : m.u16(address + o.token16);
    return {
      address, flags, flags2, baseSize, componentSize, isFree, isArray, canonical, eeClass,
      parent: isFree ? 0 : this.#parent(address, flags),
      module: isFree ? 0 : this.#module(address, canonical, flags),
      perInstInfo: isFree ? 0 : m.pointer(address + o.perInst),
      rid: isArray || isFree ? 0 : rid,
      isString: address === this.stringMethodTable,
      isValueType: (flags & MtFlag.GroupMask) === MtFlag.ValueType,
      containsPointers: (flags & MtFlag.ContainsGCPointers) !== 0,
    };
  }

  /** The base type; in precompiled images of .NET Framework behind a cell, found from where the field itself lies. */
  #parent(address: Address, flags: number): Address {
    const m = this.target.memory;
    const parent = m.pointer(address + this.#o.parent);
    return parent && flags & this.#o.indirectParent ? (m.tryPointer(parent + this.#o.parent) ?? 0) : parent;
  }

  /**
   * The defining module. Where only the loader's is in a field, instantiations of types from elsewhere keep it in a multipurpose slot:
   * the first two of the slots in use replace PerInstInfo and the interface map, others follow the vtable chunks (CoreCLR 1.0, vm/methodtable.cpp).
   */
  #module(address: Address, canonical: Address, flags: number): Address {
    const m = this.target.memory;
    const o = this.#o;
    if (o.moduleOverride === 0 || (flags & (MtFlag.HasComponentSize | MtFlag.GenericsMask)) === 0) return m.pointer(address + o.module);
    const slots = m.u16(canonical + o.flags2);
    if ((slots & o.moduleOverride) === 0) return m.pointer(canonical + o.module);
    const lower = slots & (o.moduleOverride - 1);
    let index = [1, 2, 4, 8].filter((bit) => lower & bit).length;
    if ((lower & 3) === 2 && index === 1) index = 0;
    const p = this.target.shape.pointerSize;
    if (index < 2) return m.pointer(canonical + o.perInst + index * p);
    const chunks = Math.ceil(m.u16(canonical + this.target.layouts.offset('MethodTable', 'NumVirtuals')) / VTABLE_CHUNK);
    return m.tryPointer(canonical + o.size + (chunks + index - 2) * p) ?? 0;
  }

  /** True for the low-tagged handles of pointers, by-refs, generic parameters and function pointers. */
  isTypeDesc(handle: Address): boolean {
    return handle % 4 >= 2;
  }

  /** True for a type variable of a generic definition. */
  isTypeVariable(handle: Address): boolean {
    if (!this.isTypeDesc(handle)) return false;
    const { element } = this.typeDesc(handle);
    return element === ElementType.Var || element === ElementType.MVar;
  }

  /** CorElementType of a TypeDesc, and its parameter type where it has one. */
  typeDesc(handle: Address): { element: number; argument: Address; address: Address } {
    const m = this.target.memory;
    const address = handle - 2;
    const element = m.u32(address + this.#o.typeAndFlags) & 0xff;
    const hasArgument = element === ElementType.Ptr || element === ElementType.ByRef;
    return { element, address, argument: hasArgument ? m.pointer(address + this.#o.typeArg) : 0 };
  }

  /** Element type handle of an array. */
  elementType(table: MethodTable): Address {
    return table.perInstInfo;
  }

  /** Rank of an array: 1 for `T[]`, from the bounds behind the length for `T[,]`. */
  rank(table: MethodTable): number {
    if ((table.flags & MtFlag.CategoryMask) === MtFlag.SzArray) return 1;
    return Math.max(1, Math.floor((table.baseSize - this.target.shape.elements - this.target.shape.pointerSize) / 8));
  }

  isSzArray(table: MethodTable): boolean {
    return (table.flags & MtFlag.CategoryMask) === MtFlag.SzArray;
  }

  /** Type handles of the instantiation; empty for non-generic types and for the open definition. */
  typeArguments(table: MethodTable): Address[] {
    const generics = table.flags & MtFlag.GenericsMask;
    if (table.componentSize || table.flags & MtFlag.HasComponentSize || generics === 0 || generics === MtFlag.GenericTypical || !table.perInstInfo) return [];
    return this.#dictionary(table);
  }

  /** Like typeArguments, for the open definition too (its own type variables). */
  #dictionary(table: MethodTable): Address[] {
    const m = this.target.memory;
    const p = this.target.shape.pointerSize;
    const info = table.perInstInfo - p;
    const dictionaries = m.u16(info + this.#o.numDicts);
    const count = Math.min(m.u16(info + this.#o.numArgs), MAX_TYPE_ARGS);
    if (dictionaries === 0) return [];
    const own = m.pointer(table.perInstInfo + p * (dictionaries - 1));
    return Array.from({ length: count }, (_, i) => m.pointer(own + p * i));
  }

  moduleOf(table: MethodTable): ClrModule {
    return this.modules.at(table.module);
  }

  /** Name of a type handle; `<error>`-like text instead of an exception when metadata is missing. */
  name(handle: Address, style: NameStyle, depth = 0): string {
    const known = this.#names[style].get(handle);
    if (known !== undefined) return known;
    if (depth > MAX_DEPTH) return '…';
    const name = this.#name(handle, style, depth);
    this.#names[style].set(handle, name);
    return name;
  }

  #name(handle: Address, style: NameStyle, depth: number): string {
    if (this.isTypeDesc(handle)) return this.#typeDescName(handle, style, depth);
    const table = this.find(handle);
    if (!table) return handle ? `<unknown type ${handle.toString(16)}>` : '';
    if (table.isFree) return 'Free';
    if (table.isArray) return this.name(table.perInstInfo, style, depth + 1) + this.#brackets(table);
    if (table.eeClass === this.#continuationClass) return continuationName(this.target, handle, table.baseSize);
    const metadata = this.moduleOf(table).metadata;
    if (!metadata) return `<unknown type ${handle.toString(16)}>`;
    // Types that hold the methods of DynamicMethods have no row.
    if (table.rid === 0) return '(dynamicClass)';
    const name = metadata.typeName(table.rid);
    const args = this.typeArguments(table);
    // ClrMD names a definition's variables T1, T2, but leaves nested definitions as metadata spells them.
    if (style === 'managed' && (args.length === 0 || args.some((a) => this.isTypeVariable(a)))) return openName(name);
    if (args.length === 0) return name;
    if (style === 'managed') return angleBrackets(name, args.map((a) => this.name(a, style, depth + 1)));
    return `${name}[[${args.map((a) => `${this.name(a, style, depth + 1)}, ${this.assemblyOf(a)}`).join('],[')}]]`;
  }

  #brackets(table: MethodTable): string {
    if (this.isSzArray(table)) return '[]';
    const rank = this.rank(table);
    return `[${rank > 1 ? ','.repeat(rank - 1) : '*'}]`;
  }

  #typeDescName(handle: Address, style: NameStyle, depth: number): string {
    const { element, argument, address } = this.typeDesc(handle);
    if (element === ElementType.Ptr) return `${this.name(argument, style, depth + 1)}*`;
    if (element === ElementType.ByRef) return `${this.name(argument, style, depth + 1)}&`;
    if (element === ElementType.Var || element === ElementType.MVar) {
      const m = this.target.memory;
      const metadata = this.modules.at(m.pointer(address + this.#o.varModule)).metadata;
      return metadata ? metadata.string(metadata.cell(42, m.u32(address + this.#o.varToken) & 0xffffff, 3)) : 'T';
    }
    return '(fnptr)';
  }

  /** Simple assembly name of the type that defines a handle (through arrays and pointers). */
  assemblyOf(handle: Address, depth = 0): string {
    if (depth > MAX_DEPTH) return '';
    if (this.isTypeDesc(handle)) {
      const { element, argument, address } = this.typeDesc(handle);
      if (argument) return this.assemblyOf(argument, depth + 1);
      if (element === ElementType.Var || element === ElementType.MVar) return this.modules.assemblyName(this.modules.at(this.target.memory.pointer(address + this.#o.varModule)));
      return '';
    }
    const table = this.find(handle);
    if (!table || table.isFree) return '';
    return table.isArray ? this.assemblyOf(table.perInstInfo, depth + 1) : this.modules.assemblyName(this.moduleOf(table));
  }

  /** True when `table` is `ancestor` or derives from it. */
  derivesFrom(table: MethodTable, ancestor: Address): boolean {
    let current: MethodTable | undefined = table;
    for (let depth = 0; current && depth < 256; depth++) {
      if (current.address === ancestor) return true;
      current = current.parent ? this.find(current.parent) : undefined;
    }
    return false;
  }

  isException(table: MethodTable): boolean {
    return !table.isFree && !table.isArray && this.derivesFrom(table, this.exceptionMethodTable);
  }
}

/** ``Dictionary`2+Entry`` with arguments: each nesting level takes as many as its backtick says. */
/** `Dictionary<T1, T2>` for ``Dictionary`2``; types nested in it keep their raw names. */
function openName(name: string): string {
  const match = /^([^`+]+)`(\d+)$/.exec(name);
  return match ? `${match[1]}<${Array.from({ length: Math.min(Number(match[2]), MAX_DEPTH) }, (_, i) => `T${i + 1}`).join(', ')}>` : name;
}

export function angleBrackets(name: string, args: readonly string[]): string {
  let next = 0;
  return name
    .split('+')
    .map((part) => {
      const match = /^(.*)`(\d+)$/s.exec(part);
      if (!match) return part;
      const own = args.slice(next, (next += Number(match[2])));
      return `${match[1]}<${own.join(', ')}>`;
    })
    .join('+');
}
