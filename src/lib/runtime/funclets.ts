import { isDumpError } from '../bytes/index.ts';
import type { Address } from '../bytes/index.ts';
import type { CodeInfo } from './code.ts';
import { ClauseFlag, readEhClauses } from './eh-clauses.ts';
import type { GcFrame } from './gc-walk.ts';
import type { Target } from './target.ts';

type ManagedFrame = Extract<GcFrame, { kind: 'managed' }>;

const MAX_NESTED = 1000;
const UNWIND_STARTED = 4;

/** A frame and what the garbage collector takes from it. */
export interface ReportedFrame {
  readonly frame: GcFrame;
  /** The frame is the method whose funclet was reported before: the two share their slots, which were reported there. */
  readonly parentOfFunclet: boolean;
  readonly filter: boolean;
  /** Stretch of the catch handler that runs next when the frame will go on there and not where it stands. */
  readonly resumesIn: { readonly start: number; readonly end: number } | undefined;
}

/** An exception in flight (vm/exinfo.h), as far as it decides which frames are still alive. */
interface Tracker {
  readonly unwinding: boolean;
  readonly low: Address;
  readonly high: Address;
  /** Caller's stack pointer of the handler that runs and of the method it belongs to. */
  readonly handler: Address;
  readonly enclosing: Address;
  readonly callerOfCatcher: Address;
  readonly catchStart: number;
  readonly catchEnd: number;
}

/** Code of an exception handler lies in functions of its own behind the method's. */
export function isFunclet(code: CodeInfo): boolean {
  return code.unwind !== undefined && code.imageBase + code.unwind.begin !== code.start;
}

function isFilter(target: Target, code: CodeInfo): boolean {
  if (!isFunclet(code) || !code.unwind) return false;
  const start = code.imageBase + code.unwind.begin - code.start;
  try {
    return readEhClauses(target, code).some((clause) => (clause.flags & ClauseFlag.Filter) !== 0 && clause.value === start);
  } catch (error) {
    if (!isDumpError(error)) throw error;
    return false;
  }
}

function trackers(target: Target, first: Address): Tracker[] {
  const { memory, layouts } = target;
  const list: Tracker[] = [];
  if (!layouts.has('ExceptionInfo', 'StackLowBound')) return list;
  const field = (name: string) => layouts.offset('ExceptionInfo', name);
  const seen = new Set<Address>();
  try {
    for (let at = first; at && !seen.has(at) && seen.size < MAX_NESTED; at = memory.pointer(at + field('PreviousNestedInfo'))) {
      seen.add(at);
      list.push({
        unwinding: (memory.u32(at + field('ExceptionFlags')) & UNWIND_STARTED) !== 0, low: memory.pointer(at + field('StackLowBound')), high: memory.pointer(at + field('StackHighBound')),
        handler: memory.pointer(at + field('CSFEHClause')), enclosing: memory.pointer(at + field('CSFEnclosingClause')), callerOfCatcher: memory.pointer(at + field('CallerOfActualHandlerFrame')),
        catchStart: memory.u32(at + field('ClauseForCatchHandlerStartPC')), catchEnd: memory.u32(at + field('ClauseForCatchHandlerEndPC')),
      });
    }
  } catch (error) {
    if (!isDumpError(error)) throw error;
  }
  return list;
}

/**
 * Which frames of a walk hold references (vm/stackwalk.cpp, StackFrameIterator::Filter, in the mode of the garbage collector).
 * A catch or finally handler runs in the frame of its method and sees the method's variables: it reports them, the frames
 * between it and its method are dead, and the method itself adds nothing. Frames an exception has unwound are dead too. Alive between
 * them is only the code that called the handler, which is managed itself in .NET 9: `dispatches` knows it.
 */
export function* reportedFrames(target: Target, frames: Iterable<GcFrame>, exceptionTracker: Address, dispatches: (code: CodeInfo) => boolean): Generator<ReportedFrame> {
  const active = trackers(target, exceptionTracker);
  const unwound = (callerSp: Address) => active.some((t) => t.unwinding && t.low < callerSp && callerSp <= t.high);
  const list = [...frames];
  /** Caller's stack pointer of the method a reported funclet belongs to. */
  let parent: Address | undefined;
  let funcletReported = true;
  for (const [i, frame] of list.entries()) {
    if (frame.kind === 'frame') {
      if (parent === undefined && !unwound(frame.sp)) yield { frame, parentOfFunclet: false, filter: false, resumesIn: undefined };
      continue;
    }
    const dead = unwound(frame.callerSp);
    let parentOfFunclet = false;
    let resumesIn: ReportedFrame['resumesIn'];
    if (parent !== undefined) {
      if (frame.callerSp !== parent) {
        if (!dead && dispatches(frame.code)) yield { frame, parentOfFunclet: false, filter: false, resumesIn: undefined };
        continue;
      }
      const tracker = active[0];
      if (!dead && !funcletReported && tracker?.callerOfCatcher === parent) resumesIn = { start: tracker.catchStart, end: tracker.catchEnd };
      else parentOfFunclet = true;
      if (dead || resumesIn || !isFunclet(frame.code)) funcletReported = true;
      parent = undefined;
    }
    const filter = isFilter(target, frame.code);
    if (isFunclet(frame.code) && !filter) {
      parent = parentOf(frame, list, i, active);
      if (parent !== undefined && dead) funcletReported = false;
    }
    if (!dead) yield { frame, parentOfFunclet, filter, resumesIn };
  }
}

/** The frame of a funclet's method, named by its caller's stack pointer; undefined when it is gone. */
function parentOf(frame: ManagedFrame, list: readonly GcFrame[], index: number, active: readonly Tracker[]): Address | undefined {
  // A finally that the method itself has called at the end of its try: the caller is the method.
  const next = list.slice(index + 1).find((f) => f.kind === 'managed');
  if (next?.kind === 'managed' && next.ip === frame.callerIp && next.sp === frame.callerSp) return next.callerSp;
  return active.find((t) => t.handler === frame.callerSp)?.enclosing;
}
