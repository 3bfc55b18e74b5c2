import { isDumpError } from '../bytes/index.ts';
import type { Address } from '../bytes/index.ts';
import type { Registers } from '../container/index.ts';
import type { CodeInfo, CodeManager } from './code.ts';
import { Frames } from './frames.ts';
import type { ExplicitFrame } from './frames.ts';
import type { Target } from './target.ts';
import { assignContext, contextOf, copyContext, stackPointer } from './unwind.ts';
import type { FrameContext } from './unwind.ts';
import { unwindManaged } from './unwind-managed.ts';

const MAX_DEPTH = 20_000;
/** Frames after which the caller's registers are all there and the code may go on where it stands (FRAME_ATTR_RESUMABLE). */
const RESUMABLE = new Set(['ResumableFrame', 'RedirectedThreadFrame']);
/** Frames of an exception: the code below them will not go on where it stands (FRAME_ATTR_EXCEPTION). */
const EXCEPTION = new Set(['FaultingExceptionFrame', 'SoftwareExceptionFrame']);

/** One step of a stack as the garbage collector walks it. */
export type GcFrame =
  | {
    readonly kind: 'managed';
    readonly sp: Address;
    readonly ip: Address;
    readonly registers: readonly number[];
    /** Stack pointer and ip after the frame is undone: the runtime names frames by it. */
    readonly callerSp: Address;
    readonly callerIp: Address;
    readonly code: CodeInfo;
    /** The code is where the thread stands: registers that calls may change are still valid. */
    readonly active: boolean;
    /** An exception stopped the code here. */
    readonly interrupted: boolean;
  }
  | { readonly kind: 'frame'; readonly sp: Address; readonly ip: Address; readonly frame: ExplicitFrame };

/**
 * Stacks in the order of the runtime's own walk (vm/stackwalk.cpp, StackFrameIterator): like StackWalker, but an explicit
 * Frame that lies inside a managed frame comes before it, and each managed frame carries its registers.
 */
export class GcStackWalker {
  readonly #target: Target;
  readonly #code: CodeManager;
  readonly #frames: Frames;

  constructor(target: Target, code: CodeManager) {
    this.#target = target;
    this.#code = code;
    this.#frames = new Frames(target, code);
  }

  *walk(registers: Registers, firstFrame: Address): Generator<GcFrame> {
    const context = contextOf(registers);
    const chain = this.#frames.chain(firstFrame);
    let next = 0;
    let active = true;
    let interrupted = false;
    for (let depth = 0; depth < MAX_DEPTH; depth++) {
      const code = this.#code.find(context.ip);
      if (code) {
        const caller = this.#caller(code, context);
        if (!caller) return;
        for (; next < chain.length && chain[next].address < stackPointer(caller); next++) yield step(chain[next], context);
        yield {
          kind: 'managed', sp: stackPointer(context), ip: context.ip, registers: [...context.registers], callerSp: stackPointer(caller), callerIp: caller.ip, code, active, interrupted,
        };
        if (stackPointer(caller) <= stackPointer(context)) return;
        assignContext(context, caller);
        active = false;
        interrupted = false;
        continue;
      }
      const frame = chain[next];
      if (!frame) return;
      yield step(frame, context);
      const moved = this.#apply(frame, context);
      active = RESUMABLE.has(frame.name);
      interrupted = EXCEPTION.has(frame.name);
      // A call that is under way lies inside its managed frame and comes once more with it.
      if (!(moved && frame.name === 'InlinedCallFrame')) next++;
    }
  }

  #caller(code: CodeInfo, context: FrameContext): FrameContext | undefined {
    const caller = copyContext(context);
    try {
      if (!unwindManaged(this.#target, code, caller)) return undefined;
    } catch (error) {
      if (!isDumpError(error)) throw error;
      return undefined;
    }
    return caller;
  }

  #apply(frame: ExplicitFrame, context: FrameContext): boolean {
    try {
      return this.#frames.apply(frame, context);
    } catch (error) {
      if (!isDumpError(error)) throw error;
      return false;
    }
  }
}

function step(frame: ExplicitFrame, context: FrameContext): GcFrame {
  return { kind: 'frame', sp: frame.address, ip: context.ip, frame };
}
