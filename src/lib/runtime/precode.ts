import { isDumpError } from '../bytes/index.ts';
import type { Address } from '../bytes/index.ts';
import type { Architecture } from '../container/index.ts';
import type { AddressSpace } from '../memory/index.ts';
import type { CodeManager } from './code.ts';
import type { Method, Methods } from './methods.ts';
import type { Target } from './target.ts';

/** An instruction that reads a pointer: its first bytes, its length, and whether the address in it is relative to its end. */
interface Load { readonly opcode: readonly number[]; readonly size: number; readonly relative: boolean }
interface Stubs { readonly method: Load; readonly counter: Load; readonly jump: Load }

/** The instructions stubs are made of (vm/amd64/thunktemplates.asm, vm/i386/asmhelpers.asm). */
const STUBS: Partial<Record<Architecture, Stubs>> = {
  x64: {
    method: { opcode: [0x4c, 0x8b, 0x15], size: 7, relative: true }, counter: { opcode: [0x48, 0x8b, 0x05], size: 7, relative: true },
    jump: { opcode: [0xff, 0x25], size: 6, relative: true },
  },
  x86: {
    method: { opcode: [0xa1], size: 5, relative: false }, counter: { opcode: [0xa1], size: 5, relative: false },
    jump: { opcode: [0xff, 0x25], size: 6, relative: false },
  },
};
/** `dec word ptr [counter]; je` over a jump. */
const COUNTS = [0x66, 0xff, 0x08, 0x74, 0x06] as const;

/**
 * Method that an entry point leads to: compiled code, or a precode, the small jump a method is called through until it
 * is compiled. A fixup precode is `jmp [target]; mov r10,[MethodDesc]; jmp [thunk]`, a stub precode `mov r10,[MethodDesc]; jmp [target]`
 * (eax on x86). A call-counting stub, `mov rax,[counter]; dec word [rax]; je …; jmp [target]`, leads to code that may be compiled again.
 */
export function entryPointMethod(target: Target, code: CodeManager, methods: Methods, ip: Address): Method | undefined {
  const compiled = code.find(ip);
  if (compiled) return methods.find(compiled.methodDesc);
  const stubs = STUBS[target.dump.architecture];
  if (!stubs) return undefined;
  const { memory } = target;
  try {
    const { method, counter, jump } = stubs;
    if (begins(memory, ip, counter.opcode) && begins(memory, ip + counter.size, COUNTS)) {
      const counted = code.find(loaded(memory, ip + counter.size + COUNTS.length, jump));
      return counted && methods.find(counted.methodDesc);
    }
    const load = begins(memory, ip, jump.opcode) ? ip + jump.size : ip;
    return begins(memory, load, method.opcode) ? methods.find(loaded(memory, load, method)) : undefined;
  } catch (error) {
    if (isDumpError(error)) return undefined;
    throw error;
  }
}

function begins(memory: AddressSpace, at: Address, bytes: readonly number[]): boolean {
  return bytes.every((byte, i) => memory.u8(at + i) === byte);
}

/** The pointer that a load reads. */
function loaded(memory: AddressSpace, at: Address, { opcode, size, relative }: Load): Address {
  const place = at + opcode.length;
  return memory.pointer(relative ? at + size + memory.i32(place) : memory.u32(place));
}
