import { isDumpError } from '../bytes/index.ts';
import type { Address } from '../bytes/index.ts';
import { ElementType, SignatureReader } from '../image/index.ts';
import type { TypeSig } from '../image/index.ts';
import { MtFlag } from './types.ts';
import type { MethodTable, Types } from './types.ts';

const MAX_FIELDS = 1 << 14;

/** A FieldDesc (vm/field.h: 24 token bits and flags in the first word, 27 offset and 5 type bits in the second). */
export interface Field {
  /** Address of the FieldDesc. */
  readonly address: Address;
  readonly name: string;
  /** 0x04…… */
  readonly token: number;
  /** Offset in bytes behind the MethodTable pointer of an object, or inside a boxed value, or from the statics base. */
  readonly offset: number;
  /** CorElementType. */
  readonly element: number;
  readonly isStatic: boolean;
  readonly isThreadStatic: boolean;
  readonly isRva: boolean;
  /** MethodTable (as looked at) whose class declares the field. */
  readonly declaringType: MethodTable;
  /** Signature from metadata; undefined when it cannot be read. */
  readonly signature: TypeSig | undefined;
}

/** Fields of types, and where static ones live. */
export class Fields {
  readonly #types: Types;
  readonly #known = new Map<Address, readonly Field[]>();
  readonly #o;

  constructor(types: Types) {
    this.#types = types;
    const { layouts } = types.target;
    this.#o = {
      list: layouts.offset('EEClass', 'FieldDescList'),
      instance: layouts.tryOffset('EEClass', 'NumInstanceFields'),
      statics: layouts.tryOffset('EEClass', 'NumStaticFields'),
      size: layouts.size('FieldDesc'), first: layouts.offset('FieldDesc', 'DWord1'), second: layouts.offset('FieldDesc', 'DWord2'),
    };
  }

  /** Fields the type itself declares, instance fields first. */
  own(table: MethodTable): readonly Field[] {
    let fields = this.#known.get(table.address);
    if (!fields) this.#known.set(table.address, (fields = this.#read(table)));
    return fields;
  }

  /** Instance fields of the type and its ancestors, the most basic type first. */
  instance(table: MethodTable): Field[] {
    const chain: MethodTable[] = [];
    for (let current: MethodTable | undefined = table; current && chain.length < 256; current = current.parent ? this.#types.find(current.parent) : undefined) chain.push(current);
    return chain.reverse().flatMap((t) => this.own(t).filter((f) => !f.isStatic));
  }

  /** First instance field with this name, looking from the type to its ancestors. */
  find(table: MethodTable, name: string): Field | undefined {
    for (let current: MethodTable | undefined = table, depth = 0; current && depth < 256; depth++, current = current.parent ? this.#types.find(current.parent) : undefined) {
      const field = this.own(current).find((f) => f.name === name && !f.isStatic);
      if (field) return field;
    }
    return undefined;
  }

  #counts(table: MethodTable): { instance: number; statics: number } {
    const m = this.#types.target.memory;
    const metadata = this.#types.moduleOf(table).metadata;
    if (this.#o.instance !== undefined && this.#o.statics !== undefined) {
      const parent = table.parent ? this.#types.find(table.parent) : undefined;
      const inherited = parent?.eeClass ? m.u16(parent.eeClass + this.#o.instance) : 0;
      return { instance: m.u16(table.eeClass + this.#o.instance) - inherited, statics: m.u16(table.eeClass + this.#o.statics) };
    }
    // Runtimes without the counts: every field that is not a literal has a FieldDesc, instance ones first.
    if (!metadata || !table.rid) return { instance: 0, statics: 0 };
    const { first, end } = metadata.fieldsOf(table.rid);
    let instance = 0;
    let statics = 0;
    for (let rid = first; rid < end; rid++) {
      const flags = metadata.cell(4, rid, 0);
      if (flags & 0x40) continue;
      if (flags & 0x10) statics++;
      else instance++;
    }
    return { instance, statics };
  }

  #read(table: MethodTable): Field[] {
    if (table.isFree || table.isArray || !table.eeClass) return [];
    const m = this.#types.target.memory;
    const metadata = this.#types.moduleOf(table).metadata;
    const { instance, statics } = this.#counts(table);
    const total = instance + statics;
    const list = m.pointer(table.eeClass + this.#o.list);
    if (!list || total <= 0 || total > MAX_FIELDS) return [];
    const fields: Field[] = [];
    for (let i = 0; i < total; i++) {
      const address = list + i * this.#o.size;
      const first = m.u32(address + this.#o.first);
      const second = m.u32(address + this.#o.second);
      const rid = first & 0xffffff;
      let name = '';
      let signature: TypeSig | undefined;
      try {
        name = metadata?.fieldName(rid) ?? '';
        signature = metadata && new SignatureReader(metadata.fieldSignature(rid)).field();
      } catch (error) {
        if (!isDumpError(error)) throw error;
      }
      fields.push({
        address, name, signature, declaringType: table, token: 0x04000000 + rid, offset: second & 0x7ffffff, element: second >>> 27,
        isStatic: (first & 0x1000000) !== 0, isThreadStatic: (first & 0x2000000) !== 0, isRva: (first & 0x4000000) !== 0,
      });
    }
    return fields;
  }

  /** Address of a static field's storage; undefined when its class is not initialised or it has none (thread statics, RVA). */
  staticAddress(field: Field): Address | undefined {
    const { memory, layouts } = this.#types.target;
    const table = field.declaringType;
    if (!field.isStatic || field.isThreadStatic || field.isRva) return undefined;
    const gc = field.element === ElementType.Class || field.element === ElementType.ValueType;
    const local = layouts.tryOffset('Module', 'DomainLocalModule');
    if (local !== undefined) {
      // Up to .NET 8 (vm/appdomain.hpp): one block a module holds all statics; those of generic types lie elsewhere.
      const block = (table.flags & MtFlag.GenericsMask) === 0 ? memory.tryPointer(table.module + local) : 0;
      const base = block && gc ? memory.tryPointer(block + layouts.offset('DomainLocalModule', 'GCStatics')) : block;
      return base ? base + field.offset : undefined;
    }
    if ((table.flags2 & 2) === 0) return undefined;
    const auxiliary = memory.pointer(table.address + layouts.offset('MethodTable', 'AuxiliaryData'));
    const info = auxiliary - layouts.size('DynamicStaticsInfo');
    const tagged = memory.pointer(info + layouts.offset('DynamicStaticsInfo', gc ? 'GCStatics' : 'NonGCStatics'));
    const base = tagged - (tagged % 2);
    return base ? base + field.offset : undefined;
  }
}
