import { FormatError } from '../../bytes/index.ts';
import { BitReader } from './bits.ts';
import { Base, HEADER_FLAG_BITS, HeaderFlag } from './encoding.ts';
import type { GcInfoEncoding } from './encoding.ts';

/** Code of one method is never longer; a larger number comes from damaged data. */
const MAX_CODE = 1 << 28;
const MAX_SLOTS = 1 << 16;
const MAX_POINTS = 1 << 20;
/** RBP's number: the base register is stored XORed with it. */
const RBP = 5;

/** A place that can hold a reference: a register, or a stack slot at `offset` bytes from `base` (SlotBase). */
export type GcSlot =
  | { readonly kind: 'register'; readonly register: number; readonly flags: number }
  | { readonly kind: 'stack'; readonly base: number; readonly offset: number; readonly flags: number };

/** What GC info says of a method before the life times of its slots (vm/gcinfodecoder.cpp). Offsets are bytes of code. */
export interface GcInfo {
  readonly encoding: GcInfoEncoding;
  readonly reader: BitReader;
  readonly slim: boolean;
  readonly headerFlags: number;
  /** 0 scalar, 1 object, 2 by-ref, two bits a register; undefined where the version does not store it. */
  readonly returnKind: number | undefined;
  readonly codeLength: number;
  readonly prologSize: number;
  /** Slots relative to the caller's stack pointer, in bytes; undefined: none. */
  readonly gsCookie: { readonly slot: number; readonly start: number; readonly end: number } | undefined;
  readonly pspSym: number | undefined;
  readonly genericsContext: { readonly slot: number; readonly kind: 'MT' | 'MD' | 'THIS' } | undefined;
  readonly stackBaseRegister: number | undefined;
  readonly editAndContinueArea: number | undefined;
  readonly reversePInvokeFrame: number | undefined;
  readonly stackArea: number;
  /** Offsets as stored (see GcInfoEncoding.safePointBias), ascending. */
  readonly safePoints: readonly number[];
  /** Stretches of code in which a GC may stop anywhere. */
  readonly ranges: readonly { readonly start: number; readonly end: number }[];
  /** Registers, stack slots, then untracked stack slots, which are live everywhere. */
  readonly slots: readonly GcSlot[];
  readonly tracked: number;
  /** Bit position behind the slot table: the life times. */
  readonly lifetimes: number;
}

/** Decodes header, safe points, ranges and slot table. Throws FormatError for data that cannot be GC info, and what `byte` throws. */
export function decodeGcInfo(byte: (offset: number) => number, encoding: GcInfoEncoding): GcInfo {
  const r = new BitReader(byte);
  const slim = r.bit() === 0;
  const header = slim ? slimHeader(r, encoding) : fatHeader(r, encoding);
  const { codeLength } = header;
  const safePointCount = r.unsigned(Base.SafePoints);
  const rangeCount = slim ? 0 : r.unsigned(Base.Ranges);
  const limit = Math.min(codeLength, MAX_POINTS);
  if (safePointCount > limit || rangeCount > limit) throw new FormatError(`GC info has ${safePointCount} safe points and ${rangeCount} ranges in ${codeLength} bytes of code`);
  const offsetBits = ceilLog2(codeLength);
  const safePoints: number[] = [];
  for (let i = 0; i < safePointCount; i++) safePoints.push(r.bits(offsetBits));
  const ranges: { start: number; end: number }[] = [];
  for (let i = 0, last = 0; i < rangeCount; i++) {
    const start = last + r.unsigned(Base.RangeStart);
    last = start + r.unsigned(Base.RangeLength) + 1;
    if (last > codeLength) throw new FormatError(`GC info has an interruptible range to ${last} in ${codeLength} bytes of code`);
    ranges.push({ start, end: last });
  }
  const { slots, tracked } = slotTable(r);
  return { encoding, reader: r, slim, ...header, safePoints, ranges, slots, tracked, lifetimes: r.position };
}

type Header = Pick<GcInfo, 'headerFlags' | 'returnKind' | 'codeLength' | 'prologSize' | 'gsCookie' | 'pspSym' | 'genericsContext' | 'stackBaseRegister' | 'editAndContinueArea' | 'reversePInvokeFrame' | 'stackArea'>;

function slimHeader(r: BitReader, encoding: GcInfoEncoding): Header {
  const frame = r.bit() === 1;
  const returnKind = encoding.slimReturnKind ? r.bits(encoding.slimReturnKind) : undefined;
  return {
    headerFlags: frame ? HeaderFlag.StackBaseRegister : 0, returnKind, codeLength: readCodeLength(r), prologSize: 0, gsCookie: undefined, pspSym: undefined,
    genericsContext: undefined, stackBaseRegister: frame ? RBP : undefined, editAndContinueArea: undefined, reversePInvokeFrame: undefined, stackArea: 0,
  };
}

function fatHeader(r: BitReader, encoding: GcInfoEncoding): Header {
  const flags = r.bits(HEADER_FLAG_BITS);
  const has = (flag: number) => (flags & flag) !== 0;
  const returnKind = encoding.fatReturnKind ? r.bits(encoding.fatReturnKind) : undefined;
  const codeLength = readCodeLength(r);
  const prologSize = has(HeaderFlag.GsCookie | HeaderFlag.GenericsContext) ? r.unsigned(Base.PrologSize) + 1 : 0;
  const epilogSize = has(HeaderFlag.GsCookie) ? r.unsigned(Base.EpilogSize) : 0;
  const gsCookie = has(HeaderFlag.GsCookie) ? { slot: r.signed(Base.GsCookie) * 8, start: prologSize, end: codeLength - epilogSize } : undefined;
  const pspSym = encoding.pspSym && has(HeaderFlag.PspSym) ? r.signed(Base.PspSym) * 8 : undefined;
  const kind = (['MT', 'MD', 'THIS'] as const)[((flags & HeaderFlag.GenericsContext) >> 4) - 1];
  const genericsContext = kind ? { slot: r.signed(Base.GenericsContext) * 8, kind } : undefined;
  const stackBaseRegister = has(HeaderFlag.StackBaseRegister) ? r.unsigned(Base.StackBaseRegister) ^ RBP : undefined;
  const editAndContinueArea = has(HeaderFlag.EditAndContinue) ? r.unsigned(Base.EditAndContinue) : undefined;
  const reversePInvokeFrame = has(HeaderFlag.ReversePInvokeFrame) ? r.signed(Base.ReversePInvokeFrame) * 8 : undefined;
  const stackArea = r.unsigned(Base.StackArea) * 8;
  return { headerFlags: flags, returnKind, codeLength, prologSize, gsCookie, pspSym, genericsContext, stackBaseRegister, editAndContinueArea, reversePInvokeFrame, stackArea };
}

function readCodeLength(r: BitReader): number {
  const length = r.unsigned(Base.CodeLength);
  if (length === 0 || length > MAX_CODE) throw new FormatError(`GC info is for ${length} bytes of code`);
  return length;
}

/** Bits an offset into code of this length takes. */
export function ceilLog2(value: number): number {
  return value <= 1 ? 0 : 32 - Math.clz32(value - 1);
}

/** Slots whose predecessor had no flags inherit that and store a distance only. */
function slotTable(r: BitReader): { slots: GcSlot[]; tracked: number } {
  const registers = r.bit() ? r.unsigned(Base.Registers) : 0;
  const hasStack = r.bit() === 1;
  const stack = hasStack ? r.unsigned(Base.StackSlots) : 0;
  const untracked = hasStack ? r.unsigned(Base.Untracked) : 0;
  if (registers + stack + untracked > MAX_SLOTS) throw new FormatError(`GC info has ${registers + stack + untracked} slots`);
  const slots: GcSlot[] = [];
  for (let i = 0, register = 0, flags = 1; i < registers; i++) {
    if (flags || i === 0) {
      register = r.unsigned(Base.Register);
      flags = r.bits(2);
    } else register += r.unsigned(Base.RegisterDelta) + 1;
    if (register > 15) throw new FormatError(`GC info names register ${register}`);
    slots.push({ kind: 'register', register, flags });
  }
  stackSlots(r, stack, 0, slots);
  stackSlots(r, untracked, 4, slots);
  return { slots, tracked: registers + stack };
}

function stackSlots(r: BitReader, count: number, extra: number, slots: GcSlot[]): void {
  for (let i = 0, offset = 0, flags = 1; i < count; i++) {
    const base = r.bits(2);
    if (base > 2) throw new FormatError('GC info has a stack slot with an unknown base');
    if (flags || i === 0) {
      offset = r.signed(Base.StackSlot);
      flags = r.bits(2);
    } else offset += r.unsigned(Base.StackSlotDelta);
    slots.push({ kind: 'stack', base, offset: offset * 8, flags: flags | extra });
  }
}
