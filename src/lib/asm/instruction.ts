import type { Address } from '../bytes/index.ts';

/** Bits of an address in the code: 64 for x64, 32 for x86, 16 for real mode. */
export type Bitness = 16 | 32 | 64;
/** Whose notation: WinDbg's (MASM), or the one LLVM prints and with it lldb. */
export type Syntax = 'windbg' | 'llvm';
/** Where execution goes after an instruction. `trap` is int, ud2 and the like. */
export type Flow = 'next' | 'jump' | 'branch' | 'call' | 'return' | 'indirect jump' | 'indirect call' | 'trap';

/** An operand as the syntax spells it; of branches and absolute memory the caller may put a name in its place. */
export interface Operand {
  readonly kind: 'register' | 'immediate' | 'memory' | 'branch';
  readonly text: string;
  /** Value of an immediate, target of a branch, address of memory that no register but the instruction pointer decides. */
  readonly value: number | undefined;
}

/** One decoded instruction. */
export interface Instruction {
  readonly address: Address;
  /** Its bytes, 1 to 15. One byte when it is invalid. */
  readonly bytes: Uint8Array;
  readonly invalid: boolean;
  readonly flow: Flow;
  /** With prefixes: `rep stos`. */
  readonly mnemonic: string;
  readonly operands: readonly Operand[];
}

/** Decodes machine code of x86 and x64. */
export interface Disassembler {
  /** Decodes bytes that lie at an address; an instruction that the end of the bytes cuts is invalid. */
  decode(bytes: Uint8Array, address: Address, bitness: Bitness, syntax: Syntax): Generator<Instruction>;
}
