import type { Bitness, Disassembler, Instruction, Operand, Syntax } from '../../asm/index.ts';
import { ContractError, hex } from '../../bytes/index.ts';
import type { Address, LocalText } from '../../bytes/index.ts';
import { message } from '../../output/index.ts';
import type { OutputNode } from '../../output/index.ts';
import type { CommandContext } from '../context.ts';
import { tick } from './expression.ts';
import { managedCode, symbolAt, symbolText } from './symbol-name.ts';

const CHUNK = 4096;
/** Longest instruction of x86, in bytes. */
export const MAX_INSTRUCTION = 15;
const PAGE = 4096;

export function disassemblerOf(context: CommandContext): Disassembler {
  const { disassembler } = context.capabilities;
  if (!disassembler) throw new ContractError('the disassembler is not loaded');
  return disassembler;
}

/** Bits of the process's code; throws for processors that are not x86. */
export function bitnessOf(context: CommandContext): Bitness {
  const { architecture } = context.dump;
  if (architecture === 'x64') return 64;
  if (architecture === 'x86') return 32;
  throw new ContractError(`code of ${architecture} cannot be disassembled: only x86 and x64 can`, {
    en: 'Registers, threads, modules and memory can still be looked at.',
    'zh-tw': '仍可檢視暫存器、執行緒、模組與記憶體。',
  });
}

/** Instructions from an address on, as far as memory goes or up to `end`. */
export function* instructionsAt(context: CommandContext, start: Address, syntax: Syntax, bitness: Bitness, end = Infinity): Generator<Instruction> {
  const disassembler = disassemblerOf(context);
  for (let at = start; at < end; ) {
    const bytes = context.memory.readUpTo(at, Math.min(CHUNK, end - at));
    const more = bytes.length === CHUNK;
    const from = at;
    for (const instruction of disassembler.decode(bytes, at, bitness, syntax)) {
      // What the end of a piece may cut is decoded again, from the next one.
      if (more && instruction.address - from > CHUNK - MAX_INSTRUCTION) break;
      // Cut by the end of what the dump holds: it is not invalid, it is unknown.
      if (instruction.invalid && !more && !context.memory.has(instruction.address, MAX_INSTRUCTION) && instruction.address + MAX_INSTRUCTION > at + bytes.length && at + bytes.length < end) return;
      yield instruction;
      at = instruction.address + instruction.bytes.length;
    }
    if (at === from) return;
  }
}

/** WinDbg's notation of an operand: targets and fixed addresses by the names their modules export. */
export function windbgOperand(context: CommandContext, operand: Operand): string {
  const { kind, value, text } = operand;
  if (value === undefined || (kind !== 'branch' && kind !== 'memory')) return text;
  const size = context.dump.pointerSize;
  const symbol = managedCode(context, value) ? undefined : symbolAt(context, value);
  const place = symbol ? `${symbolText(symbol)} (${tick(value, size)})` : tick(value, size);
  if (kind === 'branch') return place;
  // On x86 an address without a name keeps its segment: ds:[0040A000h].
  return text.replace(/(?:ds:)?\[[^\]]*\]/, size === 4 && !symbol ? `ds:[${place.toUpperCase()}h]` : `[${place}]`);
}

const bytesText = (bytes: Uint8Array) => Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');

/** `` 00007ff6`12345678 488bc4          mov     rax,rsp``. */
export function windbgLine(context: CommandContext, instruction: Instruction): string {
  const operands = instruction.operands.map((o) => windbgOperand(context, o)).join(',');
  return `${tick(instruction.address, context.dump.pointerSize)} ${column(bytesText(instruction.bytes), 16)}${column(instruction.mnemonic, 8, operands)}${operands}`;
}

/** `00007f6ee8671861 4881ece0020000       sub     rsp, 0x2e0`, as lldb's SOS prints it (lldbplugin/services.cpp, Disassemble). */
export function llvmLine(instruction: Instruction): string {
  return `${hex(instruction.address, 16)} ${column(bytesText(instruction.bytes), 21)}${column(instruction.mnemonic, 8)}${instruction.operands.map((o) => o.text).join(', ')}`;
}

/** A column ends with a blank however long it gets; the last one of a line is as long as it is. */
function column(text: string, width: number, behind = ' '): string {
  return behind === '' ? text : text.length < width ? text.padEnd(width) : `${text} `;
}

const NOT_IN_DUMP: LocalText = {
  en: 'Packed samples keep only the code pages their lessons need, and small dumps none: a full dump of the process has them.',
  'zh-tw': '精簡過的範例只保留課程所需的程式碼分頁，小型傾印則完全沒有；完整傾印才有這些內容。',
};

/** Says which page of code is not in the dump. */
export function* missingCode(context: CommandContext, address: Address): Generator<OutputNode> {
  const page = tick(address - (address % PAGE), context.dump.pointerSize);
  yield message('warning', { en: `The code page at ${page} is not in this dump.`, 'zh-tw': `這個傾印不包含位於 ${page} 的程式碼分頁。` });
  yield message('dim', NOT_IN_DUMP);
}
