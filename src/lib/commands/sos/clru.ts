import type { Instruction } from '../../asm/index.ts';
import { hex, isDumpError } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import { line, message, progress } from '../../output/index.ts';
import type { CommandRun, OutputNode } from '../../output/index.ts';
import { activeNativeCode } from '../../runtime/index.ts';
import type { CodeInfo, Method } from '../../runtime/index.ts';
import type { CommandDef, ParsedArgs } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { bitnessOf, instructionsAt, llvmLine, missingCode, windbgLine } from '../windbg/code-text.ts';
import { codeSize } from '../windbg/functions.ts';
import { CodeAnnotations } from './code-annotations.ts';
import { ehNotes } from './eh-notes.ts';
import { gcNotes } from './gc-notes.ts';
import { ilNotes } from './il-notes.ts';
import type { IlNotes } from './il-notes.ts';
import { upper } from './pointer-text.ts';

/** Instructions SOS shows of code that is not managed. */
const UNMANAGED_COUNT = 10;
const INSTRUCTIONS_A_SLICE = 128;

export const clru: CommandDef = {
  name: 'clru',
  aliases: ['!u'],
  host: 'sos',
  group: 'types',
  summary: { en: 'The machine code of a managed method, with what it calls named.', 'zh-tw': '受控方法的機器碼，並標示它呼叫的對象。' },
  details: {
    en: 'Give a MethodDesc, or an address inside compiled code (from clrstack) to see that very version with the address marked by >>>. In WinDbg it is !u; the text is WinDbg’s there, and lldb’s in a dotnet-dump session, which has no such command itself.',
    'zh-tw': '請提供 MethodDesc，或已編譯程式碼中的位址（可由 clrstack 取得），以檢視該版本並以 >>> 標示位址。在 WinDbg 中為 !u，文字採用 WinDbg 的格式；dotnet-dump 本身沒有這個指令，此處採用 lldb 的格式。',
  },
  options: [
    { name: '-gcinfo', help: { en: 'Where objects become live (+) and dead (-) between the instructions.', 'zh-tw': '在指令之間標示物件何時開始（+）與停止（-）存活。' } },
    { name: '-ehinfo', help: { en: 'Where try blocks and handlers begin and end.', 'zh-tw': '標示 try 區塊與處理常式的起訖。' } },
    { name: '-il', help: { en: 'The IL first, then each piece of it before the code made of it.', 'zh-tw': '先列出 IL，再於對應的機器碼之前逐段顯示。' } },
    { name: '-map', help: { en: 'With -il: IL offsets and the addresses of their code.', 'zh-tw': '搭配 -il：IL 位移與對應程式碼的位址。' } },
    { name: '-n', help: { en: 'Without source lines.', 'zh-tw': '不顯示原始碼行號。' } },
    { name: '-o', help: { en: 'Offsets in the method before the addresses.', 'zh-tw': '在位址前顯示方法內的位移。' } },
    { name: '-d', help: { en: 'Print links (always on here).', 'zh-tw': '輸出連結（此處一律啟用）。' } },
  ],
  args: [{ name: 'address', kind: 'hex', help: { en: 'MethodDesc, or address inside code.', 'zh-tw': 'MethodDesc，或程式碼中的位址。' } }],
  needs: ['disassembler'],
  run: (context, args) => unassemble(context, args, args.number('address') ?? 0),
};

const isWindbg = (context: CommandContext) => context.session.host.debugger === 'windbg';
const lineOf = (context: CommandContext, instruction: Instruction) => (isWindbg(context) ? windbgLine(context, instruction) : llvmLine(instruction));
const syntaxOf = (context: CommandContext) => (isWindbg(context) ? 'windbg' : 'llvm');

function* unassemble(context: CommandContext, args: ParsedArgs, address: Address): CommandRun {
  const { clr } = context;
  const named = clr.methods.find(address);
  const method = named ?? clr.code.methodAt(address);
  if (!method) {
    yield* unmanaged(context, address);
    return;
  }
  const start = named ? activeNativeCode(clr.target, method, clr.code) : address;
  const code = start === undefined ? undefined : clr.code.find(start);
  if (!code) {
    yield line('Not jitted yet');
    return;
  }
  yield line(code.kind === 'jit' ? 'Normal JIT generated code' : 'preJIT generated code');
  yield line(method.signature);
  const size = codeSize(context, code);
  const il = args.has('-il') ? ilNotes(context, method, code) : undefined;
  if (args.has('-il') && !il) yield line('Failed to get IL address map, proceeding without IL map');
  if (args.has('-map')) for (const text of il?.map ?? []) yield line(text);
  for (const text of il?.listing ?? []) yield line(text);
  yield line(`Begin ${upper(context, code.start)}, size ${hex(size)}`);
  yield* body(context, args, method, code, size, address, il);
  yield { kind: 'fact', subject: 'method', address: method.address, values: { name: method.signature, code: hex(code.start), size } };
}

function* unmanaged(context: CommandContext, address: Address): Generator<OutputNode> {
  yield line('Unmanaged code');
  let count = 0;
  let at = address;
  for (const instruction of instructionsAt(context, address, syntaxOf(context), bitnessOf(context))) {
    yield line(lineOf(context, instruction));
    at = instruction.address + instruction.bytes.length;
    if (++count >= UNMANAGED_COUNT) return;
  }
  yield* missingCode(context, at);
}

function* body(context: CommandContext, args: ParsedArgs, method: Method, code: CodeInfo, size: number, asked: Address, il: IlNotes | undefined): CommandRun {
  const annotations = new CodeAnnotations(context, isWindbg(context));
  const gc = args.has('-gcinfo') ? yield* gcInfoNotes(context, code) : undefined;
  const eh = args.has('-ehinfo') ? tryNotes(context, method, code) : undefined;
  if (args.has('-ehinfo') && !eh) yield line('Failed to gather EHInfo data');
  const end = code.start + size;
  const withLines = !args.has('-n');
  let source: number | undefined;
  let at = code.start;
  let done = 0;
  function* lineOfSource(): Generator<OutputNode> {
    const found = withLines ? context.clr.sourceLines.of(at, false) : undefined;
    if (!found || found.line === source) return;
    source = found.line;
    yield line();
    yield line(`${found.file} @ ${found.line}:`);
  }
  function* before(offset: number): Generator<OutputNode> {
    for (const text of il?.at(offset) ?? []) yield line(text);
    for (const text of gc?.(offset) ?? []) yield line(text);
    for (const text of eh?.(offset) ?? []) yield line(text);
  }
  for (const instruction of instructionsAt(context, code.start, syntaxOf(context), bitnessOf(context), end)) {
    const offset = instruction.address - code.start;
    yield* lineOfSource();
    yield* before(offset);
    const mark = instruction.address === asked ? '>>> ' : '';
    const position = args.has('-o') ? `${hex(offset, 4)} ` : '';
    yield line(`${mark}${position}${lineOf(context, instruction)}${annotations.of(instruction)}`);
    at = instruction.address + instruction.bytes.length;
    if (++done % INSTRUCTIONS_A_SLICE === 0) yield progress(offset, size);
  }
  if (at < end) yield* missingCode(context, at);
  else yield* before(at - code.start);
}

/** The code is worth showing without its GC info too. */
function* gcInfoNotes(context: CommandContext, code: CodeInfo): Generator<OutputNode, ReturnType<typeof gcNotes> | undefined> {
  try {
    return gcNotes(context, code);
  } catch (error) {
    if (!isDumpError(error)) throw error;
    yield message('warning', { en: error.message, 'zh-tw': error.message });
    return undefined;
  }
}

function tryNotes(context: CommandContext, method: Method, code: CodeInfo): ReturnType<typeof ehNotes> | undefined {
  try {
    return ehNotes(context, method, code);
  } catch (error) {
    if (isDumpError(error)) return undefined;
    throw error;
  }
}

