import type { Instruction, Operand } from './instruction.ts';

/** OpKinds of immediates (iced_x86.js): one byte, eight bytes, and from 8to16 to 32to64 those that the processor extends by their sign. */
const Kind = { Immediate8: 6, Immediate64: 10, Immediate8to16: 11, Immediate8to32: 12 } as const;
/** Instructions whose byte is a number with a sign, and not a selector or a count. */
const SIGNED_BYTE = /^(?:mov|add|or|adc|sbb|and|sub|xor|cmp|test)$/;
const SHIFT = /^(?:shl|shr|sar|rol|ror|rcl|rcr)$/;
const SEGMENTS: Readonly<Record<number, string>> = { 0x26: 'es', 0x2e: 'cs', 0x36: 'ss', 0x3e: 'ds' };
const LOCK = 0xf0;

/** LLVM prints immediates with their sign where the processor extends it. */
export function llvmImmediate(raw: bigint, kind: number, mnemonic: string): string {
  const bits = kind === Kind.Immediate8 && SIGNED_BYTE.test(mnemonic) ? 8 : kind === Kind.Immediate8to16 ? 16 : kind === Kind.Immediate8to32 ? 32 : 64;
  const value = bits === 8 || kind >= Kind.Immediate64 ? BigInt.asIntN(bits, raw) : raw;
  return value < 0n ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`;
}

/** Makes Intel notation that of LLVM 14, which lldb prints. */
export function llvmText(instruction: Instruction): Instruction {
  const { mnemonic, bytes, operands } = instruction;
  if (operands[0]?.kind === 'branch') return { ...instruction, operands: operands.map((o) => ({ ...o, text: `0x${(o.value ?? 0).toString(16)}` })) };
  // A mov of eight immediate bytes has its own name.
  if (mnemonic === 'mov' && operands[0]?.kind === 'register' && operands[1]?.kind === 'immediate' && bytes.length === 10) return { ...instruction, mnemonic: 'movabs' };
  if (mnemonic === 'xchg' && bytes.length === 2 && bytes[0] === 0x66 && bytes[1] === 0x90) return { ...instruction, mnemonic: 'nop', operands: [] };
  if (mnemonic === 'rep ret') return { ...instruction, mnemonic: 'rep', operands: [{ kind: 'register', text: 'ret', value: undefined }] };
  const { opcode, segment } = prefixes(bytes);
  if (SHIFT.test(mnemonic) && (opcode & 0xfe) === 0xd0) return { ...instruction, operands: operands.slice(0, 1) };
  return segment ? { ...instruction, operands: operands.map((o) => withSegment(o, segment)) } : instruction;
}

/** The first byte behind the prefixes, and the segment they name. */
function prefixes(bytes: Uint8Array): { opcode: number; segment: string | undefined } {
  let segment: string | undefined;
  let at = 0;
  for (; at < bytes.length - 1; at++) {
    const byte = bytes[at];
    segment = SEGMENTS[byte] ?? segment;
    if (!(byte in SEGMENTS) && byte !== 0x66 && byte !== 0x67 && byte !== 0xf2 && byte !== 0xf3) break;
  }
  if ((bytes[at] & 0xf0) === 0x40) at++;
  return { opcode: bytes[at] ?? 0, segment };
}

function withSegment(operand: Operand, segment: string): Operand {
  return operand.kind === 'memory' && !operand.text.includes(':') ? { ...operand, text: operand.text.replace('[', `${segment}:[`) } : operand;
}

/** LLVM takes a leading lock for an instruction of its own. */
export function* withoutLock(instruction: Instruction): Generator<Instruction> {
  if (instruction.invalid || instruction.bytes[0] !== LOCK) yield instruction;
  else {
    yield { ...instruction, bytes: instruction.bytes.subarray(0, 1), flow: 'next', mnemonic: 'lock', operands: [] };
    yield { ...instruction, address: instruction.address + 1, bytes: instruction.bytes.subarray(1), mnemonic: instruction.mnemonic.replace(/^lock /, '') };
  }
}
