import { BinaryReader } from '../bytes/index.ts';
import type { Architecture, Registers } from './dump.ts';

type Layout = readonly (readonly [name: string, offset: number, size: 2 | 4 | 8])[];

const X64_ORDER = ['rax', 'rcx', 'rdx', 'rbx', 'rsp', 'rbp', 'rsi', 'rdi', 'r8', 'r9', 'r10', 'r11', 'r12', 'r13', 'r14', 'r15', 'rip'];
const X86_ORDER = ['edi', 'esi', 'ebx', 'edx', 'ecx', 'eax', 'ebp', 'eip', 'cs', 'eflags', 'esp', 'ss'];

/** CONTEXT of winnt.h: x64 is 0x4D0 bytes, x86 0x2CC. */
const WINDOWS: Partial<Record<Architecture, Layout>> = {
  x64: [
    ['cs', 0x38, 2], ['ds', 0x3a, 2], ['es', 0x3c, 2], ['fs', 0x3e, 2], ['gs', 0x40, 2], ['ss', 0x42, 2], ['eflags', 0x44, 4],
    ...X64_ORDER.map((name, i) => [name, 0x78 + 8 * i, 8] as const),
  ],
  x86: [
    ['gs', 0x8c, 4], ['fs', 0x90, 4], ['es', 0x94, 4], ['ds', 0x98, 4],
    ...X86_ORDER.map((name, i) => [name, 0x9c + 4 * i, 4] as const),
  ],
};

const LINUX_X64 = ['r15', 'r14', 'r13', 'r12', 'rbp', 'rbx', 'r11', 'r10', 'r9', 'r8', 'rax', 'rcx', 'rdx', 'rsi', 'rdi', 'orig_rax', 'rip', 'cs', 'eflags', 'rsp', 'ss', 'fs_base', 'gs_base', 'ds', 'es', 'fs', 'gs'];
const LINUX_X86 = ['ebx', 'ecx', 'edx', 'esi', 'edi', 'ebp', 'eax', 'ds', 'es', 'fs', 'gs', 'orig_eax', 'eip', 'cs', 'eflags', 'esp', 'ss'];

/** elf_gregset_t inside NT_PRSTATUS (sys/procfs.h): pr_reg at 112 (x64) or 72 (i386). */
const LINUX: Partial<Record<Architecture, Layout>> = {
  x64: LINUX_X64.map((name, i) => [name, 112 + 8 * i, 8] as const),
  x86: LINUX_X86.map((name, i) => [name, 72 + 4 * i, 4] as const),
};

function read(layout: Layout | undefined, bytes: Uint8Array): Registers {
  const registers: Record<string, bigint> = {};
  if (!layout) return registers;
  const reader = new BinaryReader(bytes);
  for (const [name, offset, size] of layout) {
    if (offset + size > bytes.byteLength) continue;
    registers[name] = size === 8 ? reader.big64(offset) : BigInt(size === 4 ? reader.u32(offset) : reader.u16(offset));
  }
  return registers;
}

/** Where each register lies in a Windows CONTEXT; empty for architectures we do not know. */
export function contextOffsets(architecture: Architecture): ReadonlyMap<string, number> {
  return new Map(WINDOWS[architecture]?.map(([name, offset]) => [name, offset]));
}

/** Registers of a Windows CONTEXT; empty for architectures we do not know. */
export function readWindowsContext(architecture: Architecture, bytes: Uint8Array): Registers {
  return read(WINDOWS[architecture], bytes);
}

/** Registers of the body of an NT_PRSTATUS note. */
export function readPrStatus(architecture: Architecture, bytes: Uint8Array): Registers {
  return read(LINUX[architecture], bytes);
}

/** Instruction and stack pointer, whatever the architecture calls them. */
export function pointers(registers: Registers): { ip: number; sp: number; fp: number } {
  const pick = (...names: string[]) => Number(names.map((name) => registers[name]).find((value) => value !== undefined) ?? 0n);
  return { ip: pick('rip', 'eip', 'pc'), sp: pick('rsp', 'esp', 'sp'), fp: pick('rbp', 'ebp', 'fp') };
}
