import { isDumpError } from '../bytes/index.ts';
import type { Address } from '../bytes/index.ts';
import { ElementType, primitiveName, SignatureReader } from '../image/index.ts';
import type { Metadata, MethodSig, TypeSig } from '../image/index.ts';
import type { MethodTable, Types } from './types.ts';

/** MethodDesc.Flags & 7 (vm/method.hpp, MethodClassification). */
export const MethodKind = { IL: 0, FCall: 1, PInvoke: 2, EEImpl: 3, Array: 4, Instantiated: 5, ComInterop: 6, Dynamic: 7 } as const;
const LCG_METHOD = 0x4000;
/** Get, Set and Address. */
const ARRAY_ACCESSORS = 3;
const MAX_ARGS = 256;
const MAX_DEPTH = 16;
const TYPE_DEF = 2;

/** A MethodDesc (vm/method.hpp). */
export interface Method {
  readonly address: Address;
  readonly kind: number;
  readonly slot: number;
  readonly flags: number;
  readonly methodTable: MethodTable;
  /** 0x06……; 0 for methods without metadata. */
  readonly token: number;
  /** Method name alone. */
  readonly name: string;
  /** `Namespace.Type.Method(System.String, Int32)` as SOS prints it. */
  readonly signature: string;
}

/** Methods and their texts. */
export class Methods {
  readonly #types: Types;
  readonly #known = new Map<Address, Method | undefined>();
  readonly #o;

  constructor(types: Types) {
    this.#types = types;
    const { layouts } = types.target;
    const md = (field: string) => layouts.offset('MethodDesc', field);
    this.#o = {
      token: md('Flags3AndTokenRemainder'), index: md('ChunkIndex'), slot: md('Slot'), flags: md('Flags'),
      chunk: layouts.size('MethodDescChunk'), chunkTable: layouts.offset('MethodDescChunk', 'MethodTable'), chunkRange: layouts.offset('MethodDescChunk', 'FlagsAndTokenRange'),
      alignment: layouts.tryGlobal('MethodDescAlignment') ?? types.target.shape.pointerSize, remainder: layouts.tryGlobal('MethodDescTokenRemainderBitCount') ?? 12,
    };
  }

  /** The MethodDesc at an address, or undefined when there is none. */
  find(address: Address): Method | undefined {
    if (this.#known.has(address)) return this.#known.get(address);
    let method: Method | undefined;
    try {
      method = this.#read(address);
    } catch (error) {
      if (!isDumpError(error)) throw error;
    }
    this.#known.set(address, method);
    return method;
  }

  #read(address: Address): Method | undefined {
    const m = this.#types.target.memory;
    const o = this.#o;
    if (!address || address % m.pointerSize !== 0 || !m.has(address, 8)) return undefined;
    const chunk = address - o.chunk - m.u8(address + o.index) * o.alignment;
    const methodTable = this.#types.find(m.pointer(chunk + o.chunkTable));
    if (!methodTable) return undefined;
    const bits = o.remainder;
    const rid = ((m.u16(chunk + o.chunkRange) & ((1 << (24 - bits)) - 1)) << bits) | (m.u16(address + o.token) & ((1 << bits) - 1));
    const flags = m.u16(address + o.flags);
    const kind = flags & 7;
    const base = { address, kind, flags, slot: m.u16(address + o.slot), methodTable };
    if (kind === MethodKind.Dynamic) return { ...base, token: 0, ...this.#dynamic(address) };
    const metadata = this.#types.moduleOf(methodTable).metadata;
    const typeName = this.#types.name(methodTable.address, 'sos');
    if (kind === MethodKind.Array) return { ...base, token: 0, ...this.#arrayMethod(methodTable, typeName, base.slot) };
    if (!metadata || rid === 0) return { ...base, token: 0, name: '', signature: `${typeName}.` };
    const name = metadata.methodName(rid);
    const given = kind === MethodKind.Instantiated ? this.#methodArguments(address) : [];
    // A definition is instantiated over its own variables, which debuggers show as !!0.
    const methodArgs = given.some((a) => this.#types.isTypeVariable(a)) ? [] : given;
    const instantiation = methodArgs.length ? `[[${methodArgs.map((a) => `${this.#types.name(a, 'sos')}, ${this.#types.assemblyOf(a)}`).join('],[')}]]` : '';
    const signature = this.#signatureText(metadata, metadata.methodSignature(rid), this.#types.typeArguments(methodTable), methodArgs);
    return { ...base, token: 0x06000000 + rid, name, signature: `${typeName}.${name}${instantiation}${signature}` };
  }

  /** Types and names a method's signature is made of; undefined for methods without one (arrays' own). */
  signatureOf(method: Method): MethodSig | undefined {
    if (method.kind === MethodKind.Dynamic) {
      const blob = this.#storedSignature(method.address);
      return blob && new SignatureReader(blob).method();
    }
    const { metadata } = this.#types.moduleOf(method.methodTable);
    return metadata && method.token ? new SignatureReader(metadata.methodSignature(method.token & 0xffffff)).method() : undefined;
  }

  /** What stands for the method's own type parameters, shared code in its canonical form. */
  methodArguments(method: Method): Address[] {
    return method.kind === MethodKind.Instantiated ? this.#methodArguments(method.address) : [];
  }

  /** Get, Set, Address and constructors, which the runtime makes for each array type (vm/array.cpp); they follow the virtual slots. */
  #arrayMethod(table: MethodTable, typeName: string, slot: number): { name: string; signature: string } {
    const { memory, layouts } = this.#types.target;
    const rank = this.#types.rank(table);
    const index = slot - memory.u16(table.address + layouts.offset('MethodTable', 'NumVirtuals'));
    const name = ['Get', 'Set', 'Address'][index] ?? '.ctor';
    const indexes = index < ARRAY_ACCESSORS ? rank : this.#constructorArguments(table, rank, index - ARRAY_ACCESSORS);
    const parameters = Array.from({ length: indexes }, () => 'Int32');
    if (name === 'Set') parameters.push(this.#handleText(table.perInstInfo));
    return { name, signature: `${typeName}.${name}(${parameters.join(', ')})` };
  }

  /** Vectors of vectors have a constructor for each level; arrays of several dimensions one with lengths and one with bounds, too. */
  #constructorArguments(table: MethodTable, rank: number, which: number): number {
    return this.#types.isSzArray(table) ? which + 1 : rank * (which + 1);
  }

  #methodArguments(address: Address): Address[] {
    const { memory, layouts } = this.#types.target;
    const list = memory.pointer(address + layouts.offset('InstantiatedMethodDesc', 'PerInstInfo'));
    const count = Math.min(memory.u16(address + layouts.offset('InstantiatedMethodDesc', 'NumGenericArgs')), MAX_ARGS);
    return list ? Array.from({ length: count }, (_, i) => memory.pointer(list + memory.pointerSize * i)) : [];
  }

  /** IL stubs and DynamicMethods: name and signature live in the MethodDesc itself. */
  #dynamic(address: Address): { name: string; signature: string } {
    const { memory, layouts } = this.#types.target;
    const nameAt = memory.pointer(address + layouts.offset('DynamicMethodDesc', 'MethodName'));
    const name = nameAt ? memory.utf8(nameAt, 1024) : '';
    const extended = memory.u32(address + layouts.offset('StoredSigMethodDesc', 'ExtendedFlags'));
    const type = extended & LCG_METHOD ? 'DynamicClass' : 'ILStubClass';
    const blob = this.#storedSignature(address);
    const signature = blob ? this.#signatureText(undefined, blob, [], []) : '()';
    return { name, signature: `${type}.${name}${signature}` };
  }

  #storedSignature(address: Address): Uint8Array | undefined {
    const { memory, layouts } = this.#types.target;
    const blob = memory.pointer(address + layouts.offset('StoredSigMethodDesc', 'Sig'));
    const size = Math.min(memory.u32(address + layouts.offset('StoredSigMethodDesc', 'cSig')), 4096);
    return blob && size ? memory.read(blob, size) : undefined;
  }

  #signatureText(metadata: Metadata | undefined, blob: Uint8Array, typeArgs: readonly Address[], methodArgs: readonly Address[]): string {
    const { parameters } = new SignatureReader(blob).method();
    return `(${parameters.map((p) => this.typeText(p, metadata, typeArgs, methodArgs)).join(', ')})`;
  }

  /** A type in SOS's signature form: `Int32`, `System.String`, ``Func`1<A,B>``, `T ByRef`; nested types without their enclosers. */
  typeText(sig: TypeSig, metadata: Metadata | undefined, typeArgs: readonly Address[], methodArgs: readonly Address[]): string {
    const inner = (s: TypeSig) => this.typeText(s, metadata, typeArgs, methodArgs);
    switch (sig.kind) {
      case 'primitive': return primitive(sig.element);
      case 'named': return this.#named(sig.coded, metadata, typeArgs, methodArgs);
      case 'pointer': return `${inner(sig.element)}*`;
      case 'byref': return `${inner(sig.element)} ByRef`;
      case 'szarray': return `${inner(sig.element)}[]`;
      case 'pinned': return inner(sig.element);
      case 'array': return `${inner(sig.element)}[${','.repeat(Math.max(0, sig.rank - 1))}]`;
      case 'var': return sig.index < typeArgs.length ? this.#handleText(typeArgs[sig.index]) : `!${sig.index}`;
      case 'mvar': return sig.index < methodArgs.length ? this.#handleText(methodArgs[sig.index]) : `!!${sig.index}`;
      case 'generic': return `${inner(sig.type)}<${sig.args.map(inner).join(',')}>`;
      case 'function': return `${inner(sig.method.returns)} (${sig.method.parameters.map(inner).join(', ')})`;
      case 'internal': return this.#handleText(sig.handle);
    }
  }

  /** A type that stands for a type variable: spelled like the rest of a signature. */
  #handleText(handle: Address, depth = 0): string {
    const table = this.#types.isTypeDesc(handle) || depth > MAX_DEPTH ? undefined : this.#types.find(handle);
    if (!table || table.isFree) return this.#types.name(handle, 'sos');
    if (table.isArray) {
      const rank = this.#types.rank(table);
      return `${this.#handleText(table.perInstInfo, depth + 1)}[${','.repeat(rank - 1)}]`;
    }
    const name = this.#types.moduleOf(table).metadata?.shortTypeName({ table: TYPE_DEF, rid: table.rid }) ?? this.#types.name(handle, 'sos');
    const args = this.#types.typeArguments(table);
    if (args.length > 0) return `${name}<${args.map((a) => this.#handleText(a, depth + 1)).join(',')}>`;
    return PRIMITIVE_NAMES.has(name) ? name.slice('System.'.length) : name;
  }

  #named(coded: number, metadata: Metadata | undefined, typeArgs: readonly Address[], methodArgs: readonly Address[]): string {
    if (!metadata) return '';
    const ref = metadata.typeDefOrRef(coded);
    if (ref.table !== 27) return metadata.shortTypeName(ref);
    const spec = new SignatureReader(metadata.blob(metadata.cell(27, ref.rid, 0))).type();
    return this.typeText(spec, metadata, typeArgs, methodArgs);
  }
}

const PRIMITIVE_NAMES = new Set([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 24, 25].map((e) => `System.${primitiveName(e)}`));

function primitive(element: number): string {
  const name = primitiveName(element) ?? '';
  if (element === ElementType.TypedByRef) return name;
  return PRIMITIVE_NAMES.has(`System.${name}`) ? name : `System.${name}`;
}
