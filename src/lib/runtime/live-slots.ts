import type { Architecture } from '../container/index.ts';
import type { ReportedFrame } from './funclets.ts';
import { firstInterruptible, frameSlots, readGcInfo } from './gc-info/index.ts';
import type { LiveSlot } from './gc-info/index.ts';
import { readX86GcInfo, x86FrameSlots } from './gc-info-x86/index.ts';
import type { GcFrame } from './gc-walk.ts';
import type { Target } from './target.ts';

type ManagedFrame = Extract<GcFrame, { kind: 'managed' }>;

const READERS: Partial<Record<Architecture, (target: Target, frame: ManagedFrame, reported: ReportedFrame) => LiveSlot[]>> = {
  x64(target, frame, { parentOfFunclet, filter, resumesIn }) {
    const info = readGcInfo(target, frame.code);
    return frameSlots(info, {
      offset: frame.ip - frame.code.start, sp: frame.sp, callerSp: frame.callerSp, registers: frame.registers, os: target.dump.os === 'windows' ? 'windows' : 'linux',
      active: frame.active, interrupted: frame.interrupted, parentOfFunclet, filter, resumesAt: resumesIn && firstInterruptible(info, resumesIn.start, resumesIn.end),
    });
  },
  x86(target, frame, { parentOfFunclet, filter, resumesIn }) {
    const offset = resumesIn?.start ?? frame.ip - frame.code.start;
    return x86FrameSlots(readX86GcInfo(target, frame.code), { offset, registers: frame.registers, active: frame.active, interrupted: frame.interrupted, parentOfFunclet, filter });
  },
};

/** Where a frame holds references, in the order in which the runtime reports them; throws where its GC info cannot be read. */
export function liveFrameSlots(target: Target, frame: ManagedFrame, reported: ReportedFrame): LiveSlot[] {
  return READERS[target.dump.architecture]?.(target, frame, reported) ?? [];
}
