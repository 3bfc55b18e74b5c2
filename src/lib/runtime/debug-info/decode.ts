import { FormatError } from '../../bytes/index.ts';
import { NibbleReader } from './nibbles.ts';

/** Register number that means the stack pointer as it is in the method's body, by bytes of a pointer (inc/cordebuginfo.h, REGNUM_AMBIENT_SP). */
export const AmbientSp: Readonly<Record<4 | 8, number>> = { 4: 9, 8: 17 };
/** Special IL offsets (inc/cordebuginfo.h, MappingTypes). */
export const IlOffset = { NoMapping: -1, Prolog: -2, Epilog: -3 } as const;
const LOWEST_IL_OFFSET = -3;
/** Numbers of entries that describe what a call returns (CALL_RETURN_ILNUM): they name the call instead of an end. */
const CALL_RETURN = -5;
const MAX_BLOB = 1 << 24;
const MAX_ENTRIES = 1 << 20;
const INSTRUMENTED = 0xffffffff;
/** A header that begins with this gives the sizes of all chunks. */
const FAT = 0;
const FAT_CHUNKS = 6;
const Extra = { Patchpoint: 1, Rich: 2 } as const;

/** What of the format depends on where the blob comes from. */
export interface DebugInfoEncoding {
  /** Jitted code: a byte in front tells what else lies before the numbers. */
  readonly flagByte: boolean;
  /** PatchpointInfo, what on-stack replacement needs: a header of so many bytes with the number of locals in it, then 4 bytes a local. */
  readonly patchpoint: { readonly header: number; readonly locals: number };
  /** Bounds in fixed bit fields (.NET 10; ReadyToRun images from 16 on) instead of nibbles. */
  readonly packedBounds: boolean;
  /** Since .NET 11: no flags in front, a header with the sizes of chunks, three bits for the kind of a bound, a variable's number before its stretch. */
  readonly chunks: boolean;
  /** MAX_ILNUM: the lowest of the negative numbers that stand for the return buffer, the type context and the like. */
  readonly lowestVariable: number;
  /** Stack offsets are stored divided by this, as unsigned numbers of 32 bits: 4 on x86. */
  readonly stackUnit: number;
}

/** Native code from here on belongs to this IL offset (or an IlOffset). Offsets in bytes from the start of the method. */
export interface Bound { readonly native: number; readonly il: number }

/** Where a variable is (inc/cordebuginfo.h, VarLoc); registers by number, one of them (see AmbientSp) is the stack pointer of the method's body. */
export type VariableLocation =
  | { readonly kind: 'register'; readonly register: number; readonly byRef: boolean }
  | { readonly kind: 'stack'; readonly base: number; readonly offset: number; readonly byRef: boolean }
  | { readonly kind: 'stack2'; readonly base: number; readonly offset: number }
  /** Two halves, the first one first. */
  | { readonly kind: 'pair'; readonly parts: readonly [VariableHalf, VariableHalf] }
  /** A floating-point register, the x87 stack, or the fixed part of a variable argument list. */
  | { readonly kind: 'other'; readonly name: 'float register' | 'x87 stack' | 'varargs'; readonly value: number };
export type VariableHalf = { readonly register: number } | { readonly base: number; readonly offset: number };

/** A variable in a stretch of code: arguments first (`this` is 0), locals behind them; negative numbers are the JIT's own. */
export interface VariableRange { readonly start: number; readonly end: number; readonly variable: number; readonly location: VariableLocation }

export interface DebugInfo { readonly bounds: readonly Bound[]; readonly variables: readonly VariableRange[] }

/** Decodes a blob (vm/debuginfostore.cpp). Throws FormatError for data that cannot be debug info, and what `byte` throws. */
export function decodeDebugInfo(byte: (offset: number) => number, encoding: DebugInfoEncoding): DebugInfo {
  const { bounds, otherBounds, variables } = encoding.chunks ? chunks(byte) : beforeChunks(byte, encoding);
  if (bounds.size + otherBounds.size + variables.size > MAX_BLOB) throw new FormatError(`debug info of ${bounds.size + otherBounds.size + variables.size} bytes`);
  // A profiler's IL has bounds of its own; the others speak of the IL in the image.
  const own = otherBounds.size ? otherBounds : bounds;
  return {
    bounds: own.size ? decodeBounds(limited(byte, own), encoding, own.size) : [],
    variables: variables.size ? decodeVariables(limited(byte, variables), variables.size, encoding) : [],
  };
}

interface Chunk { readonly at: number; readonly size: number }
interface Chunks { readonly bounds: Chunk; readonly otherBounds: Chunk; readonly variables: Chunk }

function beforeChunks(byte: (offset: number) => number, encoding: DebugInfoEncoding): Chunks {
  const start = encoding.flagByte ? extraSize(byte, encoding) : 0;
  const header = new NibbleReader((offset) => byte(start + offset));
  let size = header.unsigned();
  let other = 0;
  if (size === INSTRUMENTED) {
    size = header.unsigned();
    other = header.unsigned();
  }
  const variables = header.unsigned();
  const at = start + header.nextByte;
  return { bounds: { at, size }, otherBounds: { at: at + size, size: other }, variables: { at: at + size + other, size: variables } };
}

/** Sizes first: of bounds and variables, or behind a mark those of all chunks (docs/design/datacontracts/DebugInfo.md). */
function chunks(byte: (offset: number) => number): Chunks {
  const header = new NibbleReader(byte);
  const first = header.unsigned();
  const [size, variables, other = 0] = first === FAT ? Array.from({ length: FAT_CHUNKS }, () => header.unsigned()) : [first, header.unsigned()];
  const at = header.nextByte;
  return { bounds: { at, size }, variables: { at: at + size, size: variables }, otherBounds: { at: at + size + variables, size: other } };
}

function limited(byte: (offset: number) => number, { at, size }: Chunk): (offset: number) => number {
  return (offset) => {
    if (offset >= size) throw new FormatError('debug info ends early');
    return byte(at + offset);
  };
}

/** Bytes in front of the header: what on-stack replacement needs, and the inline tree. */
function extraSize(byte: (offset: number) => number, { patchpoint }: DebugInfoEncoding): number {
  const u32 = (at: number) => byte(at) + byte(at + 1) * 2 ** 8 + byte(at + 2) * 2 ** 16 + byte(at + 3) * 2 ** 24;
  const flags = byte(0);
  if (flags & ~(Extra.Patchpoint | Extra.Rich)) throw new FormatError(`debug info has the flags 0x${flags.toString(16)}`);
  let at = 1;
  if (flags & Extra.Patchpoint) at += patchpoint.header + 4 * Math.min(u32(at + patchpoint.locals), MAX_ENTRIES);
  if (flags & Extra.Rich) at += 4 + Math.min(u32(at), MAX_BLOB);
  return at;
}

function entryCount(r: NibbleReader, size: number): number {
  const count = r.unsigned();
  // No entry is smaller than two bits.
  if (count > Math.min(MAX_ENTRIES, size * 4)) throw new FormatError(`debug info has ${count} entries in ${size} bytes`);
  return count;
}

function decodeBounds(byte: (offset: number) => number, encoding: DebugInfoEncoding, size: number): Bound[] {
  const r = new NibbleReader(byte);
  const count = entryCount(r, size);
  const bounds: Bound[] = [];
  let native = 0;
  if (!encoding.packedBounds) {
    for (let i = 0; i < count; i++) {
      native += r.unsigned();
      bounds.push({ native, il: r.unsigned() + LOWEST_IL_OFFSET });
      r.unsigned();
    }
    return bounds;
  }
  const nativeBits = r.unsigned() + 1;
  const ilBits = r.unsigned() + 1;
  if (nativeBits > 32 || ilBits > 32) throw new FormatError(`debug info has fields of ${nativeBits} and ${ilBits} bits`);
  let position = r.nextByte * 8;
  const bits = (width: number): number => {
    let value = 0;
    for (let done = 0; done < width; ) {
      const take = Math.min(8 - (position & 7), width - done);
      value += ((byte(position >> 3) >> (position & 7)) & ((1 << take) - 1)) * 2 ** done;
      position += take;
      done += take;
    }
    return value;
  };
  for (let i = 0; i < count; i++) {
    // What kind of place it is (a call, an empty stack) does not matter here.
    bits(encoding.chunks ? 3 : 2);
    native += bits(nativeBits);
    bounds.push({ native, il: bits(ilBits) + LOWEST_IL_OFFSET });
  }
  return bounds;
}

function decodeVariables(byte: (offset: number) => number, size: number, { stackUnit, chunks: numberFirst, lowestVariable }: DebugInfoEncoding): VariableRange[] {
  const r = new NibbleReader(byte);
  const count = entryCount(r, size);
  const variables: VariableRange[] = [];
  for (let i = 0; i < count; i++) {
    let variable = numberFirst ? r.unsigned() + lowestVariable : 0;
    const start = r.unsigned();
    let length = r.unsigned();
    if (!numberFirst) variable = r.unsigned() + lowestVariable;
    else if (variable === CALL_RETURN) length = 1;
    const end = start + length;
    variables.push({ start, end, variable, location: decodeLocation(r, () => (r.signed() * stackUnit) | 0) });
  }
  return variables;
}

/** VarLocType and what follows it. */
function decodeLocation(r: NibbleReader, stackOffset: () => number): VariableLocation {
  const type = r.unsigned();
  switch (type) {
    case 0:
    case 1: return { kind: 'register', register: r.unsigned(), byRef: type === 1 };
    case 2: return { kind: 'other', name: 'float register', value: r.unsigned() };
    case 3:
    case 4: return { kind: 'stack', base: r.unsigned(), offset: stackOffset(), byRef: type === 4 };
    case 5: return { kind: 'pair', parts: [{ register: r.unsigned() }, { register: r.unsigned() }] };
    case 6: return { kind: 'pair', parts: [{ register: r.unsigned() }, { base: r.unsigned(), offset: stackOffset() }] };
    case 7: {
      const offset = stackOffset();
      return { kind: 'pair', parts: [{ base: r.unsigned(), offset }, { register: r.unsigned() }] };
    }
    case 8: return { kind: 'stack2', base: r.unsigned(), offset: stackOffset() };
    case 9: return { kind: 'other', name: 'x87 stack', value: r.unsigned() };
    case 10: return { kind: 'other', name: 'varargs', value: r.unsigned() };
    default: throw new FormatError(`debug info has a variable location of type ${type}`);
  }
}

/** The IL offset (or IlOffset) that native code at an offset belongs to; the last stretch is open. undefined: no bound covers it. */
export function ilOffsetAt({ bounds }: DebugInfo, offset: number): number | undefined {
  return bounds.find(({ native }, i) => offset >= native && offset < (bounds[i + 1]?.native ?? Infinity))?.il;
}

/** Where a variable is at an offset; both ends of its stretches count, as for the debugger's interface. */
export function variableAt(info: DebugInfo, variable: number, offset: number): VariableLocation | undefined {
  return info.variables.find((v) => v.variable === variable && v.start <= offset && v.end >= offset)?.location;
}
