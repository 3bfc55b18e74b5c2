import type { Bitness, Instruction } from '../../asm/index.ts';
import type { Address } from '../../bytes/index.ts';
import { line, progress } from '../../output/index.ts';
import type { CommandRun, OutputNode } from '../../output/index.ts';
import type { CommandDef, ParsedArgs } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { ArgumentError } from '../parse.ts';
import { bitnessOf, instructionsAt, missingCode, windbgLine } from './code-text.ts';
import { evaluateAddress, tick } from './expression.ts';
import { methodAt, symbolAt, symbolText } from './symbol-name.ts';
import { parseRange } from './range.ts';

const DEFAULT_COUNT = 8;
/** Most instructions of one command. */
const MAX_COUNT = 1 << 18;
export const INSTRUCTIONS_A_SLICE = 128;

export const range = [{ name: 'range', kind: 'rest', optional: true, help: { en: 'Address, address Lcount, or start and end; without it, where the last one ended.', 'zh-tw': '位址、位址 L個數，或起訖位址；省略時從上次結束處繼續。' } }] as const;

/** `name+0x12:` above an instruction, where the symbol is another one than before. */
export function* labelOf(context: CommandContext, address: Address, last: string | undefined): Generator<OutputNode, string | undefined> {
  const symbol = symbolAt(context, address);
  if (symbol && symbol.text !== last) yield line(`${symbolText(symbol)}:`);
  return symbol?.text;
}

/** A line of code; a call of managed code tells whose. */
export function* codeLine(context: CommandContext, instruction: Instruction, suffix = ''): Generator<OutputNode> {
  const [operand] = instruction.operands;
  const value = operand?.kind === 'branch' ? operand.value : undefined;
  const method = value === undefined ? undefined : methodAt(context, value);
  const symbol = value !== undefined && method && method !== methodAt(context, instruction.address) ? symbolAt(context, value) : undefined;
  const other = symbol ? ` (${symbolText(symbol)})` : '';
  yield line(`${windbgLine(context, instruction)}${other}${suffix}`);
}

/** Where a command without an address begins: behind what was shown last, or at the current instruction. */
export function startOf(context: CommandContext): Address {
  return context.session.unassembleAt ?? evaluateAddress(context, '$ip');
}

function* unassemble(context: CommandContext, args: ParsedArgs, bitness: Bitness): CommandRun {
  const { start, count, end } = args.raw.trim() === '' ? { start: startOf(context), count: undefined, end: undefined } : parseRange(context, args.raw);
  if (end !== undefined && end < start) throw new ArgumentError('Range error: the end lies before the start');
  const wanted = Math.min(end === undefined ? (count ?? DEFAULT_COUNT) : MAX_COUNT, MAX_COUNT);
  let at = start;
  let done = 0;
  let symbol: string | undefined;
  if (wanted > 0) {
    for (const instruction of instructionsAt(context, start, 'windbg', bitness)) {
      if (end !== undefined && instruction.address > end) break;
      symbol = yield* labelOf(context, instruction.address, symbol);
      yield* codeLine(context, instruction);
      at = instruction.address + instruction.bytes.length;
      if (++done >= wanted) break;
      if (done % INSTRUCTIONS_A_SLICE === 0) yield progress(done, end === undefined ? wanted : 0);
    }
  }
  context.session.unassembleAt = at;
  if (done >= wanted || (end !== undefined && at > end)) return;
  yield line(`${tick(at, context.dump.pointerSize)} ??              ???`);
  yield* missingCode(context, at);
}

export const u: CommandDef = {
  name: 'u',
  host: 'windbg',
  group: 'memory',
  summary: { en: 'Machine code as instructions.', 'zh-tw': '將機器碼反組譯為指令。' },
  details: {
    en: 'Eight instructions unless a count (L10 is sixteen) or an end is given. Names are those the modules export, and of managed code the method. For a whole managed method with its calls named use !u.',
    'zh-tw': '預設顯示八個指令，也可指定個數（L10 即十六個）或結尾位址。名稱取自模組匯出的符號，受控程式碼則顯示方法。若要檢視整個受控方法並標示呼叫對象，請用 !u。',
  },
  args: range,
  examples: ['u @rip', 'u coreclr!coreclr_initialize L20'],
  needs: ['disassembler'],
  run: (context, args) => unassemble(context, args, bitnessOf(context)),
};

export const ur: CommandDef = {
  name: 'ur',
  host: 'windbg',
  group: 'memory',
  summary: { en: 'Machine code as instructions of real mode (16 bits).', 'zh-tw': '以真實模式（16 位元）反組譯機器碼。' },
  args: range,
  examples: ['ur @rip L4'],
  needs: ['disassembler'],
  run: (context, args) => unassemble(context, args, 16),
};
