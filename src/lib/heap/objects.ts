import { decodeUtf16, FormatError, isDumpError } from '../bytes/index.ts';
import type { Address } from '../bytes/index.ts';
import type { MethodTable, ObjectShape, Types } from '../runtime/index.ts';

const MAX_STRING = 1 << 24;

/** Single objects: their type, size, strings and array elements. */
export class Objects {
  readonly #types: Types;
  readonly #shape: ObjectShape;

  constructor(types: Types) {
    this.#types = types;
    this.#shape = types.target.shape;
  }

  /** MethodTable of the object, or undefined when there is no object. Mark bits in the header are ignored. */
  find(address: Address): MethodTable | undefined {
    const m = this.#types.target.memory;
    if (!address || address % this.#shape.alignment !== 0) return undefined;
    const pointer = m.tryPointer(address);
    if (!pointer) return undefined;
    const table = this.#types.find(pointer - (pointer % (this.#shape.markBits + 1)));
    return table && table.baseSize >= this.#shape.minBaseSize ? table : undefined;
  }

  /** Like `find`; throws FormatError when there is no object. */
  tableOf(address: Address): MethodTable {
    const table = this.find(address);
    if (!table) throw new FormatError(`no object at 0x${address.toString(16)}`);
    return table;
  }

  /** Bytes of the object, not rounded up, at least those of the smallest object. */
  size(address: Address, table = this.tableOf(address)): number {
    return Math.max(this.#shape.minSize, this.bareSize(address, table));
  }

  /** Bytes by the MethodTable alone: an empty string has 22. */
  bareSize(address: Address, table: MethodTable): number {
    return table.baseSize + (table.componentSize ? table.componentSize * this.length(address) : 0);
  }

  /** Number of elements of an array or characters of a string. */
  length(address: Address): number {
    return this.#types.target.memory.u32(address + this.#shape.fields);
  }

  /** Text of a string object, cut at `limit` characters; undefined when it is not a string. */
  string(address: Address, limit = MAX_STRING): string | undefined {
    const table = this.find(address);
    if (!table?.isString) return undefined;
    const length = Math.min(this.length(address), limit, MAX_STRING);
    return decodeUtf16(this.#types.target.memory.read(address + this.#shape.chars, 2 * length));
  }

  /** Like `string`, undefined for null or unreadable strings too. */
  tryString(address: Address, limit?: number): string | undefined {
    try {
      return address ? this.string(address, limit) : undefined;
    } catch (error) {
      if (isDumpError(error)) return undefined;
      throw error;
    }
  }

  /** Address of the first element of an array. */
  elementsStart(address: Address, table: MethodTable): Address {
    return address + (this.#types.isSzArray(table) ? this.#shape.elements : table.baseSize - this.#shape.pointerSize);
  }
}
