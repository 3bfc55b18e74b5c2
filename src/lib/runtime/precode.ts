import { isDumpError } from '../bytes/index.ts';
import type { Address } from '../bytes/index.ts';
import type { CodeManager } from './code.ts';
import type { Method, Methods } from './methods.ts';
import type { Target } from './target.ts';

/**
 * Method that an entry point leads to: compiled code, or a precode, the small jump a method is called through until it
 * is compiled. Precodes are told by their instructions (vm/amd64/AsmHelpers, thunktemplates):
 * a fixup precode is `jmp [target]; mov r10,[MethodDesc]; jmp [thunk]`, a stub precode `mov r10,[MethodDesc]; jmp [target]`.
 * A call-counting stub, `mov rax,[counter]; dec word [rax]; je …; jmp [target]`, leads to code that is to be compiled again.
 */
export function entryPointMethod(target: Target, code: CodeManager, methods: Methods, ip: Address): Method | undefined {
  const compiled = code.find(ip);
  if (compiled) return methods.find(compiled.methodDesc);
  try {
    const { memory } = target;
    if (isCallCounting(target, ip)) return methods.find(code.find(memory.pointer(ip + 18 + memory.i32(ip + 14)))?.methodDesc ?? 0);
    const load = memory.u16(ip) === 0x25ff ? ip + 6 : ip;
    if (memory.u8(load) !== 0x4c || memory.u16(load + 1) !== 0x158b) return undefined;
    return methods.find(memory.pointer(load + 7 + memory.i32(load + 3)));
  } catch (error) {
    if (isDumpError(error)) return undefined;
    throw error;
  }
}

function isCallCounting({ memory }: Target, ip: Address): boolean {
  return memory.u16(ip) === 0x8b48 && memory.u8(ip + 2) === 0x05 && memory.u32(ip + 7) === 0x7408ff66 && memory.u16(ip + 12) === 0x25ff;
}
