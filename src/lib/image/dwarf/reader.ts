import { FormatError } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import type { AddressSpace } from '../../memory/index.ts';

const MAX_LEB_BYTES = 10;

/** DW_EH_PE_* (Linux Standard Base, "DWARF Extensions"): the low four bits say how a value is stored, the next three what it is relative to. */
export const Encoding = { Absolute: 0, ULeb: 1, U2: 2, U4: 3, U8: 4, SLeb: 9, S2: 10, S4: 11, S8: 12, PcRelative: 0x10, TextRelative: 0x20, DataRelative: 0x30, FunctionRelative: 0x40, Aligned: 0x50, Indirect: 0x80, Omit: 0xff } as const;

/** What encoded pointers may be relative to. */
export interface PointerBases { readonly data?: Address; readonly text?: Address; readonly function?: Address }

/** A cursor over DWARF data in the dump's memory; throws FormatError at the end of its range, ReadError where memory is missing. */
export class DwarfReader {
  readonly memory: AddressSpace;
  readonly end: Address;
  at: Address;

  constructor(memory: AddressSpace, at: Address, end: Address) {
    this.memory = memory;
    this.at = at;
    this.end = end;
  }

  #take(bytes: number): Address {
    const at = this.at;
    if (!(at + bytes <= this.end)) throw new FormatError(`unwind data at 0x${at.toString(16)} runs over its end`);
    this.at = at + bytes;
    return at;
  }

  skip(bytes: number): void {
    this.#take(bytes);
  }

  u8(): number {
    return this.memory.u8(this.#take(1));
  }

  u16(): number {
    return this.memory.u16(this.#take(2));
  }

  u32(): number {
    return this.memory.u32(this.#take(4));
  }

  big64(): bigint {
    return this.memory.big64(this.#take(8));
  }

  /** LEB128 as a bigint; bits above 64 are dropped. */
  #leb(signed: boolean): bigint {
    let value = 0n;
    for (let i = 0; i < MAX_LEB_BYTES; i++) {
      const byte = this.u8();
      value |= BigInt(byte & 0x7f) << BigInt(7 * i);
      if (byte & 0x80) continue;
      return signed && byte & 0x40 ? BigInt.asIntN(64, value - (1n << BigInt(7 * (i + 1)))) : BigInt.asUintN(64, value);
    }
    throw new FormatError(`a number at 0x${this.at.toString(16)} does not end`);
  }

  uleb(): number {
    return Number(this.#leb(false));
  }

  sleb(): number {
    return Number(this.#leb(true));
  }

  ulebBig(): bigint {
    return this.#leb(false);
  }

  slebBig(): bigint {
    return this.#leb(true);
  }

  /** NUL-terminated text of at most `limit` bytes. */
  text(limit: number): string {
    let text = '';
    for (let i = 0; i < limit; i++) {
      const byte = this.u8();
      if (byte === 0) return text;
      text += String.fromCharCode(byte);
    }
    throw new FormatError(`a string at 0x${this.at.toString(16)} does not end`);
  }

  /** A pointer in one of the DW_EH_PE encodings; undefined for "omitted". */
  pointer(encoding: number, bases: PointerBases = {}): Address | undefined {
    if (encoding === Encoding.Omit) return undefined;
    const place = this.at;
    const raw = this.#raw(encoding & 15);
    if (raw === 0) return 0;
    const value = raw + base(encoding & 0x70, place, bases);
    return encoding & Encoding.Indirect ? this.memory.pointer(value) : value;
  }

  #raw(format: number): number {
    switch (format) {
      case Encoding.Absolute: return this.memory.pointerSize === 8 ? Number(this.big64()) : this.u32();
      case Encoding.ULeb: return this.uleb();
      case Encoding.U2: return this.u16();
      case Encoding.U4: return this.u32();
      case Encoding.U8: return Number(this.big64());
      case Encoding.SLeb: return this.sleb();
      case Encoding.S2: return (this.u16() << 16) >> 16;
      case Encoding.S4: return this.u32() | 0;
      case Encoding.S8: return Number(BigInt.asIntN(64, this.big64()));
      default: throw new FormatError(`pointer encoding 0x${format.toString(16)} is not known`);
    }
  }
}

function base(application: number, place: Address, bases: PointerBases): Address {
  if (application === 0) return 0;
  const value = application === Encoding.PcRelative ? place : application === Encoding.DataRelative ? bases.data : application === Encoding.TextRelative ? bases.text : application === Encoding.FunctionRelative ? bases.function : undefined;
  if (value === undefined) throw new FormatError(`pointer encoding 0x${application.toString(16)} has no base here`);
  return value;
}
