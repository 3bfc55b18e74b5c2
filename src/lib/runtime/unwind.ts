import { FormatError } from '../bytes/index.ts';
import type { Address } from '../bytes/index.ts';
import type { AddressSpace } from '../memory/index.ts';

/** x64 registers a frame is described by; numbers in the order of UNWIND_CODE's OpInfo. The first eight have the numbers of x86's. */
export const REGISTERS = ['rax', 'rcx', 'rdx', 'rbx', 'rsp', 'rbp', 'rsi', 'rdi', 'r8', 'r9', 'r10', 'r11', 'r12', 'r13', 'r14', 'r15'] as const;

/** The general registers of an architecture by number, as instructions and unwind codes name them, and its instruction pointer. */
export interface RegisterSet { readonly names: readonly string[]; readonly ip: string }
export const REGISTER_SETS = {
  x64: { names: REGISTERS, ip: 'rip' },
  x86: { names: ['eax', 'ecx', 'edx', 'ebx', 'esp', 'ebp', 'esi', 'edi'], ip: 'eip' },
} as const satisfies Record<string, RegisterSet>;

export function registerSet(pointerSize: 4 | 8): RegisterSet {
  return pointerSize === 8 ? REGISTER_SETS.x64 : REGISTER_SETS.x86;
}

/** Number of the stack pointer, on both. */
const RSP = 4;

/**
 * Registers of one frame. `registers` are numbers, exact for addresses; `places` says where each value was read (0: it is the
 * thread's own still, COMPUTED: nowhere), so that values that are no addresses can be read again in full.
 */
export interface FrameContext { ip: Address; readonly registers: number[]; readonly places: number[] }

const COMPUTED = -1;

export function contextOf(registers: Readonly<Record<string, bigint>>): FrameContext {
  const { names, ip }: RegisterSet = registers['eip'] === undefined ? REGISTER_SETS.x64 : REGISTER_SETS.x86;
  return { ip: Number(registers[ip] ?? 0n), registers: names.map((name) => Number(registers[name] ?? 0n)), places: names.map(() => 0) };
}

export function copyContext(context: FrameContext): FrameContext {
  return { ip: context.ip, registers: [...context.registers], places: [...context.places] };
}

/** Makes `to` equal to `from`, in place. */
export function assignContext(to: FrameContext, from: FrameContext): void {
  to.ip = from.ip;
  for (let i = 0; i < from.registers.length; i++) {
    to.registers[i] = from.registers[i];
    to.places[i] = from.places[i];
  }
}

/** Gives a register the value that was saved at an address. */
export function restoreRegister(memory: AddressSpace, context: FrameContext, register: number, at: Address): void {
  context.registers[register] = memory.pointer(at);
  context.places[register] = at;
}

/** Gives a register a value that was worked out. */
export function setRegister(context: FrameContext, register: number, value: number): void {
  context.registers[register] = value;
  context.places[register] = COMPUTED;
}

/** All bits of the registers, by name; `own` are the thread's. */
export function registerValues(memory: AddressSpace, context: FrameContext, own: Readonly<Record<string, bigint>>): Record<string, bigint> {
  const { names, ip } = registerSet(memory.pointerSize);
  const values: Record<string, bigint> = { ...own, [ip]: BigInt(context.ip) };
  names.forEach((name, i) => {
    const place = context.places[i];
    if (place > 0 && memory.has(place, memory.pointerSize)) values[name] = memory.word(place);
    else if (place !== 0 || i === RSP) values[name] = BigInt(context.registers[i]);
  });
  return values;
}

export function stackPointer(context: FrameContext): Address {
  return context.registers[RSP];
}

export function setStackPointer(context: FrameContext, value: Address): void {
  context.registers[RSP] = value;
}

/** UNWIND_CODE operations (x64 exception handling, "Unwind operation code"); 11 is CoreCLR's on Unix. */
const Op = { PushNonVolatile: 0, AllocLarge: 1, AllocSmall: 2, SetFrameRegister: 3, SaveNonVolatile: 4, SaveNonVolatileFar: 5, Epilog: 6, Spare: 7, SaveXmm: 8, SaveXmmFar: 9, MachineFrame: 10, SetFrameRegisterLarge: 11 } as const;
const CHAINED = 4;
const MAX_CHAIN = 32;

interface Code { readonly offset: number; readonly op: number; readonly info: number; readonly value: number }

/** Undoes one frame with its UNWIND_INFO: registers become those of the caller. True when the processor itself pushed the frame: the caller was interrupted. */
export function unwindFrame(memory: AddressSpace, imageBase: Address, unwind: { readonly begin: number; readonly data: number }, context: FrameContext): boolean {
  let info = imageBase + (unwind.data - (unwind.data % 2));
  const progress = context.ip - (imageBase + unwind.begin);
  for (let chain = 0; chain < MAX_CHAIN; chain++) {
    const flags = memory.u8(info) >> 3;
    const count = memory.u8(info + 2);
    const frame = memory.u8(info + 3);
    const codes = readCodes(memory, info + 4, count, (frame >> 4) * 16).filter((c) => chain > 0 || c.offset <= progress);
    if (codes.some((c) => c.op === Op.MachineFrame)) {
      apply(memory, codes, frame & 15, context);
      applyMachineFrame(memory, codes, context);
      return true;
    }
    apply(memory, codes, frame & 15, context);
    if ((flags & CHAINED) === 0) {
      const sp = context.registers[RSP];
      context.ip = memory.pointer(sp);
      context.registers[RSP] = sp + 8;
      return false;
    }
    info = imageBase + memory.u32(info + 4 + 2 * ((count + 1) & ~1) + 8);
  }
  throw new FormatError('an unwind chain does not end');
}

function readCodes(memory: AddressSpace, at: Address, count: number, frameOffset: number): Code[] {
  const codes: Code[] = [];
  const word = (i: number) => memory.u16(at + 2 * i);
  for (let i = 0; i < count; ) {
    const offset = memory.u8(at + 2 * i);
    const op = memory.u8(at + 2 * i + 1) & 15;
    const info = memory.u8(at + 2 * i + 1) >> 4;
    const far = () => word(i + 1) + word(i + 2) * 65536;
    let value = 0;
    let slots = 1;
    if (op === Op.AllocLarge) {
      value = info === 0 ? word(i + 1) * 8 : far();
      slots = info === 0 ? 2 : 3;
    } else if (op === Op.AllocSmall) value = info * 8 + 8;
    else if (op === Op.SetFrameRegister) value = frameOffset;
    else if (op === Op.SetFrameRegisterLarge) {
      value = far() * 16;
      slots = 3;
    } else if (op === Op.SaveNonVolatile || op === Op.SaveXmm) {
      value = word(i + 1) * (op === Op.SaveNonVolatile ? 8 : 16);
      slots = 2;
    } else if (op === Op.SaveNonVolatileFar || op === Op.SaveXmmFar) {
      value = far();
      slots = 3;
    }
    codes.push({ offset, op: op === Op.SetFrameRegisterLarge ? Op.SetFrameRegister : op, info, value });
    i += slots;
  }
  return codes;
}

function apply(memory: AddressSpace, codes: readonly Code[], frameRegister: number, context: FrameContext): void {
  const { registers } = context;
  const set = codes.find((c) => c.op === Op.SetFrameRegister);
  const base = set ? registers[frameRegister] - set.value : registers[RSP];
  for (const c of codes) if (c.op === Op.SaveNonVolatile || c.op === Op.SaveNonVolatileFar) restoreRegister(memory, context, c.info, base + c.value);
  let sp = registers[RSP];
  for (const c of codes) {
    if (c.op === Op.SetFrameRegister) sp = registers[frameRegister] - c.value;
    else if (c.op === Op.AllocLarge || c.op === Op.AllocSmall) sp += c.value;
    else if (c.op === Op.PushNonVolatile) {
      restoreRegister(memory, context, c.info, sp);
      sp += 8;
    }
  }
  registers[RSP] = sp;
}

/** A frame the processor pushed itself: ip and sp lie on the stack. */
function applyMachineFrame(memory: AddressSpace, codes: readonly Code[], context: FrameContext): void {
  const frame = codes.find((c) => c.op === Op.MachineFrame);
  const at = context.registers[RSP] + (frame?.info ? 8 : 0);
  context.ip = memory.u64(at);
  context.registers[RSP] = memory.u64(at + 24);
}
