import type { Address } from '../bytes/index.ts';
import type { AddressSpace } from '../memory/index.ts';

/** Longest call looked for: opcode, ModRM, SIB and a 32-bit displacement. */
const LONGEST = 7;
const MAX_JUMPS = 32;

/** The call instruction in front of a return address; `target` is where it went, when the instruction tells. */
export interface CallSite { readonly target: Address | undefined }

/**
 * The call that ends at `address`, as SOS recognises it (Strike/disasmX86.cpp, IsReturnAddress): a word on a stack is taken for a
 * return address when its bytes in front are a call. Old return addresses look the same. `undefined` when there is no call;
 * `unreadable` when the bytes are not in the dump.
 */
export function callBefore(memory: AddressSpace, address: Address): CallSite | 'unreadable' | undefined {
  if (!memory.has(address - LONGEST, LONGEST)) return 'unreadable';
  const back = (distance: number) => memory.u8(address - distance);
  if (back(5) === 0xe8) {
    const to = address + memory.i32(address - 4);
    if (memory.has(to, 8)) return { target: finalTarget(memory, to) };
  }
  if (back(6) === 0xff && back(5) === 0x15) {
    const slot = memory.pointerSize === 8 ? address + memory.i32(address - 4) : memory.u32(address - 4);
    const to = memory.tryPointer(slot);
    if (to !== undefined && memory.has(to, 8)) return { target: finalTarget(memory, to) };
  }
  const disp8 = back(3) === 0xff && (back(2) & ~7) === 0x50 && (back(2) & 7) !== 4;
  const disp8Sib = back(4) === 0xff && back(3) === 0x54;
  const disp32 = back(6) === 0xff && (back(5) & ~7) === 0x90 && (back(5) & 7) !== 4;
  const disp32Sib = back(7) === 0xff && back(6) === 0x94;
  const indirect = back(2) === 0xff && (back(1) & ~7) === 0x10 && (back(1) & 7) !== 4 && (back(1) & 7) !== 5;
  const register = back(2) === 0xff && (back(1) & ~7) === 0xd0 && (back(1) & 7) !== 4;
  return disp8 || disp8Sib || disp32 || disp32Sib || indirect || register ? { target: undefined } : undefined;
}

/** Follows unconditional jumps; stays where one cannot be read or depends on a register. */
function finalTarget(memory: AddressSpace, start: Address): Address {
  let at = start;
  for (let i = 0; i < MAX_JUMPS && memory.has(at, 6); i++) {
    const opcode = memory.u8(at);
    if (opcode === 0xeb) at += 2 + ((memory.u8(at + 1) << 24) >> 24);
    else if (opcode === 0xe9) at += 5 + memory.i32(at + 1);
    else return at;
  }
  return start;
}
