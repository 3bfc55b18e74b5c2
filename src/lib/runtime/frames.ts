import type { Address } from '../bytes/index.ts';
import type { CodeManager } from './code.ts';
import type { Target } from './target.ts';
import { REGISTERS, setStackPointer } from './unwind.ts';
import type { FrameContext } from './unwind.ts';

const MAX_FRAMES = 100_000;

/** An explicit Frame the runtime leaves on the stack where compiled code calls into it (vm/frames.h). */
export interface ExplicitFrame { readonly address: Address; readonly name: string; readonly method: Address }

/** CONTEXT of winnt.h; the Unix runtime uses the same. */
const CONTEXT = { rax: 0x78, rcx: 0x80, rdx: 0x88, rbx: 0x90, rsp: 0x98, rbp: 0xa0, rsi: 0xa8, rdi: 0xb0, r8: 0xb8, r9: 0xc0, r10: 0xc8, r11: 0xd0, r12: 0xd8, r13: 0xe0, r14: 0xe8, r15: 0xf0, rip: 0xf8 } as const;
const CALLEE_SAVED: Readonly<Record<string, string>> = { Rdi: 'rdi', Rsi: 'rsi', Rbx: 'rbx', Rbp: 'rbp', R12: 'r12', R13: 'r13', R14: 'r14', R15: 'r15' };
const TRANSITION = new Set(['FramedMethodFrame', 'PrestubMethodFrame', 'StubDispatchFrame', 'ExternalMethodFrame', 'DynamicHelperFrame', 'CallCountingHelperFrame', 'PInvokeCalliFrame', 'ProtectValueClassFrame', 'ComMethodFrame', 'CLRToCOMMethodFrame', 'ComPrestubMethodFrame']);
/** Datum of an InlinedCallFrame: a MethodDesc, or a number when the call is not a P/Invoke. */
const INLINED_DATUM = 16;
/** .NET 9, Windows x64 HelperMethodFrame: method, and the captured machine state (registers and where they are saved). */
const Helper9 = { Method: 0x10, Rip: 0x30, Rsp: 0x38, Pointers: 0x80, ReturnAddress: 0xc0 } as const;
const HELPER9_REGISTERS = ['rdi', 'rsi', 'rbx', 'rbp', 'r12', 'r13', 'r14', 'r15'] as const;

/** Vtable RVAs of Frame classes where the runtime does not number them, by PE time stamp of coreclr. */
const VTABLES: Readonly<Record<number, Readonly<Record<number, string>>>> = {
  0x6ada6b82: { 0x3d0820: 'InlinedCallFrame', 0x3d0fe8: 'HelperMethodFrame', 0x3d08b0: 'HelperMethodFrame_1OBJ', 0x39b758: 'DebuggerU2MCatchHandlerFrame' },
};

/** Reads Frame chains and what a Frame says about its caller. */
export class Frames {
  readonly #target: Target;
  readonly #code: CodeManager;
  readonly #names = new Map<number, string>();

  constructor(target: Target, code: CodeManager) {
    this.#target = target;
    this.#code = code;
    for (const global of target.layouts.globalNames()) {
      const name = /^(\w+Frame)Identifier$/.exec(global)?.[1];
      if (name) this.#names.set(target.layouts.global(global), name);
    }
  }

  /** The chain from a Thread's first Frame to its end mark (all ones). */
  chain(first: Address): ExplicitFrame[] {
    const { memory, layouts } = this.#target;
    const frames: ExplicitFrame[] = [];
    const seen = new Set<Address>();
    for (let at = first; at && at < Number.MAX_SAFE_INTEGER && !seen.has(at) && frames.length < MAX_FRAMES; ) {
      seen.add(at);
      if (!memory.has(at, 16)) break;
      const name = this.#name(at);
      frames.push({ address: at, name, method: this.#method(at, name) });
      at = memory.pointer(at + layouts.offset('Frame', 'Next'));
    }
    return frames;
  }

  #name(at: Address): string {
    const { memory, runtime } = this.#target;
    const id = memory.pointer(at);
    if (this.#names.size > 0) return this.#names.get(id) ?? 'Frame';
    const known = VTABLES[runtime.module.timestamp]?.[id - runtime.base];
    if (known) return known;
    const caller = memory.tryPointer(at + 32);
    if (caller && this.#code.find(caller)) return 'InlinedCallFrame';
    const returnAddress = memory.tryPointer(at + Helper9.Rip);
    return returnAddress && this.#code.find(returnAddress) ? 'HelperMethodFrame' : 'Frame';
  }

  #method(at: Address, name: string): Address {
    const { memory } = this.#target;
    if (name === 'InlinedCallFrame') {
      const datum = memory.tryPointer(at + INLINED_DATUM) ?? 0;
      return datum % 8 === 0 ? datum : 0;
    }
    return name.startsWith('HelperMethodFrame') ? (memory.tryPointer(at + Helper9.Method) ?? 0) : 0;
  }

  /** Moves the context to the managed caller of a Frame; false for Frames that only mark a place. */
  apply(frame: ExplicitFrame, context: FrameContext): boolean {
    const { memory, layouts } = this.#target;
    const { address, name } = frame;
    const at = (field: string) => memory.pointer(address + layouts.offset(name, field));
    if (name === 'InlinedCallFrame') {
      const ip = at('CallerReturnAddress');
      if (!ip) return false;
      context.ip = ip;
      setStackPointer(context, at('CallSiteSP'));
      set(context, 'rbp', at('CalleeSavedFP'));
      return true;
    }
    if (name === 'SoftwareExceptionFrame' || name === 'FaultingExceptionFrame') return this.#fullContext(address + layouts.offset(name, 'TargetContext'), context);
    if (name === 'ResumableFrame' || name === 'RedirectedThreadFrame') return this.#fullContext(memory.pointer(address + layouts.offset('ResumableFrame', 'TargetContextPtr')), context);
    if (TRANSITION.has(name)) return this.#transition(memory.pointer(address + layouts.offset('FramedMethodFrame', 'TransitionBlockPtr')), context);
    if (name.startsWith('HelperMethodFrame')) return this.#helper(address, context);
    return false;
  }

  #fullContext(at: Address, context: FrameContext): boolean {
    const { memory } = this.#target;
    if (!memory.has(at, 0x100)) return false;
    for (const [i, name] of REGISTERS.entries()) context.registers[i] = memory.u64(at + CONTEXT[name]);
    context.ip = memory.u64(at + CONTEXT.rip);
    return true;
  }

  #transition(block: Address, context: FrameContext): boolean {
    const { memory, layouts } = this.#target;
    if (!block || !memory.has(block, layouts.size('TransitionBlock'))) return false;
    const saved = block + layouts.offset('TransitionBlock', 'CalleeSavedRegisters');
    for (const [field, register] of Object.entries(CALLEE_SAVED)) {
      const offset = layouts.tryOffset('CalleeSavedRegisters', field);
      if (offset !== undefined) set(context, register, memory.u64(saved + offset));
    }
    context.ip = memory.pointer(block + layouts.offset('TransitionBlock', 'ReturnAddress'));
    setStackPointer(context, block + layouts.size('TransitionBlock'));
    return true;
  }

  #helper(at: Address, context: FrameContext): boolean {
    const { memory } = this.#target;
    if (memory.pointer(at + Helper9.ReturnAddress) === 0) return false;
    context.ip = memory.pointer(at + Helper9.Rip);
    setStackPointer(context, memory.pointer(at + Helper9.Rsp));
    HELPER9_REGISTERS.forEach((name, i) => {
      const place = memory.pointer(at + Helper9.Pointers + 8 * i);
      if (place && memory.has(place, 8)) set(context, name, memory.u64(place));
    });
    return true;
  }
}

function set(context: FrameContext, name: string, value: number): void {
  const index = (REGISTERS as readonly string[]).indexOf(name);
  if (index >= 0) context.registers[index] = value;
}
