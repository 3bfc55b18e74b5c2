import { isDumpError } from '../bytes/index.ts';
import type { Address } from '../bytes/index.ts';
import { regionAt } from '../container/index.ts';
import type { Dump, Registers } from '../container/index.ts';
import type { AddressSpace } from '../memory/index.ts';
import type { CodeInfo } from './code.ts';
import { NativeUnwinder } from './native-unwind.ts';
import type { NativeCaller } from './native-unwind.ts';
import { callBefore } from './return-address.ts';
import type { StackFrame } from './stack-walk.ts';
import { assignContext, contextOf, copyContext, restoreRegister, setStackPointer, stackPointer } from './unwind.ts';
import type { FrameContext } from './unwind.ts';

const MAX_DEPTH = 20_000;
const MAX_SIGNALS = 32;
/** How far up the stack the next return address is looked for, in bytes. */
const MAX_SCAN = 1 << 18;
/** PAGE_EXECUTE, _READ, _READWRITE, _WRITECOPY. */
const EXECUTABLE = 0xf0;
const FUNCTION_ALIGNMENT = 16;
const RBP = 5;

/**
 * How a frame was found: the thread's own registers, unwind information of the frame inside it, an explicit Frame of the runtime, the
 * chain of frame pointers (native code on x86), or a look through the stack for something like a return address, which may be a leftover.
 */
export type FrameOrigin = 'registers' | 'unwind' | 'runtime' | 'chain' | 'scan';

/** One frame of code on a stack. `context` holds its registers until the walk goes on: copy it to keep it. */
export interface MixedFrame {
  readonly sp: Address;
  readonly ip: Address;
  /** Compiled managed code; undefined for native code. */
  readonly code: CodeInfo | undefined;
  readonly origin: FrameOrigin;
  readonly context: FrameContext;
}

/** What a walk needs of a runtime; absent for native processes and dumps whose runtime cannot be read. */
export interface ManagedSide {
  code(ip: Address): CodeInfo | undefined;
  /** Moves a context out of compiled code; false when the code does not say how. */
  unwind(code: CodeInfo, context: FrameContext): boolean;
  /** Managed frames and explicit Frames of the thread, innermost first. */
  frames(): Iterable<StackFrame>;
}

/** Stacks of native and managed code together. */
export class MixedWalker {
  readonly #dump: Dump;
  readonly #memory: AddressSpace;
  readonly #native: NativeUnwinder;
  readonly #word: 4 | 8;

  constructor({ dump, memory }: { readonly dump: Dump; readonly memory: AddressSpace }, unwinder = new NativeUnwinder({ dump, memory })) {
    this.#dump = dump;
    this.#memory = memory;
    this.#native = unwinder;
    this.#word = memory.pointerSize;
  }

  /** Frames of a thread, innermost first; ends where the stack ends or nothing more can be found. */
  *walk(registers: Registers, managed?: ManagedSide): Generator<MixedFrame> {
    if (this.#dump.architecture !== 'x64' && this.#dump.architecture !== 'x86') return;
    const context = contextOf(registers);
    const anchors = new Anchors(managed);
    let origin: FrameOrigin = 'registers';
    let interrupted = true;
    let signals = 0;
    for (let depth = 0; depth < MAX_DEPTH; depth++) {
      const code = managed?.code(context.ip);
      yield { sp: stackPointer(context), ip: context.ip, code, origin, context };
      const before = stackPointer(context);
      const caller = this.#caller(context, code, interrupted, origin, managed);
      if (caller === 'end') return;
      if (caller) {
        origin = 'unwind';
        interrupted = caller === 'interrupted';
        // Only they may lead down the stack again.
        if (interrupted && ++signals > MAX_SIGNALS) return;
        continue;
      }
      const chained = code ? undefined : this.#chain(context, managed);
      if (chained === 'end') return;
      if (chained) {
        origin = 'chain';
        interrupted = false;
        continue;
      }
      const anchor = anchors.above(before, context.ip);
      if (this.#scan(context, before, anchor?.sp ?? Infinity, managed)) origin = 'scan';
      else if (anchor) {
        assignContext(context, anchor.context);
        origin = 'runtime';
      } else return;
      interrupted = false;
    }
  }

  /** Unwinds by tables; undefined when they do not tell, or tell what cannot be. */
  #caller(context: FrameContext, code: CodeInfo | undefined, interrupted: boolean, origin: FrameOrigin, managed: ManagedSide | undefined): NativeCaller {
    const caller = copyContext(context);
    const found = this.#unwind(caller, code, interrupted, managed);
    if (found === undefined || found === 'end') return found;
    // Where stacks begin a zero stands for the return address; behind a guess it says that the guess was wrong.
    if (caller.ip === 0) return origin === 'scan' ? undefined : 'end';
    const sp = stackPointer(caller);
    // A signal may have come while the thread was on another stack, above or below: its handler has its own.
    const backwards = found !== 'interrupted' && (sp < stackPointer(context) || (sp === stackPointer(context) && !interrupted));
    if (backwards || !this.#memory.has(sp, this.#word)) return undefined;
    // Behind a guess the registers are unknown: only a caller that made a call is believed.
    if (origin === 'scan' && !this.#returnsTo(caller.ip, managed)) return undefined;
    if (!this.#isCode(caller.ip, managed)) return undefined;
    assignContext(context, caller);
    return found;
  }

  #unwind(context: FrameContext, code: CodeInfo | undefined, interrupted: boolean, managed: ManagedSide | undefined): NativeCaller {
    if (!code) return this.#native.step(context, interrupted);
    try {
      return managed?.unwind(code, context) ? 'call' : undefined;
    } catch (error) {
      if (!isDumpError(error)) throw error;
      return undefined;
    }
  }

  /** Moves to the next word that looks like a return address, of a frame below `limit`; false when there is none. */
  #scan(context: FrameContext, from: Address, limit: Address, managed: ManagedSide | undefined): boolean {
    const end = Math.min(limit, from + MAX_SCAN);
    const word = this.#word;
    for (let at = from - (from % word); at + word < end; at += word) {
      const value = this.#memory.tryPointer(at);
      if (value === undefined) return false;
      if (!this.#returnsTo(value, managed)) continue;
      context.ip = value;
      setStackPointer(context, at + word);
      this.#frameBelow(context, at, managed);
      return true;
    }
    return false;
  }

  /**
   * Code that keeps frame pointers pushes its caller's just below the return address: when the word there points to another such
   * pair, unwind information can be used again from here on.
   */
  #frameBelow(context: FrameContext, at: Address, managed: ManagedSide | undefined): void {
    const word = this.#word;
    const saved = this.#memory.tryPointer(at - word) ?? 0;
    // On x64 calls keep the stack aligned to 16 bytes, and with it what is pushed behind the return address.
    if (saved <= at || saved > at + MAX_SCAN || saved % (word === 8 ? 16 : word) !== 0) return;
    const next = this.#memory.tryPointer(saved + word);
    if (next !== undefined && this.#returnsTo(next, managed)) restoreRegister(this.#memory, context, RBP, at - word);
  }

  #returnsTo(value: Address, managed: ManagedSide | undefined): boolean {
    if (!this.#isCode(value, managed)) return false;
    const call = callBefore(this.#memory, value);
    // Without its bytes only the alignment tells a function's start, which is no return address.
    return call === 'unreadable' ? value % FUNCTION_ALIGNMENT !== 0 : call !== undefined;
  }

  /** Compiled managed code, or memory that may be executed: of an image, or of the runtime's stubs. */
  #isCode(value: Address, managed: ManagedSide | undefined): boolean {
    if (!(value >= 0x1000)) return false;
    const region = regionAt(this.#dump.regions, value);
    if (region) return (region.protection & EXECUTABLE) !== 0;
    return this.#dump.modules.some((m) => value >= m.base && value < m.base + m.size) || managed?.code(value) !== undefined;
  }

  /** x86 has no tables: native frames are found by the chain of saved EBPs, as debuggers do without symbols; a null ends it. undefined where it leads nowhere. */
  #chain(context: FrameContext, managed: ManagedSide | undefined): NativeCaller {
    if (this.#dump.architecture !== 'x86') return undefined;
    const frame = context.registers[RBP];
    if (frame === 0) return 'end';
    if (frame < stackPointer(context) || frame > stackPointer(context) + MAX_SCAN || !this.#memory.has(frame, 2 * this.#word)) return undefined;
    const ip = this.#memory.pointer(frame + this.#word);
    if (ip === 0) return 'end';
    if (!this.#returnsTo(ip, managed)) return undefined;
    context.ip = ip;
    restoreRegister(this.#memory, context, RBP, frame);
    setStackPointer(context, frame + 2 * this.#word);
    return 'call';
  }
}

/** Managed frames the runtime's own Frames lead to: places to go on from when native frames cannot be undone. Read as far as needed. */
class Anchors {
  readonly #frames: Iterator<StackFrame> | undefined;
  #held: { readonly sp: Address; readonly ip: Address; readonly context: FrameContext } | undefined;

  constructor(managed: ManagedSide | undefined) {
    this.#frames = managed?.frames()[Symbol.iterator]();
  }

  /** The innermost managed frame outside of a frame at `sp` with `ip`. */
  above(sp: Address, ip: Address): { readonly sp: Address; readonly context: FrameContext } | undefined {
    while (!this.#held || this.#held.sp < sp || (this.#held.sp === sp && this.#held.ip === ip)) {
      const next = this.#frames?.next();
      if (!next || next.done) return undefined;
      const frame = next.value;
      this.#held = frame.kind === 'managed' ? { sp: frame.sp, ip: frame.ip, context: copyContext(frame.context) } : undefined;
    }
    return this.#held;
  }
}
