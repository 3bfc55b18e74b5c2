import { hex, isDumpError } from '../../bytes/index.ts';
import type { ExceptionObject } from '../../heap/index.ts';
import { line, link, message, styled } from '../../output/index.ts';
import type { CommandRun, Inline, OutputNode } from '../../output/index.ts';
import { fileName } from '../../runtime/index.ts';
import type { ClrThread } from '../../runtime/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { tick } from './expression.ts';
import { frameParts, PLAIN } from './k.ts';
import { namedFrames } from './stack-frames.ts';
import { exceptionName, signalName } from './target.ts';
import { triage } from './triage.ts';

const STARS = '*'.repeat(79);
const MAX_STACK = 60;
const MAX_GUESSED = 2000;
const CLR_EXCEPTION = 0xe0434352;
const BREAKPOINT = 0x80000003;

export const analyze: CommandDef = {
  name: 'analyze',
  host: 'sos',
  group: 'exceptions',
  summary: { en: 'A first diagnosis: the exception that ended the process, or what would explain a process in trouble.', 'zh-tw': '初步診斷：終結處理序的例外狀況，或能解釋處理序為何出問題的線索。' },
  details: {
    en: 'Looks for an unhandled exception, deadlocks, thread pool starvation, a blocked finalizer, exceptions that pile up, fragmentation and what fills the heap; each finding names the commands that show it. A finding is a lead, not a verdict: run its commands.',
    'zh-tw': '會檢查未處理的例外狀況、死結、執行緒集區耗盡、停住的完成項、大量例外狀況、記憶體分散與佔滿堆積的型別；每項線索都列出可查證的指令。線索不是結論，請實際執行那些指令。',
  },
  options: [
    { name: '-v', help: { en: 'Verbose (always on here).', 'zh-tw': '詳細輸出（此處一律啟用）。' } },
    { name: '-hang', help: { en: 'Leave out the exception and look for what makes the process wait.', 'zh-tw': '略過例外狀況，只找讓處理序等待的原因。' } },
  ],
  args: [{ name: 'options', kind: 'rest', optional: true, help: { en: 'Other options of WinDbg are ignored.', 'zh-tw': '忽略 WinDbg 的其他選項。' } }],
  examples: ['!analyze -v', '!analyze -v -hang'],
  *run(context, args): CommandRun {
    yield line(STARS);
    yield line(`*${' '.repeat(77)}*`);
    yield line(`*${(args.has('-hang') ? 'Hang Analysis' : 'Exception Analysis').padStart(46).padEnd(77)}*`);
    yield line(`*${' '.repeat(77)}*`);
    yield line(STARS);
    yield line();
    if (!args.has('-hang')) yield* crash(context);
    const zh = context.lang === 'zh-tw';
    try {
      const findings = yield* triage(context);
      yield line(styled(zh ? '線索' : 'FINDINGS', 'strong'), findings.length ? ':' : zh ? '：沒有明顯的問題。' : ': nothing obvious.');
      for (const [i, { id, text, evidence }] of findings.entries()) {
        yield line();
        yield line(`${i + 1}. ${text[context.lang]}`);
        const parts: Inline[] = evidence.flatMap((command, k) => (k ? ['   ', link(command, command)] : [link(command, command)]));
        yield line(zh ? '   查證：' : '   See: ', ...parts);
        yield { kind: 'fact', subject: 'setting', values: { name: 'finding', id } };
      }
      if (findings.length === 0) yield message('dim', { en: 'Ask more precisely: !threads, !parallelstacks, !dumpheap -stat, !gcheapstat.', 'zh-tw': '請進一步查看：!threads、!parallelstacks、!dumpheap -stat、!gcheapstat。' });
    } catch (error) {
      if (!isDumpError(error)) throw error;
      yield message('warning', { en: `The runtime cannot be read: ${error.message}`, 'zh-tw': `無法讀取執行階段：${error.message}` });
    }
  },
};

/** The event that produced the dump, in the debugger's fields. */
function* crash(context: CommandContext): Generator<OutputNode> {
  const { dump } = context;
  const { exception } = dump;
  const main = dump.modules.find((m) => /\.exe$/i.test(m.path)) ?? dump.modules.find((m) => !/\.(dll|so)(\.[\d.]+)?$/i.test(m.path));
  const faulting = Math.max(0, dump.threads.findIndex((t) => t.id === exception?.threadId));
  const thread = faultingThread(context, faulting);
  const managed = thread && managedException(context, thread);
  if (exception) {
    yield line('CONTEXT:  (', link('.ecxr', '.ecxr'), ')');
    yield line('EXCEPTION_RECORD:  (', link('.exr -1', '.exr -1'), ')');
    yield line(`ExceptionAddress: ${tick(exception.address, dump.pointerSize)}`);
    yield line(`   ExceptionCode: ${codeText(context, exception.code)}`);
    yield line();
  }
  yield line(`PROCESS_NAME:  ${main ? fileName(main.path) : '<unknown>'}`);
  yield line();
  const code = exception?.code ?? BREAKPOINT;
  yield line(dump.os === 'windows' ? `ERROR_CODE: (NTSTATUS) 0x${hex(code)} - ${exceptionName(code)}` : `ERROR_CODE: ${exception ? codeText(context, code) : 'none: the dump was taken from a running process'}`);
  yield line();
  yield line('FAULTING_THREAD:  ', link(hex(dump.threads[faulting]?.id ?? 0, 8), `~${faulting}s`));
  yield line();
  if (managed) yield* managedText(context, managed);
  yield* stackText(context, faulting);
  yield* bucket(context, code, managed);
  yield line();
}

function codeText(context: CommandContext, code: number): string {
  return context.dump.os === 'windows' ? `${hex(code)} (${exceptionName(code)})` : signalName(code);
}

function faultingThread(context: CommandContext, index: number): ClrThread | undefined {
  try {
    const native = context.dump.threads[index];
    return native && context.clr.threads.byOsId(native.id);
  } catch (error) {
    if (isDumpError(error)) return undefined;
    throw error;
  }
}

function managedException(context: CommandContext, thread: ClrThread): ExceptionObject | undefined {
  const address = context.clr.threads.exceptionsInFlight(thread)[0] ?? thread.lastThrown;
  // A process dumped while it runs keeps the last exception of each thread: only a crash makes it the cause.
  return address && context.dump.exception && context.dump.exception.code !== BREAKPOINT ? context.clr.exceptions.find(address) : undefined;
}

function* managedText(context: CommandContext, exception: ExceptionObject): Generator<OutputNode> {
  yield line('MANAGED_EXCEPTION_OBJECT:  ', link(hex(exception.address, 16), `!pe ${hex(exception.address)}`));
  yield line(`EXCEPTION_TYPE:  ${exception.typeName}`);
  yield line(`EXCEPTION_MESSAGE:  ${(exception.message ?? '<none>').split('\n')[0]}`);
  yield line(`HRESULT:  0x${hex(exception.hresult, 8)}`);
  let inner = exception.inner;
  for (let depth = 0; inner && depth < 8; depth++) {
    const next = context.clr.exceptions.find(inner);
    if (!next) break;
    yield line(`INNER_EXCEPTION:  ${next.typeName}: ${(next.message ?? '<none>').split('\n')[0]} `, link(hex(inner, 16), `!pe ${hex(inner)}`));
    inner = next.inner;
  }
  yield line();
  yield { kind: 'fact', subject: 'exception', address: exception.address, values: { type: exception.typeName, message: exception.message ?? '', hresult: hex(exception.hresult) } };
}

/** Native and managed frames of the faulting thread, at the exception where the dump has its registers; guessed frames are left to k. */
function* stackText(context: CommandContext, index: number): Generator<OutputNode> {
  const { dump, session } = context;
  const thread = dump.threads[index];
  if (!thread) return;
  const before = { thread: session.thread, scope: session.scope };
  const own = dump.exception?.threadId === thread.id && dump.exception.registers && Object.keys(dump.exception.registers).length > 0 ? dump.exception.registers : undefined;
  yield line('STACK_TEXT:');
  let shown = 0;
  let guessed = 0;
  try {
    session.thread = index;
    session.scope = own;
    for (const frame of namedFrames(context, own ?? thread.registers)) {
      if (frame.origin === 'scan') guessed++;
      else {
        yield line(...frameParts(context, frame, PLAIN).map((part, i) => (i === 0 && typeof part === 'string' ? part.replace(/^\S+ /, '') : part)));
        shown++;
      }
      if (shown >= MAX_STACK || guessed >= MAX_GUESSED) break;
    }
  } finally {
    session.thread = before.thread;
    session.scope = before.scope;
  }
  if (guessed) {
    yield message('dim', {
      en: `${guessed} frames between these could only be guessed, because the dump lacks unwind information of the code below; k shows them.`,
      'zh-tw': `其間有 ${guessed} 個框架只能用猜的，因為傾印缺少其下程式碼的回溯資訊；可用 k 檢視。`,
    });
  }
  yield line();
  yield line('STACK_COMMAND:  ', link(`~${index}s ; k`, `~${index}s ; k`), '   ', link(`~${index}s ; !clrstack`, `~${index}s ; !clrstack`));
  yield line();
}

/** The name under which crashes of the same kind are counted. */
function* bucket(context: CommandContext, code: number, exception: ExceptionObject | undefined): Generator<OutputNode> {
  if (!exception) {
    const name = code === BREAKPOINT ? 'BREAKPOINT' : code === CLR_EXCEPTION ? 'CLR_EXCEPTION' : exceptionName(code).toUpperCase().replaceAll(' ', '_');
    yield line(`FAILURE_BUCKET_ID:  ${context.dump.os === 'windows' ? `${name}_${hex(code)}` : (context.dump.exception ? signalName(code) : 'NO_CRASH')}`);
    return;
  }
  const top = exception.frames[0];
  const method = top && context.clr.methods.find(top.methodDesc);
  const module = method ? fileName(context.clr.modules.at(method.methodTable.module).path) : 'unknown';
  const symbol = method ? method.signature.replace(/\(.*$/s, '') : 'Unknown';
  yield line(`SYMBOL_NAME:  ${module.replace(/\.(dll|exe)$/i, '')}!${symbol}`);
  yield line(`MODULE_NAME: ${module.replace(/\.(dll|exe)$/i, '')}`);
  yield line(`IMAGE_NAME:  ${module}`);
  yield line(`FAILURE_BUCKET_ID:  CLR_EXCEPTION_${exception.typeName}_${hex(exception.hresult, 8)}_${module}!${symbol}`);
}
