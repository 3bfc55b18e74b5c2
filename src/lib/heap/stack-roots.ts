import { isDumpError } from '../bytes/index.ts';
import type { Address } from '../bytes/index.ts';
import { GcStackWalker, liveFrameSlots, protectedSlots, reportedFrames, SlotFlag } from '../runtime/index.ts';
import type { ClrThread, CodeInfo, GcFrame, ReportedFrame } from '../runtime/index.ts';
import type { Clr } from './clr.ts';
import { objectContaining } from './containing.ts';

/** The frame a root was found in: compiled code, or an explicit Frame (then `sp` is its address and `method` may be 0). */
export interface RootFrame { readonly kind: 'managed' | 'frame'; readonly sp: Address; readonly ip: Address; readonly method: Address; readonly name: string }

/** A place on a thread's stack, or a register, that code uses for a reference at the moment of the dump. */
export interface StackReference {
  /** Where the reference lies in memory; undefined when it is in a register. */
  readonly location: Address | undefined;
  /** Register that holds it, or that the location is relative to (`rbp`, `rsp`, `caller.rsp`); `offset` is the distance. */
  readonly register: string | undefined;
  readonly offset: number;
  /** The word itself: points inside the object when `interior`. */
  readonly value: Address;
  readonly interior: boolean;
  readonly pinned: boolean;
  readonly frame: RootFrame;
}

/** A reference, and the object it keeps alive (its start). */
export interface StackRoot extends StackReference { readonly object: Address }

/**
 * References on the stack of a thread, frame by frame from the innermost, as the garbage collector finds them: slots that
 * are live where the code stands (runtime/gc-info), and what explicit Frames protect. Null references are left out. A frame
 * whose GC info is not in the dump yields nothing; `missed` hears of it.
 */
export function* stackRoots(clr: Clr, thread: ClrThread, missed?: (ip: Address, error: Error) => void): Generator<StackRoot> {
  for (const reference of stackReferences(clr, thread, missed)) {
    const { value, interior } = reference;
    const object = value && interior ? interiorTarget(clr, value) : value;
    if (object) yield { ...reference, object };
  }
}

/** The places themselves, those that hold null too. */
export function* stackReferences(clr: Clr, thread: ClrThread, missed?: (ip: Address, error: Error) => void): Generator<StackReference> {
  const native = clr.target.dump.threads.find((t) => t.id === thread.osId);
  if (!native) return;
  const walker = new GcStackWalker(clr.target, clr.code);
  for (const reported of reportedFrames(clr.target, walker.walk(native.registers, thread.frame), thread.exceptionTracker, (code) => dispatchesExceptions(clr, code))) {
    const { frame } = reported;
    try {
      if (frame.kind === 'managed') yield* managedRoots(clr, frame, reported);
      else yield* explicitRoots(clr, frame);
    } catch (error) {
      if (!isDumpError(error)) throw error;
      missed?.(frame.ip, error);
    }
  }
}

/** System.Runtime.EH: the class library's own part of exception handling. */
function dispatchesExceptions(clr: Clr, code: CodeInfo): boolean {
  const method = clr.methods.find(code.methodDesc);
  return method !== undefined && clr.types.name(method.methodTable.address, 'sos') === 'System.Runtime.EH';
}

type Step<Kind extends GcFrame['kind']> = Extract<GcFrame, { kind: Kind }>;

function* managedRoots(clr: Clr, frame: Step<'managed'>, reported: ReportedFrame): Generator<StackReference> {
  const where: RootFrame = { kind: 'managed', sp: frame.sp, ip: frame.ip, method: frame.code.methodDesc, name: '' };
  for (const { flags, location, number, register, offset } of liveFrameSlots(clr.target, frame, reported)) {
    const value = number !== undefined ? frame.registers[number] : location && clr.memory.tryPointer(location);
    if (value === undefined) continue;
    const interior = (flags & SlotFlag.Interior) !== 0;
    yield { location, register, offset, value, interior, pinned: (flags & SlotFlag.Pinned) !== 0, frame: where };
  }
}

function* explicitRoots(clr: Clr, { sp, ip, frame }: Step<'frame'>): Generator<StackReference> {
  const where: RootFrame = { kind: 'frame', sp, ip, method: frame.method, name: frame.name };
  for (const location of protectedSlots(clr.target, frame)) {
    const value = clr.memory.tryPointer(location);
    if (value !== undefined) yield { location, register: undefined, offset: 0, value, interior: false, pinned: false, frame: where };
  }
}

/** Object an interior pointer keeps alive; one that points to a variable on the stack stands for what that variable holds, as for ClrMD. */
function interiorTarget(clr: Clr, value: Address): Address | undefined {
  if (clr.segmentOf(value)) return objectContaining(clr, value);
  const inner = clr.memory.tryPointer(value);
  return inner !== undefined && clr.segmentOf(inner) ? objectContaining(clr, inner) : undefined;
}
