import type { Address } from '../bytes/index.ts';
import type { AddressSpace } from '../memory/index.ts';
import { copyContext, restoreRegister, setStackPointer, stackPointer } from './unwind.ts';
import type { FrameContext } from './unwind.ts';

const MAX_INSTRUCTIONS = 32;
const REX_B = 0x41;

/**
 * Undoes a frame that was interrupted inside its epilogue, by doing what is left of it. UNWIND_CODEs speak of prologues only; Windows
 * recognises epilogues by their instructions, which may be nothing but `add rsp` or `lea rsp`, pops and a `ret` or a jump out of the
 * function (x64 exception handling, "Unwind procedure"). undefined when the ip is not in one.
 */
export function undoEpilog(memory: AddressSpace, context: FrameContext, bounds: { readonly begin: Address; readonly end: Address }): FrameContext | undefined {
  const caller = copyContext(context);
  let at = context.ip;
  const byte = (i: number) => (memory.has(at + i) ? memory.u8(at + i) : -1);
  // add rsp, imm8 or imm32: only in front of the pops.
  if (byte(0) === 0x48 && byte(1) === 0x83 && byte(2) === 0xc4) {
    setStackPointer(caller, stackPointer(caller) + ((byte(3) << 24) >> 24));
    at += 4;
  } else if (byte(0) === 0x48 && byte(1) === 0x81 && byte(2) === 0xc4) {
    setStackPointer(caller, stackPointer(caller) + memory.i32(at + 3));
    at += 7;
  } else at = leaRsp(memory, at, caller);
  for (let i = 0; i < MAX_INSTRUCTIONS; i++) {
    const prefix = byte(0) === REX_B ? 1 : 0;
    const opcode = byte(prefix);
    if (opcode >= 0x58 && opcode <= 0x5f) {
      const sp = stackPointer(caller);
      restoreRegister(memory, caller, (opcode & 7) + 8 * prefix, sp);
      setStackPointer(caller, sp + 8);
      at += prefix + 1;
      continue;
    }
    if (!leaves(memory, at, bounds)) return undefined;
    const sp = stackPointer(caller);
    caller.ip = memory.pointer(sp);
    setStackPointer(caller, sp + 8);
    return caller;
  }
  return undefined;
}

/** lea rsp, [frame register + disp8 or disp32]; gives the address behind it. */
function leaRsp(memory: AddressSpace, at: Address, caller: FrameContext): Address {
  if (!memory.has(at, 7)) return at;
  const rex = memory.u8(at);
  const modrm = memory.u8(at + 2);
  const mode = modrm >> 6;
  if ((rex & 0xfe) !== 0x48 || memory.u8(at + 1) !== 0x8d || (modrm & 0x38) !== 0x20 || (modrm & 7) === 4 || mode === 0 || mode === 3) return at;
  const base = caller.registers[(modrm & 7) + 8 * (rex & 1)];
  setStackPointer(caller, base + (mode === 1 ? (memory.u8(at + 3) << 24) >> 24 : memory.i32(at + 3)));
  return at + (mode === 1 ? 4 : 7);
}

/** ret, ret imm16, rep ret, or a jump that leaves the function. */
function leaves(memory: AddressSpace, at: Address, { begin, end }: { readonly begin: Address; readonly end: Address }): boolean {
  if (!memory.has(at, 1)) return false;
  const opcode = memory.u8(at);
  if (opcode === 0xc3 || opcode === 0xc2) return true;
  if (!memory.has(at, 6)) return false;
  if (opcode === 0xf3) return memory.u8(at + 1) === 0xc3;
  const outside = (target: Address) => target < begin || target >= end;
  if (opcode === 0xeb) return outside(at + 2 + ((memory.u8(at + 1) << 24) >> 24));
  if (opcode === 0xe9) return outside(at + 5 + memory.i32(at + 1));
  if (opcode === 0xff) return memory.u8(at + 1) === 0x25;
  return opcode === 0x48 && memory.u8(at + 1) === 0xff && (memory.u8(at + 2) & 0x38) === 0x20;
}
