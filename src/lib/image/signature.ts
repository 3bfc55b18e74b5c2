import { FormatError } from '../bytes/index.ts';
import type { Address } from '../bytes/index.ts';

/** CorElementType (ECMA-335 II.23.1.16; 0x21 and 0x22 are the runtime's own). */
export const ElementType = {
  Void: 1, Boolean: 2, Char: 3, I1: 4, U1: 5, I2: 6, U2: 7, I4: 8, U4: 9, I8: 10, U8: 11, R4: 12, R8: 13, String: 14, Ptr: 15, ByRef: 16,
  ValueType: 17, Class: 18, Var: 19, Array: 20, GenericInst: 21, TypedByRef: 22, I: 24, U: 25, FnPtr: 27, Object: 28, SzArray: 29, MVar: 30,
  CModReqd: 31, CModOpt: 32, Internal: 0x21, CModInternal: 0x22, Sentinel: 65, Pinned: 69,
} as const;

/** A type as a signature spells it. */
export type TypeSig =
  | { readonly kind: 'primitive'; readonly element: number }
  /** Class or value type by TypeDefOrRef coded index. */
  | { readonly kind: 'named'; readonly coded: number; readonly valueType: boolean }
  | { readonly kind: 'pointer' | 'byref' | 'szarray' | 'pinned'; readonly element: TypeSig }
  | { readonly kind: 'array'; readonly element: TypeSig; readonly rank: number }
  | { readonly kind: 'var' | 'mvar'; readonly index: number }
  | { readonly kind: 'generic'; readonly type: TypeSig; readonly args: readonly TypeSig[] }
  | { readonly kind: 'function'; readonly method: MethodSig }
  /** A runtime type handle stored in the signature itself (dynamic methods). */
  | { readonly kind: 'internal'; readonly handle: Address };

export interface MethodSig { readonly hasThis: boolean; readonly genericArity: number; readonly returns: TypeSig; readonly parameters: readonly TypeSig[] }

const MAX_DEPTH = 64;
const MAX_PARAMETERS = 4096;
const NAMES: Readonly<Record<number, string>> = {
  1: 'Void', 2: 'Boolean', 3: 'Char', 4: 'SByte', 5: 'Byte', 6: 'Int16', 7: 'UInt16', 8: 'Int32', 9: 'UInt32', 10: 'Int64', 11: 'UInt64',
  12: 'Single', 13: 'Double', 14: 'String', 22: 'TypedReference', 24: 'IntPtr', 25: 'UIntPtr', 28: 'Object',
};

/** `Int32` for ELEMENT_TYPE_I4 and so on; undefined for constructed types. */
export function primitiveName(element: number): string | undefined {
  return NAMES[element];
}

/** Reads signature blobs (ECMA-335 II.23.2). */
export class SignatureReader {
  readonly #bytes: Uint8Array;
  readonly #pointerSize: number;
  #at = 0;
  constructor(bytes: Uint8Array, pointerSize = 8) {
    this.#bytes = bytes;
    this.#pointerSize = pointerSize;
  }

  #byte(): number {
    if (this.#at >= this.#bytes.length) throw new FormatError('a signature ends early');
    return this.#bytes[this.#at++];
  }

  /** Compressed unsigned integer (II.23.2). */
  #number(): number {
    const first = this.#byte();
    if (first < 0x80) return first;
    if (first < 0xc0) return ((first & 0x3f) << 8) | this.#byte();
    return (((first & 0x1f) << 24) | (this.#byte() << 16) | (this.#byte() << 8) | this.#byte()) >>> 0;
  }

  type(depth = 0): TypeSig {
    if (depth > MAX_DEPTH) throw new FormatError('a signature is nested too deeply');
    const element = this.#byte();
    if (element in NAMES) return { kind: 'primitive', element };
    switch (element) {
      case ElementType.Ptr: return { kind: 'pointer', element: this.type(depth + 1) };
      case ElementType.ByRef: return { kind: 'byref', element: this.type(depth + 1) };
      case ElementType.SzArray: return { kind: 'szarray', element: this.type(depth + 1) };
      case ElementType.Pinned: return { kind: 'pinned', element: this.type(depth + 1) };
      case ElementType.ValueType:
      case ElementType.Class: return { kind: 'named', coded: this.#number(), valueType: element === ElementType.ValueType };
      case ElementType.Var: return { kind: 'var', index: this.#number() };
      case ElementType.MVar: return { kind: 'mvar', index: this.#number() };
      case ElementType.Array: return this.#array(depth);
      case ElementType.GenericInst: return this.#generic(depth);
      case ElementType.FnPtr: return { kind: 'function', method: this.method(depth + 1) };
      case ElementType.CModReqd:
      case ElementType.CModOpt:
        this.#number();
        return this.type(depth + 1);
      case ElementType.CModInternal:
        this.#at += 1 + this.#pointerSize;
        return this.type(depth + 1);
      case ElementType.Internal: return { kind: 'internal', handle: this.#handle() };
      case ElementType.Sentinel: return this.type(depth + 1);
      default: throw new FormatError(`element type 0x${element.toString(16)} in a signature`);
    }
  }

  #handle(): Address {
    let value = 0;
    for (let i = 0; i < this.#pointerSize; i++) value += this.#byte() * 2 ** (8 * i);
    return value;
  }

  #array(depth: number): TypeSig {
    const element = this.type(depth + 1);
    const rank = this.#number();
    for (let i = Math.min(this.#number(), 64); i > 0; i--) this.#number();
    for (let i = Math.min(this.#number(), 64); i > 0; i--) this.#number();
    return { kind: 'array', element, rank };
  }

  #generic(depth: number): TypeSig {
    const type = this.type(depth + 1);
    const count = Math.min(this.#number(), MAX_PARAMETERS);
    const args: TypeSig[] = [];
    for (let i = 0; i < count; i++) args.push(this.type(depth + 1));
    return { kind: 'generic', type, args };
  }

  method(depth = 0): MethodSig {
    const convention = this.#byte();
    const genericArity = convention & 0x10 ? this.#number() : 0;
    const count = this.#number();
    if (count > MAX_PARAMETERS) throw new FormatError(`a signature with ${count} parameters`);
    const returns = this.type(depth);
    const parameters: TypeSig[] = [];
    for (let i = 0; i < count; i++) parameters.push(this.type(depth));
    return { hasThis: (convention & 0x20) !== 0, genericArity, returns, parameters };
  }

  field(): TypeSig {
    this.#byte();
    return this.type();
  }

  /** Local variable signature (II.23.2.6). */
  locals(): TypeSig[] {
    this.#byte();
    const count = Math.min(this.#number(), MAX_PARAMETERS);
    return Array.from({ length: count }, () => this.type());
  }
}
