import type { Bitness, Instruction, Operand } from './instruction.ts';

const SCALAR_DOUBLE = /^v?(?!cvtsi)(?:movq|movlp[sd]|movhp[sd]|movddup|[a-z0-9]*sd|cvtps2pd|cvtdq2pd|cvtpi2p[sd])$/;

/** Makes MASM notation WinDbg's own. */
export function windbgText(instruction: Instruction, stringInstruction: boolean, bitness: Bitness): Instruction {
  const { mnemonic } = instruction;
  const operands = bitness === 32 ? instruction.operands.map(wholeAddress) : instruction.operands;
  // `rep stos dword ptr [rdi]`, where others glue the size to the name.
  if (stringInstruction) return { ...instruction, mnemonic: mnemonic.replace(/(movs|stos|lods|scas|cmps|ins|outs)[bwdq]$/, '$1'), operands };
  if (SCALAR_DOUBLE.test(mnemonic) && operands.some((o) => /^[xy]?mm\d/.test(o.text))) return { ...instruction, operands: operands.map(double) };
  return operands === instruction.operands ? instruction : { ...instruction, operands };
}

/** On x86 an address without registers is written in full: `fs:[0000002Ch]`. */
function wholeAddress(operand: Operand): Operand {
  if (operand.kind !== 'memory') return operand;
  return { ...operand, text: operand.text.replace(/(?:(?<=:)|(?<=ptr )|^)\[0?([0-9A-F]+)h?\]$/, (_, digits: string) => `[${digits.padStart(8, '0')}h]`) };
}

/** Eight bytes that are a double are `mmword` in WinDbg. */
function double(operand: Operand): Operand {
  return operand.kind === 'memory' ? { ...operand, text: operand.text.replace(/^qword ptr/, 'mmword ptr') } : operand;
}
