import { isDumpError } from '../bytes/index.ts';
import type { Address } from '../bytes/index.ts';
import type { Types } from '../runtime/index.ts';
import type { Objects } from './objects.ts';

const MAX_FRAMES = 10_000;

/** StackTraceElement flags (vm/clrex.h). */
export const StackFlag = { LastFromForeign: 1, IpAdjusted: 2 } as const;

/** One frame of a stored stack trace. */
export interface ExceptionFrame { readonly ip: Address; readonly sp: Address; readonly methodDesc: Address; readonly flags: number }

/** A managed exception (vm/object.h ExceptionObject). */
export interface ExceptionObject {
  readonly address: Address;
  readonly typeName: string;
  /** undefined when `_message` is null. */
  readonly message: string | undefined;
  readonly inner: Address;
  /** Unsigned 32 bits. */
  readonly hresult: number;
  readonly xcode: number;
  readonly stackTrace: Address;
  readonly stackTraceString: string | undefined;
  readonly remoteStackTraceString: string | undefined;
  readonly frames: readonly ExceptionFrame[];
}

/** Reads exception objects. */
export class Exceptions {
  readonly #types: Types;
  readonly #objects: Objects;

  constructor(types: Types, objects: Objects) {
    this.#types = types;
    this.#objects = objects;
  }

  /** The exception at an address; undefined when the object is not an exception. */
  find(address: Address): ExceptionObject | undefined {
    const table = this.#objects.find(address);
    if (!table || !this.#types.isException(table)) return undefined;
    const { memory, layouts } = this.#types.target;
    const pointer = (field: string) => memory.tryPointer(address + layouts.offset('Exception', field)) ?? 0;
    const u32 = (field: string) => memory.tryU32(address + layouts.offset('Exception', field)) ?? 0;
    const stackTrace = pointer('_stackTrace');
    return {
      address, stackTrace,
      typeName: this.#types.name(table.address, 'sos'),
      message: this.#objects.tryString(pointer('_message')),
      inner: pointer('_innerException'),
      hresult: u32('_HResult'), xcode: u32('_xcode'),
      stackTraceString: this.#objects.tryString(pointer('_stackTraceString')),
      remoteStackTraceString: this.#objects.tryString(pointer('_remoteStackTraceString')),
      frames: this.#frames(stackTrace),
    };
  }

  /** `_stackTrace`: the byte array itself, or since .NET 9 an object array whose first element is it. */
  #frames(stackTrace: Address): ExceptionFrame[] {
    if (!stackTrace) return [];
    const { memory, shape, layouts } = this.#types.target;
    const p = shape.pointerSize;
    // StackTraceElement {ip, sp, MethodDesc, flags}; the header is two counts and the thread (vm/object.h StackTraceArray).
    const stride = 4 * p;
    const header = layouts.tryOffset('StackTraceArray', '!') ?? 8 + p;
    try {
      const table = this.#objects.tableOf(stackTrace);
      const bytes = table.componentSize === p ? memory.pointer(stackTrace + shape.elements) : stackTrace;
      if (!bytes || this.#objects.tableOf(bytes).componentSize !== 1) return [];
      const length = this.#objects.length(bytes);
      const start = bytes + shape.elements;
      const count = Math.min(memory.u32(start), Math.floor((length - header) / stride), MAX_FRAMES);
      const frames: ExceptionFrame[] = [];
      for (let i = 0; i < count; i++) {
        const at = start + header + i * stride;
        frames.push({ ip: memory.pointer(at), sp: memory.pointer(at + p), methodDesc: memory.pointer(at + 2 * p), flags: memory.u32(at + 3 * p) });
      }
      return frames;
    } catch (error) {
      if (isDumpError(error)) return [];
      throw error;
    }
  }
}
