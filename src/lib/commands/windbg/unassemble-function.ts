import type { Instruction } from '../../asm/index.ts';
import type { Address } from '../../bytes/index.ts';
import { line, progress } from '../../output/index.ts';
import type { OutputNode, Progress } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { bitnessOf, instructionsAt, missingCode, windbgOperand } from './code-text.ts';
import { evaluateAddress, tick } from './expression.ts';
import { functionAt } from './functions.ts';
import type { CodeRange } from './functions.ts';
import { symbolAt, symbolText } from './symbol-name.ts';
import { codeLine, INSTRUCTIONS_A_SLICE, startOf } from './unassemble.ts';

const MAX_INSTRUCTIONS = 1 << 16;
/** Without a known end, branches further away lead into other functions. */
const MAX_REACH = 1 << 16;
const ENDS = new Set(['jump', 'indirect jump', 'return', 'trap']);

interface Body { readonly code: Map<Address, Instruction>; readonly targets: Set<Address>; readonly missing: Set<Address> }

/** Follows the code of a function from its start, through every branch that stays inside. */
function* follow(context: CommandContext, { start, end }: CodeRange): Generator<Progress, Body> {
  const body: Body = { code: new Map(), targets: new Set(), missing: new Set() };
  const open: Address[] = [start];
  const inside = (at: Address) => (end === undefined ? Math.abs(at - start) < MAX_REACH && functionAt(context, at)?.start === functionAt(context, start)?.start : at >= start && at < end);
  for (let from = open.pop(); from !== undefined && body.code.size < MAX_INSTRUCTIONS; from = open.pop()) {
    if (body.code.has(from)) continue;
    let at = from;
    let unfinished = true;
    for (const instruction of instructionsAt(context, from, 'windbg', bitnessOf(context), end)) {
      at = instruction.address + instruction.bytes.length;
      if (body.code.has(instruction.address)) {
        unfinished = false;
        break;
      }
      body.code.set(instruction.address, instruction);
      if (body.code.size % INSTRUCTIONS_A_SLICE === 0) yield progress(body.code.size, 0);
      const target = instruction.operands[0]?.kind === 'branch' ? instruction.operands[0].value : undefined;
      if (target !== undefined && (instruction.flow === 'jump' || instruction.flow === 'branch') && inside(target)) {
        body.targets.add(target);
        open.push(target);
      }
      // A method with a known end is read to its end: its handlers are reached by no branch.
      if ((end === undefined && ENDS.has(instruction.flow)) || body.code.size >= MAX_INSTRUCTIONS) {
        unfinished = false;
        break;
      }
    }
    if (unfinished && (end === undefined || at < end)) body.missing.add(at);
  }
  return body;
}

function* listing(context: CommandContext, { code, targets }: Body): Generator<OutputNode | Progress> {
  let next: Address | undefined;
  let done = 0;
  for (const at of [...code.keys()].sort((a, b) => a - b)) {
    const instruction = code.get(at);
    if (!instruction) continue;
    if (next !== at || targets.has(at)) {
      const symbol = symbolAt(context, at);
      if (next !== undefined) yield line('');
      if (symbol) yield line(`${symbolText(symbol)}:`);
    }
    yield* codeLine(context, instruction, instruction.flow === 'jump' || instruction.flow === 'branch' ? '  Branch' : '');
    next = at + instruction.bytes.length;
    if (++done % INSTRUCTIONS_A_SLICE === 0) yield progress(done, code.size);
  }
}

/** uf /c: only what the function calls. */
function* calls(context: CommandContext, start: Address, { code }: Body): Generator<OutputNode | Progress> {
  const size = context.dump.pointerSize;
  const place = (at: Address) => {
    const symbol = symbolAt(context, at);
    return symbol ? `${symbolText(symbol)} (${tick(at, size)})` : tick(at, size);
  };
  yield line(place(start));
  let done = 0;
  for (const instruction of [...code.values()].sort((a, b) => a.address - b.address)) {
    if (++done % INSTRUCTIONS_A_SLICE === 0) yield progress(done, code.size);
    if (instruction.flow !== 'call' && instruction.flow !== 'indirect call') continue;
    const [operand] = instruction.operands;
    yield line(`  ${place(instruction.address)}:`);
    if (operand?.kind === 'branch' && operand.value !== undefined) yield line(`    call to ${place(operand.value)}`);
    else yield line(`    unresolvable call: ${instruction.mnemonic}    ${operand ? windbgOperand(context, operand) : ''}`);
  }
}

export const uf: CommandDef = {
  name: 'uf',
  host: 'windbg',
  group: 'memory',
  summary: { en: 'A whole function as instructions, or what it calls.', 'zh-tw': '反組譯整個函式，或只列出它呼叫了什麼。' },
  details: {
    en: 'The function an address lies in: a managed method to its end, native code along its branches. Native starts are known on Windows from the image; elsewhere the address is taken for the start.',
    'zh-tw': '顯示位址所屬的函式：受控方法會列到結尾，原生程式碼則沿著分支走。Windows 映像檔記錄了原生函式的起點；其他情況以指定的位址為起點。',
  },
  options: [
    { name: '-c', help: { en: 'Only the calls.', 'zh-tw': '只列出呼叫。' } },
    { name: '-i', help: { en: 'Also the number of instructions.', 'zh-tw': '一併顯示指令數。' } },
    { name: '-o', help: { en: 'By address (always so here).', 'zh-tw': '依位址排序（此處一律如此）。' } },
  ],
  args: [{ name: 'address', kind: 'rest', optional: true, help: { en: 'Address inside the function; without it the current instruction.', 'zh-tw': '函式內的位址；省略時為目前的指令。' } }],
  examples: ['uf @rip', 'uf /c @rip'],
  needs: ['disassembler'],
  *run(context, args) {
    const text = args.text('address');
    const at = text === undefined ? startOf(context) : evaluateAddress(context, text);
    const range = functionAt(context, at) ?? { start: at, end: undefined };
    const body = yield* follow(context, range);
    if (args.has('-i')) yield line(`${body.code.size} instructions scanned`);
    if (args.has('-c')) yield* calls(context, range.start, body);
    else yield* listing(context, body);
    if (body.code.size === 0) yield line(`${tick(range.start, context.dump.pointerSize)} ??              ???`);
    for (const missing of body.missing) yield* missingCode(context, missing);
  },
};

