import type { Address } from '../../bytes/index.ts';
import type { LiveSlot } from '../gc-info/frame-slots.ts';
import { REGISTER_SETS } from '../unwind.ts';
import { has, Reg, stackSize } from './header.ts';
import type { X86GcInfo, X86Variable } from './header.ts';
import { pushedAt } from './pushed.ts';
import { epilogOffset, inProlog } from './unwind.ts';

const INTERIOR = 1;

/** A frame of x86 code, as far as its slots need it. */
export interface X86FrameState {
  /** Offset of the ip in the method. */
  readonly offset: number;
  readonly registers: readonly number[];
  readonly active: boolean;
  /** An exception stopped the code: it will not go on, and only its variables still count. */
  readonly interrupted: boolean;
  readonly parentOfFunclet: boolean;
  readonly filter: boolean;
}

/** Where a frame holds references (vm/gc_unwind_x86.inl, EnumGcRefsX86), in the runtime's order: registers, arguments, variables. */
export function x86FrameSlots(info: X86GcInfo, frame: X86FrameState): LiveSlot[] {
  const { offset, active, interrupted } = frame;
  if (frame.parentOfFunclet || inProlog(info, offset) || epilogOffset(info, offset) !== undefined) return [];
  const full = has(info, 'i');
  // A return address counts as the call before it, for registers and variables.
  const before = active || offset === 0 ? offset : offset - 1;
  const pushed = pushedAt(info, offset, full ? before : offset);
  const live: LiveSlot[] = [];
  if (!interrupted) {
    const order = full ? [...(active ? [Reg.eax, Reg.ecx, Reg.edx] : []), Reg.ebx, Reg.ebp, Reg.esi, Reg.edi] : [Reg.edi, Reg.esi, Reg.ebx, Reg.ebp];
    for (const register of order) {
      if ((pushed.registers >> register) & 1) live.push({ flags: (pushed.interior >> register) & 1 ? INTERIOR : 0, location: undefined, number: register, register: REGISTER_SETS.x86.names[register], offset: 0 });
    }
    for (const { distance, interior } of pushed.arguments) {
      live.push(place(info, frame, frame.registers[Reg.esp] + distance, interior ? INTERIOR : 0));
    }
  }
  const base = has(info, 'f') ? frame.registers[Reg.ebp] : frame.registers[Reg.esp] + pushed.bytes;
  if (!frame.filter) for (const variable of info.untracked) live.push(place(info, frame, addressOf(info, frame, base, variable), variable.flags));
  const at = interrupted ? offset : before;
  for (const variable of info.variables) {
    if (variable.start > at) break;
    if (at < variable.end) live.push(place(info, frame, base + variable.offset, variable.flags));
  }
  return live;
}

/** With an aligned frame, arguments lie behind ebp but are told as if there were no frame pointer. */
function addressOf(info: X86GcInfo, frame: X86FrameState, base: Address, variable: X86Variable): Address {
  const locals = stackSize(info) - 4;
  return has(info, 'a') && variable.offset >= locals ? frame.registers[Reg.ebp] + variable.offset - locals : base + variable.offset;
}

function place(info: X86GcInfo, frame: X86FrameState, location: Address, flags: number): LiveSlot {
  const register = has(info, 'f') ? Reg.ebp : Reg.esp;
  return { flags, location, number: undefined, register: REGISTER_SETS.x86.names[register], offset: location - frame.registers[register] };
}
