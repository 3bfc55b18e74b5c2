import type { Address } from '../bytes/index.ts';
import type { AddressSpace } from '../memory/index.ts';
import { contextOffsets } from '../container/index.ts';
import type { CodeManager } from './code.ts';
import { CALLEE_SAVED_ORDER, FCALL_HASH, FRAME_SLOTS } from './layouts/frames.ts';
import { NativeUnwinder } from './native-unwind.ts';
import type { Target } from './target.ts';
import { assignContext, copyContext, registerSet, restoreRegister, setStackPointer, stackPointer } from './unwind.ts';
import type { FrameContext } from './unwind.ts';

const MAX_FRAMES = 100_000;
/** The chain ends with all ones. */
const END_OF_CHAIN = { 4: 0xffffffff, 8: Number.MAX_SAFE_INTEGER } as const;
/** Number of the frame pointer: rbp, or ebp. */
const FP = 5;

/** An explicit Frame the runtime leaves on the stack where compiled code calls into it (vm/frames.h). */
export interface ExplicitFrame {
  readonly address: Address;
  readonly name: string;
  readonly method: Address;
  /** An InlinedCallFrame whose call is not under way. */
  readonly idle: boolean;
}

/** A datum of an InlinedCallFrame up to here is a number of bytes (x86), not a MethodDesc. */
const MAX_ARGUMENT_BYTES = 0xffff;
/** Fields of CalleeSavedRegisters, in lower case the registers' names. */
const CALLEE_SAVED = ['Rdi', 'Rsi', 'Rbx', 'Rbp', 'R12', 'R13', 'R14', 'R15', 'Edi', 'Esi', 'Ebx', 'Ebp'] as const;
const TRANSITION = new Set(['FramedMethodFrame', 'PrestubMethodFrame', 'StubDispatchFrame', 'ExternalMethodFrame', 'DynamicHelperFrame', 'CallCountingHelperFrame', 'PInvokeCalliFrame', 'ProtectValueClassFrame', 'ComMethodFrame', 'CLRToCOMMethodFrame', 'ComPrestubMethodFrame']);
/** Native frames between the runtime function a HelperMethodFrame belongs to and its managed caller. */
const MAX_NATIVE_STEPS = 64;

/** Reads Frame chains and what a Frame says about its caller. */
export class Frames {
  readonly #target: Target;
  readonly #code: CodeManager;
  readonly #native: NativeUnwinder;
  readonly #names = new Map<number, string>();

  constructor(target: Target, code: CodeManager) {
    this.#target = target;
    this.#code = code;
    this.#native = new NativeUnwinder(target);
    for (const global of target.layouts.globalNames()) {
      const name = /^(\w+Frame)Identifier$/.exec(global)?.[1];
      if (name) this.#names.set(target.layouts.global(global), name);
    }
    const slots = FRAME_SLOTS[target.major]?.[target.dump.os];
    slots?.names.forEach((name, i) => {
      const vtable = target.slots[slots.first + i];
      if (vtable) this.#names.set(vtable, name);
    });
  }

  /** The chain from a Thread's first Frame to its end mark (all ones). */
  chain(first: Address): ExplicitFrame[] {
    const { memory, layouts } = this.#target;
    const frames: ExplicitFrame[] = [];
    const seen = new Set<Address>();
    for (let at = first; at && at < END_OF_CHAIN[memory.pointerSize] && !seen.has(at) && frames.length < MAX_FRAMES; ) {
      seen.add(at);
      if (!memory.has(at, 2 * memory.pointerSize)) break;
      const name = this.#name(at);
      const idle = name === 'InlinedCallFrame' && memory.tryPointer(at + layouts.offset(name, 'CallerReturnAddress')) === 0;
      frames.push({ address: at, name, method: idle ? 0 : this.#method(at, name), idle });
      at = memory.pointer(at + layouts.offset('Frame', 'Next'));
    }
    return frames;
  }

  #name(at: Address): string {
    const { memory, layouts } = this.#target;
    const known = this.#names.get(memory.pointer(at));
    if (known || this.#names.size > 0) return known ?? 'Frame';
    // No list of this runtime's Frame classes: by what they hold.
    const caller = memory.tryPointer(at + layouts.offset('InlinedCallFrame', 'CallerReturnAddress'));
    if (caller && this.#code.find(caller)) return 'InlinedCallFrame';
    const rip = layouts.tryOffset('HelperMethodFrame', 'Rip');
    const returnAddress = rip === undefined ? 0 : memory.tryPointer(at + rip);
    return returnAddress && this.#code.find(returnAddress) ? 'HelperMethodFrame' : 'Frame';
  }

  #method(at: Address, name: string): Address {
    const { memory, layouts } = this.#target;
    if (name === 'InlinedCallFrame') {
      // A MethodDesc, or a number when the call is not a P/Invoke.
      const datum = memory.tryPointer(at + layouts.offset('InlinedCallFrame', 'Datum')) ?? 0;
      return datum % memory.pointerSize === 0 && datum > MAX_ARGUMENT_BYTES ? datum : 0;
    }
    return name.startsWith('HelperMethodFrame') ? this.#helperMethod(at) : 0;
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
      restoreRegister(memory, context, FP, address + layouts.offset(name, 'CalleeSavedFP'));
      return true;
    }
    if (name === 'SoftwareExceptionFrame' || name === 'FaultingExceptionFrame') return this.#fullContext(address + layouts.offset(name, 'TargetContext'), context);
    if (name === 'ResumableFrame' || name === 'RedirectedThreadFrame') return this.#fullContext(memory.pointer(address + layouts.offset('ResumableFrame', 'TargetContextPtr')), context);
    if (TRANSITION.has(name)) return this.#transition(memory.pointer(address + layouts.offset('FramedMethodFrame', 'TransitionBlockPtr')), context);
    if (name === 'TailCallFrame') return this.#savedRegisters(address, name, at('ReturnAddress'), context);
    if (name.startsWith('HelperMethodFrame')) return this.#helper(address, context);
    return false;
  }

  #fullContext(at: Address, context: FrameContext): boolean {
    const { memory, dump } = this.#target;
    const { names, ip } = registerSet(memory.pointerSize);
    // The Unix runtime uses the CONTEXT of Windows.
    const offsets = contextOffsets(dump.architecture);
    if (!memory.has(at, 0x100)) return false;
    names.forEach((name, i) => restoreRegister(memory, context, i, at + (offsets.get(name) ?? 0)));
    context.ip = memory.pointer(at + (offsets.get(ip) ?? 0));
    return true;
  }

  #transition(block: Address, context: FrameContext): boolean {
    const { memory, layouts } = this.#target;
    if (!block || !memory.has(block, layouts.size('TransitionBlock'))) return false;
    return this.#savedRegisters(block, 'TransitionBlock', memory.pointer(block + layouts.offset('TransitionBlock', 'ReturnAddress')), context);
  }

  /** A structure with callee-saved registers in it that lies where the arguments of the call begin. */
  #savedRegisters(at: Address, type: string, returnAddress: Address, context: FrameContext): boolean {
    const { memory, layouts } = this.#target;
    const saved = at + layouts.offset(type, 'CalleeSavedRegisters');
    for (const field of CALLEE_SAVED) {
      const offset = layouts.tryOffset('CalleeSavedRegisters', field);
      if (offset !== undefined) restore(memory, context, field.toLowerCase(), saved + offset);
    }
    context.ip = returnAddress;
    setStackPointer(context, at + layouts.size(type));
    return true;
  }

  /** The method is filled in with the machine state; before that, the runtime function's entry tells it. */
  #helperMethod(at: Address): Address {
    const { memory, layouts, slots } = this.#target;
    const field = (name: string) => memory.tryPointer(at + layouts.offset('HelperMethodFrame', name)) ?? 0;
    if (field('ReturnAddress') !== 0) return field('MethodDesc');
    const entry = field('FCallEntry');
    const table = slots[slots.indexOf(layouts.global('SyncTableEntries')) - 1];
    let node = entry && table ? memory.tryPointer(table + 8 * (entry % FCALL_HASH.size)) : 0;
    for (let steps = 0; node && steps < 1000; steps++) {
      if (memory.tryPointer(node + FCALL_HASH.implementation) === entry) return memory.tryPointer(node + FCALL_HASH.methodDesc) ?? 0;
      node = memory.tryPointer(node + FCALL_HASH.next);
    }
    return 0;
  }

  #helper(at: Address, context: FrameContext): boolean {
    const { memory, layouts, dump } = this.#target;
    const field = (name: string) => memory.pointer(at + layouts.offset('HelperMethodFrame', name));
    if (field('ReturnAddress') === 0) return this.#lazyHelper(at, context);
    context.ip = field('Rip');
    setStackPointer(context, field('Rsp'));
    const pointers = at + layouts.offset('HelperMethodFrame', 'Pointers');
    const unwound = layouts.tryOffset('HelperMethodFrame', 'Unwound');
    CALLEE_SAVED_ORDER[dump.os].forEach((name, i) => {
      const place = memory.pointer(pointers + 8 * i);
      if (place && memory.has(place, 8)) restore(memory, context, name, place);
      else if (unwound !== undefined) restore(memory, context, name, at + unwound + 8 * i);
    });
    return true;
  }

  /** Machine state that nobody has completed: native frames are undone from where it was captured until compiled code is reached. */
  #lazyHelper(at: Address, context: FrameContext): boolean {
    const { memory, layouts, dump } = this.#target;
    const field = (name: string) => memory.pointer(at + layouts.offset('HelperMethodFrame', name));
    const captured = copyContext(context);
    captured.ip = field('CaptureRip');
    const values = at + layouts.offset('HelperMethodFrame', 'Captured');
    CALLEE_SAVED_ORDER[dump.os].forEach((name, i) => restore(memory, captured, name, values + 8 * i));
    // Captured inside the function that captures: its return address is still on the stack (vm/amd64/gmsamd64.cpp, unwindLazyState).
    setStackPointer(captured, field('CaptureRsp') + 8);
    if (!this.#byTables(captured)) return false;
    assignContext(context, captured);
    return true;
  }

  #byTables(context: FrameContext): boolean {
    let interrupted = true;
    for (let step = 0; step < MAX_NATIVE_STEPS; step++) {
      const before = stackPointer(context);
      const caller = this.#native.step(context, interrupted);
      if (caller === undefined) return this.#byFramePointers(context);
      if (caller === 'end' || stackPointer(context) <= before) return false;
      if (this.#code.find(context.ip)) return true;
      interrupted = caller === 'interrupted';
    }
    return false;
  }

  /** Where tables are missing: the runtime keeps frame pointers on Unix. A chain counts only when it ends in compiled code: a broken one gives no frame, not a wrong one. */
  #byFramePointers(context: FrameContext): boolean {
    const { memory, dump } = this.#target;
    if (dump.os !== 'linux') return false;
    let frame = context.registers[FP];
    for (let step = 0, low = stackPointer(context); step < MAX_NATIVE_STEPS && frame >= low && memory.has(frame, 16); step++) {
      const ip = memory.pointer(frame + 8);
      if (this.#code.find(ip)) {
        context.ip = ip;
        setStackPointer(context, frame + 16);
        restoreRegister(memory, context, FP, frame);
        return true;
      }
      low = frame + 16;
      frame = memory.pointer(frame);
    }
    return false;
  }
}

function restore(memory: AddressSpace, context: FrameContext, name: string, at: Address): void {
  const index = registerSet(memory.pointerSize).names.indexOf(name);
  if (index >= 0) restoreRegister(memory, context, index, at);
}
