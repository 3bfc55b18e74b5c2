import { isDumpError } from '../bytes/index.ts';
import type { Address } from '../bytes/index.ts';
import { entryPointMethod, findTypeDef } from '../runtime/index.ts';
import type { Field, Method, MethodTable } from '../runtime/index.ts';
import type { Clr } from './clr.ts';

const MAX_SEGMENTS = 1 << 16;

/**
 * Fields of objects by name: how commands follow the class library's own data structures. Missing fields and unreadable
 * memory give `undefined`, since names differ between versions.
 */
export class Managed {
  readonly #clr: Clr;
  readonly #fields = new Map<MethodTable, Map<string, Field | undefined>>();

  constructor(clr: Clr) {
    this.#clr = clr;
  }

  /** Instance field of a type or its ancestors. */
  field(table: MethodTable, name: string): Field | undefined {
    let known = this.#fields.get(table);
    if (!known) this.#fields.set(table, (known = new Map()));
    if (!known.has(name)) known.set(name, this.#clr.fields.find(table, name));
    return known.get(name);
  }

  /** Address of a field inside an object. */
  at(object: Address, name: string): Address | undefined {
    const table = this.#clr.objects.find(object);
    const field = table && this.field(table, name);
    return field && object + this.#clr.target.shape.fields + field.offset;
  }

  /** Object a reference field points to: 0 for null, undefined when there is no such field or it holds no object. */
  ref(object: Address, name: string): Address | undefined {
    const at = this.at(object, name);
    const target = at === undefined ? undefined : this.#clr.memory.tryPointer(at);
    return target === undefined || (target !== 0 && !this.#clr.objects.find(target)) ? undefined : target;
  }

  /** 32 bits of a field. */
  u32(object: Address, name: string): number | undefined {
    const at = this.at(object, name);
    return at === undefined ? undefined : this.#clr.memory.tryU32(at);
  }

  pointer(object: Address, name: string): Address | undefined {
    const at = this.at(object, name);
    return at === undefined ? undefined : this.#clr.memory.tryPointer(at);
  }

  /** Loaded type of the core library by its full name. */
  coreType(name: string): MethodTable | undefined {
    const module = this.#clr.typeLookup.coreLib();
    const rid = module ? findTypeDef(module, name) : 0;
    const address = module && rid ? this.#clr.modules.lookup(module.address, 'TypeDefToMethodTableMap', rid) : 0;
    return address ? this.#clr.types.find(address) : undefined;
  }

  /** Where a static field lives; undefined when its class is not initialised or has no such field. */
  staticAt(table: MethodTable, name: string): Address | undefined {
    try {
      const field = this.#clr.fields.own(table).find((f) => f.isStatic && f.name === name);
      return field && this.#clr.fields.staticAddress(field);
    } catch (error) {
      if (isDumpError(error)) return undefined;
      throw error;
    }
  }

  staticRef(table: MethodTable, name: string): Address | undefined {
    const at = this.staticAt(table, name);
    const target = at === undefined ? undefined : this.#clr.memory.tryPointer(at);
    return target && this.#clr.objects.find(target) ? target : undefined;
  }

  /** Type name of an object in today's spelling. */
  typeName(object: Address): string {
    const table = this.#clr.objects.find(object);
    return table ? this.#clr.types.name(table.address, 'managed') : '';
  }

  /** Elements of an array of references, null ones included; empty for anything else. */
  *elements(array: Address): Generator<Address> {
    const table = this.#clr.objects.find(array);
    if (!table?.isArray || table.componentSize !== this.#clr.memory.pointerSize) return;
    const start = this.#clr.objects.elementsStart(array, table);
    const count = this.#clr.objects.length(array);
    for (let i = 0; i < count; i++) yield this.#clr.memory.tryPointer(start + this.#clr.memory.pointerSize * i) ?? 0;
  }

  /** Items of a ConcurrentQueue: segments from the head, their slots in memory order, as SOS lists them. */
  *queueItems(queue: Address): Generator<Address> {
    const seen = new Set<Address>();
    for (let segment = this.ref(queue, '_head'); segment && !seen.has(segment) && seen.size < MAX_SEGMENTS; segment = this.ref(segment, '_nextSegment')) {
      seen.add(segment);
      const slots = this.ref(segment, '_slots');
      const table = slots ? this.#clr.objects.find(slots) : undefined;
      if (!slots || !table?.isArray) continue;
      const slot = this.#clr.types.find(table.perInstInfo);
      const item = slot && this.field(slot, 'Item');
      if (!item) continue;
      const start = this.#clr.objects.elementsStart(slots, table) + item.offset;
      const count = this.#clr.objects.length(slots);
      for (let i = 0; i < count; i++) {
        const target = this.#clr.memory.tryPointer(start + i * table.componentSize);
        if (target && this.#clr.objects.find(target)) yield target;
      }
    }
  }

  /** Method a delegate calls: through its code, or for static ones through the second pointer. */
  delegateMethod(delegate: Address, withAux = true): Method | undefined {
    for (const name of withAux ? ['_methodPtr', '_methodPtrAux'] : ['_methodPtr']) {
      const code = this.pointer(delegate, name);
      const method = code ? entryPointMethod(this.#clr.target, this.#clr.code, this.#clr.methods, code) : undefined;
      if (method) return method;
    }
    return undefined;
  }
}
