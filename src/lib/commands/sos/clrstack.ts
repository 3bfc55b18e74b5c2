import { hex } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import { pointers } from '../../container/index.ts';
import { line, link, message, progress } from '../../output/index.ts';
import type { CommandRun, OutputNode } from '../../output/index.ts';
import { activeNativeCode, fileName } from '../../runtime/index.ts';
import type { ClrThread, SourceLine, StackFrame } from '../../runtime/index.ts';
import type { CommandDef, ParsedArgs } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { registersText, variablesText } from './frame-variables.ts';
import { FrameReferences } from './stack-references.ts';
import { NativeRows } from './native-rows.ts';
import { heading, upper } from './pointer-text.ts';

const MAX_FACTS = 300;
/** What SOS says in the middle of the line of a dynamic method, where it looks for its source. */
const NO_SYMBOLS = 'SOS Warning: Loading symbols for dynamic assemblies is not yet supported';

export const clrstack: CommandDef = {
  name: 'clrstack',
  host: 'sos',
  group: 'threads',
  summary: { en: 'Managed call stack of the current thread, or of all threads.', 'zh-tw': '目前執行緒（或所有執行緒）的受控呼叫堆疊。' },
  details: {
    en: 'Variables stand as place = value: an address on the stack, or <CLR reg> for a register. <no data>: optimised code no longer keeps it at this point. <unable to retrieve data>: its memory is not in the dump. Values are hexadecimal; what is wider than a word is shown as zero, and its place tells where to look (!dumpvc). Lines in brackets come from the PDB of the module; lmvm NAME says which one is wanted, and whether it was found.',
    'zh-tw': '變數以「位置 = 值」表示：位置是堆疊上的位址，在暫存器裡則是 <CLR reg>。<no data> 表示最佳化後的程式碼在這裡已不再保留它；<unable to retrieve data> 表示那段記憶體不在傾印中。值為十六進位；比一個機器字還寬的會顯示為零，請依位置去看（!dumpvc）。方括號裡的行號來自模組的 PDB；要的是哪一個、有沒有找到，lmvm 名稱 會說明。',
  },
  options: [
    { name: '-all', help: { en: 'Every managed thread.', 'zh-tw': '所有受控執行緒。' } },
    { name: '-f', help: { en: 'With modules and offsets into the code; in WinDbg also the native frames.', 'zh-tw': '附上模組與程式碼位移；在 WinDbg 中也列出原生框架。' } },
    { name: '-c', value: 'decimal', help: { en: 'At most this many frames.', 'zh-tw': '最多顯示幾個框架。' } },
    { name: '-r', help: { en: 'Also the registers of each frame.', 'zh-tw': '一併顯示每個框架的暫存器。' } },
    { name: '-p', help: { en: 'Arguments of each frame.', 'zh-tw': '每個框架的引數。' } },
    { name: '-l', help: { en: 'Local variables of each frame.', 'zh-tw': '每個框架的區域變數。' } },
    { name: '-a', help: { en: 'Arguments and local variables.', 'zh-tw': '引數與區域變數。' } },
    { name: '-names', help: { en: 'With -l or -a: names of locals too, where the module’s PDB is at hand (SOS has no such option).', 'zh-tw': '搭配 -l 或 -a：該模組的 PDB 在手邊時，一併顯示區域變數的名稱（SOS 沒有這個選項）。' } },
    { name: '-gc', help: { en: 'The references each frame holds.', 'zh-tw': '每個框架持有的參考。' } },
    { name: '-i', help: { en: 'Variables through the runtime’s debugging library, which is not here.', 'zh-tw': '透過執行階段的偵錯程式庫顯示變數（此處沒有）。' } },
    { name: '-n', help: { en: 'Without source lines.', 'zh-tw': '不顯示原始碼行號。' } },
    { name: '-d', help: { en: 'Print links (always on here).', 'zh-tw': '輸出連結（此處一律啟用）。' } },
  ],
  examples: ['clrstack', 'clrstack -a', 'clrstack -a -names', 'clrstack -all', '~*e !clrstack'],
  *run(context, args): CommandRun {
    const { clr, dump, session } = context;
    if (args.has('-i')) {
      yield line();
      yield line(`${context.session.host.debugger === 'windbg' ? '!' : ''}clrstack -i is unsupported on this target.`);
      yield line('The ICorDebug interface cannot be constructed.');
      yield line();
      yield message('dim', { en: 'clrstack -a shows arguments and locals without it.', 'zh-tw': '不靠它也能看引數與區域變數：clrstack -a。' });
      return;
    }
    if (args.has('-all')) {
      const threads = clr.threads.list();
      for (const [i, thread] of threads.entries()) {
        if (!dump.threads.some((t) => t.id === thread.osId)) continue;
        yield line(`OS Thread Id: 0x${hex(thread.osId)}`);
        yield* stack(context, args, thread, i);
        yield progress(i, threads.length);
      }
      return;
    }
    const native = dump.threads[session.thread];
    const thread = native && clr.threads.byOsId(native.id);
    if (native) yield line(`OS Thread Id: 0x${hex(native.id)} (${session.thread})`);
    if (!thread) {
      yield line('Unable to walk the managed stack. The current thread is likely not a ');
      yield line(`managed thread. You can run ${context.session.host.debugger === 'windbg' ? '!' : ''}clrthreads to get a list of managed threads in`);
      yield line('the process');
      yield line('Failed to start stack walk: 80070057');
      return;
    }
    yield* stack(context, args, thread, 0);
  },
};

function* stack(context: CommandContext, args: ParsedArgs, thread: ClrThread, index: number): CommandRun {
  const { clr, dump } = context;
  const number = dump.threads.findIndex((t) => t.id === thread.osId);
  if (number < 0) return;
  const scope = number === context.session.thread ? context.session.scope : undefined;
  const registers = scope ?? dump.threads[number].registers;
  yield line(`${heading(context, 'Child SP')} ${heading(context, 'IP')} Call Site`);
  const limit = args.number('-c') || Infinity;
  const show = { parameters: args.has('-p') || args.has('-a'), locals: args.has('-l') || args.has('-a') };
  const methods: string[] = [];
  const references = args.has('-gc') ? new FrameReferences(context, thread) : undefined;
  let shown = 0;
  let managed = 0;
  let internal = 0;
  let incomplete = 0;
  const native = new NativeRows(context, registers, args.has('-f') ? thread : undefined);
  for (const frame of clr.stacks.walk(registers, thread.frame, scope ? pointers(scope).sp : 0)) {
    yield* native.below(frame.sp);
    // The innermost frame stands where it stands; others, and those an exception or a call left, stand behind a call.
    const afterCall = managed + internal > 0;
    const source = frame.kind === 'managed' && !args.has('-n') ? clr.sourceLines.of(frame.ip, afterCall) : undefined;
    if (frame.kind === 'managed') managed++;
    else internal++;
    yield* frameLines(context, frame, args, source);
    if (references) yield* references.of(frame);
    if (frame.kind === 'managed') {
      methods.push(clr.methods.find(frame.code.methodDesc)?.signature ?? '');
      if (show.parameters || show.locals) {
        const variables = clr.variables.of(frame, registers);
        if ((show.parameters && variables.incomplete.parameters) || (show.locals && variables.incomplete.locals)) incomplete++;
        yield* variablesText(context, variables, args.has('-names') ? { ...show, names: clr.sourceLines.localNames(frame.ip, afterCall) } : show);
      }
    }
    if (args.has('-r')) yield* registersText(context, frame.context, registers);
    if (++shown >= limit) break;
    if (shown % 8 === 0) yield progress(shown, 0);
  }
  yield* native.rest(limit - shown);
  if (incomplete) {
    yield message('dim', {
      en: `Frames whose variables cannot all be known, because the dump lacks the signature, the IL header or the debug info of their method: ${incomplete}.`,
      'zh-tw': `有 ${incomplete} 個框架無法得知全部變數：其方法的簽章、IL 標頭或偵錯資訊不在傾印中。`,
    });
  }
  if (index < MAX_FACTS) yield { kind: 'fact', subject: 'thread', address: thread.address, values: { osid: hex(thread.osId), id: thread.managedId, frames: methods.length, top: methods[0] ?? '', stack: methods.slice(0, 40).join('\n') } };
}

function moduleOf(context: CommandContext, address: Address): string {
  const method = context.clr.methods.find(address);
  if (!method) return '';
  const name = fileName(context.clr.modules.at(method.methodTable.module).path);
  return name ? `${name}!` : '';
}

function* frameLines(context: CommandContext, frame: StackFrame, args: ParsedArgs, source: SourceLine | undefined): Generator<OutputNode> {
  const { clr } = context;
  const full = args.has('-f');
  if (frame.kind === 'frame') {
    const { name, address, method } = frame.frame;
    const text = method ? (clr.methods.find(method)?.signature ?? '') : '';
    const module = full && text ? moduleOf(context, method) : '';
    yield line(`${upper(context, frame.sp)} ${full ? heading(context, '') : context.memory.hex(frame.ip)} [${name}: ${context.memory.hex(address)}] ${module}${text}`);
    return;
  }
  const method = clr.methods.find(frame.code.methodDesc);
  const text = method?.signature ?? '<unknown method>';
  let head = `${upper(context, frame.sp)} ${upper(context, frame.ip)} `;
  if (context.session.host.debugger === 'dotnet-dump' && !args.has('-n') && method && clr.modules.at(method.methodTable.module).base === 0) {
    yield line(`${head}${NO_SYMBOLS}`);
    head = '';
  }
  const place = source ? ` [${source.file} @ ${source.line}]` : '';
  if (!full) {
    yield line(head, link(text, `!dumpmd ${hex(frame.code.methodDesc)}`), place);
    return;
  }
  // Counted from the code the method has today, as SOS does: negative for frames in an older tier.
  const start = (method && activeNativeCode(clr.target, method, clr.code)) ?? frame.code.start;
  yield line(`${head}${moduleOf(context, frame.code.methodDesc)}${text} + ${(frame.ip - start) | 0}${place}`);
}
