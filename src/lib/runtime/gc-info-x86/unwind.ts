import type { Address } from '../../bytes/index.ts';
import type { AddressSpace } from '../../memory/index.ts';
import { restoreRegister, setRegister } from '../unwind.ts';
import type { FrameContext } from '../unwind.ts';
import { has, Reg } from './header.ts';
import type { X86GcInfo } from './header.ts';
import { pushedAt } from './pushed.ts';

const PAGE = 0x1000;
/** The last page of a large frame is touched once more when the distance to it is above this. */
const PROBE_DISTANCE = 0x400;
/** The prolog pushes in this order. */
const PUSHED = [Reg.edi, Reg.esi, Reg.ebx, Reg.ebp] as const;
/** Opcodes the JIT uses in prologs and epilogs. */
const Code = { Nop: 0x90, Int3: 0xcc, PopEcx: 0x59, PushEax: 0x50, Call: 0xe8 } as const;

/** Code to unwind: its GC info, where it starts, and whether it is a handler of its method. */
export interface X86Code { readonly info: X86GcInfo; readonly start: Address; readonly funclet: boolean }

export function inProlog(info: X86GcInfo, offset: number): boolean {
  return offset < info.prologSize;
}

/** Bytes of an epilog that have run; undefined outside of epilogs and at their first instruction. */
export function epilogOffset(info: X86GcInfo, offset: number): number | undefined {
  const start = info.epilogs.find((at) => offset > at && offset < at + info.epilogSize);
  return start === undefined ? undefined : offset - start;
}

/**
 * Undoes a frame of x86 code by its GC info (vm/gc_unwind_x86.inl, UnwindStackFrameX86): there are no unwind tables, the header says which
 * registers are saved and how large the frame is. Registers become those of the caller.
 */
export function unwindX86(memory: AddressSpace, code: X86Code, context: FrameContext): void {
  const { info } = code;
  const offset = context.ip - code.start;
  const inEpilog = epilogOffset(info, offset);
  const ebpFrame = has(info, 'f') || has(info, 'a');
  const { registers } = context;
  if (inEpilog !== undefined) undoEpilog(memory, info, code.start + offset - inEpilog, inEpilog, context, ebpFrame);
  else if (code.funclet && has(info, 'h') && !inProlog(info, offset)) {
    // A handler runs with the frame pointer of its method and has no frame of its own.
    returnTo(memory, context, registers[Reg.esp] + pushedAt(info, offset).bytes, 4);
    return;
  } else if (inProlog(info, offset)) undoProlog(memory, code, offset, context, ebpFrame);
  else if (ebpFrame) {
    let at = registers[Reg.ebp] - (has(info, 'a') && registers[Reg.ebp] % 8 >= 4 ? 4 : 0);
    for (const register of info.saved) if (register !== Reg.ebp) restoreRegister(memory, context, register, (at -= 4));
    leave(memory, context);
  } else {
    let at = registers[Reg.esp] + pushedAt(info, offset).bytes + info.frameBytes;
    for (const register of [...info.saved].reverse()) {
      restoreRegister(memory, context, register, at);
      at += 4;
    }
    setRegister(context, Reg.esp, at);
  }
  returnTo(memory, context, registers[Reg.esp], 4 + (has(info, 'v') ? 0 : info.argumentBytes));
}

/** mov esp, ebp; pop ebp */
function leave(memory: AddressSpace, context: FrameContext): void {
  const frame = context.registers[Reg.ebp];
  restoreRegister(memory, context, Reg.ebp, frame);
  setRegister(context, Reg.esp, frame + 4);
}

/** The return address lies at `at`; a method pops its own arguments. */
function returnTo(memory: AddressSpace, context: FrameContext, at: Address, popped: number): void {
  context.ip = memory.u32(at);
  setRegister(context, Reg.esp, at + popped);
}

/** Bytes of an instruction with a register and a constant: add esp, 8 or lea esp, [ebp-8]. */
const withConstant = (value: number) => (value >= -128 && value < 128 ? 3 : 6);

/** Instructions of the epilog that have not run yet are done here. */
function undoEpilog(memory: AddressSpace, info: X86GcInfo, epilog: Address, done: number, context: FrameContext, ebpFrame: boolean): void {
  const { registers } = context;
  const ebpLast = ebpFrame;
  let at = 0;
  let esp = registers[Reg.esp];
  let copyFrame = false;
  const others = info.saved.filter((register) => !(ebpLast && register === Reg.ebp));
  const skip = (length: number, missing: () => void) => {
    if (at >= done) missing();
    at += length;
  };
  const popFrame = () => skip(memory.u8(epilog) === Code.PopEcx && info.frameBytes === 4 ? 1 : withConstant(info.frameBytes), () => { esp += info.frameBytes; });
  if (has(info, 'a')) {
    popFrame();
    copyFrame = true;
  } else if (ebpFrame && (has(info, 'l') || (others.length > 0 && info.frameBytes > 0 && !(info.frameBytes === 4 && memory.u8(epilog) === Code.PopEcx)))) {
    skip(withConstant(-4 * others.length), () => { esp = registers[Reg.ebp] - 4 * others.length; });
  } else if (ebpFrame && others.length === 0) copyFrame = info.frameBytes > 0;
  else if (info.frameBytes > 0) popFrame();
  for (const register of [...others].reverse()) {
    skip(1, () => {
      restoreRegister(memory, context, register, esp);
      esp += 4;
    });
  }
  if (copyFrame) skip(2, () => { esp = registers[Reg.ebp]; });
  if (ebpLast) {
    skip(1, () => {
      restoreRegister(memory, context, Reg.ebp, esp);
      esp += 4;
    });
  }
  setRegister(context, Reg.esp, esp);
}

/** Only instructions of the prolog that have run are undone. */
function undoProlog(memory: AddressSpace, { info, start }: X86Code, done: number, context: FrameContext, ebpFrame: boolean): void {
  const { registers } = context;
  let at = memory.u8(start) === Code.Nop && memory.u8(start + 1) === Code.Int3 ? 2 : 0;
  if (ebpFrame) {
    if (at + 1 >= done) {
      if (done === at + 1) setRegister(context, Reg.esp, registers[Reg.esp] + 4);
      return;
    }
    at += 3;
    let saved = registers[Reg.ebp];
    if (has(info, 'a')) {
      at += 3;
      if (saved % 8 >= 4) saved -= 4;
    }
    for (const register of PUSHED) {
      if (register === Reg.ebp || !info.saved.includes(register)) continue;
      if (at++ < done) restoreRegister(memory, context, register, (saved -= 4));
    }
    leave(memory, context);
    return;
  }
  const pushed: number[] = [];
  for (const register of PUSHED) {
    if (!info.saved.includes(register)) continue;
    if (at++ < done) pushed.push(register);
  }
  let esp = registers[Reg.esp];
  if (info.frameBytes > 0 && frameAllocated(memory, start, at, info.frameBytes) <= done) esp += info.frameBytes;
  for (const register of pushed.reverse()) {
    restoreRegister(memory, context, register, esp);
    esp += 4;
  }
  setRegister(context, Reg.esp, esp);
}

/** Offset behind the instructions that make room for locals: a push, a subtraction, or for large frames a call that touches every page. */
function frameAllocated(memory: AddressSpace, start: Address, from: number, size: number): number {
  if (size === 4) return from + 1;
  if (size < PAGE) return from + withConstant(size) + (size + PROBE_DISTANCE > PAGE ? 3 : 0);
  let at = from;
  const parameter = memory.u8(start + at) === Code.PushEax;
  if (parameter) at += 1;
  at += size - (parameter ? 4 : 0) <= 128 ? 4 : 7;
  at += memory.u8(start + at) === Code.Call ? 5 : 6;
  return at + (parameter ? 1 + withConstant(size) : 2);
}
