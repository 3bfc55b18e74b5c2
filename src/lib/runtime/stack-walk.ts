import { isDumpError } from '../bytes/index.ts';
import type { Address } from '../bytes/index.ts';
import type { Registers } from '../container/index.ts';
import type { CodeInfo, CodeManager } from './code.ts';
import { Frames } from './frames.ts';
import type { ExplicitFrame } from './frames.ts';
import type { Target } from './target.ts';
import { contextOf, copyContext, stackPointer } from './unwind.ts';
import type { FrameContext } from './unwind.ts';
import { unwindManaged } from './unwind-managed.ts';

const MAX_DEPTH = 20_000;

/** One line of a managed stack. `context` holds its registers until the walk goes on: copy it to keep it. */
export type StackFrame =
  | { readonly kind: 'managed'; readonly sp: Address; readonly ip: Address; readonly code: CodeInfo; readonly context: FrameContext }
  | { readonly kind: 'frame'; readonly sp: Address; readonly ip: Address; readonly frame: ExplicitFrame; readonly context: FrameContext };

/**
 * Managed stacks: compiled code is unwound by what the JIT wrote of it (UNWIND_INFO, on Unix too; GC info on x86), native code in between is
 * skipped by the runtime's explicit Frames.
 */
export class StackWalker {
  readonly #target: Target;
  readonly #code: CodeManager;
  readonly #frames: Frames;

  constructor(target: Target, code: CodeManager) {
    this.#target = target;
    this.#code = code;
    this.#frames = new Frames(target, code);
  }

  /** Frames of calls a method has prepared for but is not in: x86 code links them for its whole run (64-bit code for each call). They lie inside its frame. */
  *#idleFrames(frames: readonly ExplicitFrame[], from: number, code: CodeInfo, context: FrameContext): Generator<StackFrame> {
    const caller = copyContext(context);
    if (!unwindManaged(this.#target, code, caller)) return;
    for (let i = from; frames[i]?.idle && frames[i].address < stackPointer(caller); i++) yield { kind: 'frame', sp: frames[i].address, ip: context.ip, frame: frames[i], context };
  }

  /** Frames of a thread, innermost first; ends early where the stack is not in the dump. `from`: explicit Frames below it belong to calls inside of where the walk begins. */
  *walk(registers: Registers, firstFrame: Address, from: Address = 0): Generator<StackFrame> {
    const context = contextOf(registers);
    const frames = this.#frames.chain(firstFrame);
    let next = frames.findIndex((f) => f.address >= from);
    if (next < 0) next = frames.length;
    let unwound = false;
    try {
      for (let depth = 0; depth < MAX_DEPTH; depth++) {
        const code = this.#code.find(context.ip);
        if (code) {
          // A Frame below this call belongs to code that has returned or been unwound past.
          if (unwound) while (next < frames.length && frames[next].address < stackPointer(context)) next++;
          if (frames[next]?.idle) yield* this.#idleFrames(frames, next, code, context);
          yield { kind: 'managed', sp: stackPointer(context), ip: context.ip, code, context };
          const before = stackPointer(context);
          if (!unwindManaged(this.#target, code, context) || stackPointer(context) <= before) return;
          unwound = true;
          continue;
        }
        if (unwound) while (next < frames.length && frames[next].address < stackPointer(context)) next++;
        const frame = frames[next++];
        if (!frame) return;
        yield { kind: 'frame', sp: frame.address, ip: context.ip, frame, context };
        if (this.#frames.apply(frame, context) && frame.name === 'InlinedCallFrame') yield { kind: 'frame', sp: frame.address, ip: context.ip, frame, context };
      }
    } catch (error) {
      if (!isDumpError(error)) throw error;
    }
  }
}
