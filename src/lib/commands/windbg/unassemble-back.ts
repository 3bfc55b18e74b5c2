import type { Bitness, Instruction } from '../../asm/index.ts';
import type { Address } from '../../bytes/index.ts';
import { progress } from '../../output/index.ts';
import type { CommandRun } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { bitnessOf, instructionsAt, MAX_INSTRUCTION, missingCode } from './code-text.ts';
import { functionAt } from './functions.ts';
import { parseRange } from './range.ts';
import { codeLine, INSTRUCTIONS_A_SLICE, labelOf, range, startOf } from './unassemble.ts';

const DEFAULT_COUNT = 8;
const MAX_COUNT = 4096;
/** Longest function that is decoded from its start. */
const MAX_FUNCTION = 1 << 20;

/**
 * Instructions before an address. x86 cannot be read backwards: of a known function they are decoded from its start; else from
 * the furthest byte from which decoding meets the address.
 */
function* before(context: CommandContext, end: Address, count: number, bitness: Bitness): Generator<Instruction[] | undefined> {
  const known = functionAt(context, end);
  const candidates: Address[] = [];
  if (known !== undefined && end - known.start <= MAX_FUNCTION && known.start < end) candidates.push(known.start);
  const nearest = end - count * MAX_INSTRUCTION;
  for (let back = 0; back < MAX_INSTRUCTION; back++) candidates.push(Math.max(0, nearest + back));
  for (let shorter = nearest + MAX_INSTRUCTION; shorter < end; shorter++) candidates.push(Math.max(0, shorter));
  for (const start of candidates) {
    if (!context.memory.has(start)) continue;
    const found: Instruction[] = [];
    let at = start;
    let steps = 0;
    for (const instruction of instructionsAt(context, start, 'windbg', bitness, end + MAX_INSTRUCTION)) {
      if (instruction.invalid || instruction.address >= end) break;
      found.push(instruction);
      if (found.length > count) found.shift();
      at = instruction.address + instruction.bytes.length;
      if (++steps % INSTRUCTIONS_A_SLICE === 0) yield undefined;
    }
    if (at === end && found.length > 0) {
      yield found;
      return;
    }
  }
  yield [];
}

export const ub: CommandDef = {
  name: 'ub',
  host: 'windbg',
  group: 'memory',
  summary: { en: 'The instructions before an address: how a return address came to be.', 'zh-tw': '某位址之前的指令，可看出返回位址由何而來。' },
  args: range,
  examples: ['ub @rip', 'ub @rip L20'],
  needs: ['disassembler'],
  *run(context, args): CommandRun {
    const { start, count } = args.raw.trim() === '' ? { start: startOf(context), count: undefined } : parseRange(context, args.raw);
    const wanted = Math.min(Math.max(1, count ?? DEFAULT_COUNT), MAX_COUNT);
    for (const found of before(context, start, wanted, bitnessOf(context))) {
      if (found === undefined) {
        yield progress(0, 0);
        continue;
      }
      if (found.length === 0) yield* missingCode(context, start - 1);
      let symbol: string | undefined;
      for (const instruction of found) {
        symbol = yield* labelOf(context, instruction.address, symbol);
        yield* codeLine(context, instruction);
      }
    }
  },
};
