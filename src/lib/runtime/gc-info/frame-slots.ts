import type { Address } from '../../bytes/index.ts';
import { REGISTERS } from '../unwind.ts';
import type { GcInfo, GcSlot } from './decode.ts';
import { HeaderFlag, SlotBase } from './encoding.ts';
import { liveSlots } from './live.ts';

const RSP = 4;
/** Registers a call keeps, by bit (SysV; Windows keeps rsi and rdi too). */
const PRESERVED = { linux: 0xf028, windows: 0xf0e8 } as const;

/** A frame of compiled code, as far as its slots need it. */
export interface FrameState {
  /** Offset of the ip in the method. */
  readonly offset: number;
  readonly sp: Address;
  readonly callerSp: Address;
  readonly registers: readonly number[];
  readonly os: 'windows' | 'linux';
  readonly active: boolean;
  readonly interrupted: boolean;
  /** Where the code goes on, when that is not the ip: offset in the method. */
  readonly resumesAt: number | undefined;
  /** The frame is the method one of whose funclets was reported before. */
  readonly parentOfFunclet: boolean;
  /** The frame is an exception filter: the method's untracked slots may be stale. */
  readonly filter: boolean;
}

/** A live slot in one frame: the register by number and name, or the address and what it is relative to. Flags: SlotFlag. */
export interface LiveSlot { readonly flags: number; readonly location: Address | undefined; readonly number: number | undefined; readonly register: string; readonly offset: number }

/** The slots a frame holds references in (vm/gc_unwind_x86.h and eetwain.cpp, EnumGcRefs; vm/gcinfodecoder.cpp, EnumerateLiveSlots). */
export function frameSlots(info: GcInfo, frame: FrameState): LiveSlot[] {
  if (frame.parentOfFunclet && (info.headerFlags & HeaderFlag.WantsReportOnlyLeaf || info.encoding.version >= 4)) return [];
  const { offset, active } = lookupOffset(info, frame);
  const live: LiveSlot[] = [];
  for (const index of liveSlots(info, offset, frame.interrupted)) {
    const slot = info.slots[index];
    if (active || !scratch(info, frame, slot)) live.push(place(info, frame, slot));
  }
  if (!frame.parentOfFunclet && !frame.filter) for (const slot of info.slots.slice(info.tracked)) live.push(place(info, frame, slot));
  return live;
}

/**
 * Where in the code to look. Up to version 3 a return address counts as the call before it; from version 4 on the life times
 * hold at the return address itself.
 */
function lookupOffset(info: GcInfo, frame: FrameState): { offset: number; active: boolean } {
  if (frame.resumesAt !== undefined) return { offset: frame.resumesAt, active: false };
  const { offset } = frame;
  const { safePointBias } = info.encoding;
  if (frame.interrupted) return { offset, active: frame.active };
  const interruptible = info.ranges.some((r) => offset >= r.start && offset < r.end);
  const safePoint = info.safePoints.includes(offset - safePointBias);
  if (frame.active && (interruptible || !safePoint)) return { offset, active: true };
  return { offset: offset - safePointBias, active: false };
}

function scratch(info: GcInfo, frame: FrameState, slot: GcSlot): boolean {
  if (slot.kind === 'register') return (PRESERVED[frame.os] & (1 << slot.register)) === 0;
  const at = stackAddress(info, frame, slot);
  return at >= frame.sp && at < frame.sp + info.stackArea;
}

function stackAddress(info: GcInfo, frame: FrameState, slot: Extract<GcSlot, { kind: 'stack' }>): Address {
  const base = slot.base === SlotBase.Sp ? frame.sp : slot.base === SlotBase.CallerSp ? frame.callerSp : frame.registers[info.stackBaseRegister ?? RSP];
  return base + slot.offset;
}

function place(info: GcInfo, frame: FrameState, slot: GcSlot): LiveSlot {
  if (slot.kind === 'register') return { flags: slot.flags, location: undefined, number: slot.register, register: REGISTERS[slot.register], offset: 0 };
  const register = slot.base === SlotBase.Sp ? 'rsp' : slot.base === SlotBase.CallerSp ? 'caller.rsp' : REGISTERS[info.stackBaseRegister ?? RSP];
  return { flags: slot.flags, location: stackAddress(info, frame, slot), number: undefined, register, offset: slot.offset };
}

/** First offset in a stretch of code where a GC may stop, or its beginning. */
export function firstInterruptible(info: GcInfo, start: number, end: number): number {
  const range = info.ranges.find((r) => r.end > start);
  return range && range.start < end ? Math.max(start, range.start) : start;
}
