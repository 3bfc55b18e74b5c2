import { line } from '../../output/index.ts';
import type { OutputNode } from '../../output/index.ts';
import { fileName } from '../../runtime/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';

const ARCHITECTURE = { x64: 'x64', x86: 'x86 compatible', arm64: 'ARM 64-bit (AArch64)', arm: 'ARM' } as const;

function clock(seconds: number): string {
  const rest = seconds % 86400;
  return `${Math.floor(seconds / 86400)} days ${Math.floor(rest / 3600)}:${String(Math.floor((rest % 3600) / 60)).padStart(2, '0')}:${String(Math.floor(rest % 60)).padStart(2, '0')}.000`;
}

export function dateText(seconds: number): string {
  return new Date(seconds * 1000).toUTCString().replace(/^(\w+), (\d+) (\w+) (\d+) ([\d:]+).*$/, (_, w: string, d: string, m: string, y: string, t: string) => `${w} ${m} ${d.replace(/^0/, ' ')} ${t}.000 ${y}`);
}

function* targetText(context: CommandContext): Generator<OutputNode> {
  const { dump } = context;
  const processors = dump.processorCount ? ` ${dump.processorCount > 1 ? 'MP' : 'UP'} (${dump.processorCount} procs)` : '';
  const system = dump.os === 'windows' ? `Windows ${dump.osVersion.split('.')[0]} Version ${dump.osVersion.split('.')[2] ?? ''}` : 'Generic Unix Version 0';
  yield line(`${system}${processors} Free ${ARCHITECTURE[dump.architecture]}`);
  yield { kind: 'fact', subject: 'setting', values: { name: 'target', architecture: dump.architecture, os: dump.os, bitness: dump.pointerSize * 8 } };
  yield* timeLines(context);
}

function* timeLines(context: CommandContext): Generator<OutputNode> {
  const { dump } = context;
  if (dump.time) yield line(`Debug session time: ${dateText(dump.time)} (UTC + 0:00)`);
  yield line('System Uptime: not available');
  if (!dump.times) {
    yield line('Process Uptime: not available');
    return;
  }
  if (dump.time) yield line(`Process Uptime: ${clock(Math.max(0, dump.time - dump.times.created))}`);
  yield line(`  Kernel time: ${clock(dump.times.kernel)}`);
  yield line(`  User time: ${clock(dump.times.user)}`);
}

export const vertarget: CommandDef = {
  name: 'vertarget',
  host: 'windbg',
  group: 'session',
  summary: { en: 'The system and process the dump comes from: version, bitness, times.', 'zh-tw': '傾印所屬的系統與處理序：版本、位元數與時間。' },
  examples: ['vertarget'],
  run: (context) => targetText(context),
};

export const version: CommandDef = {
  name: 'version',
  host: 'windbg',
  group: 'session',
  summary: { en: 'Version of the target and of the debugger this terminal plays.', 'zh-tw': '目標系統與此終端機所扮演之偵錯工具的版本。' },
  examples: ['version'],
  *run(context) {
    yield* targetText(context);
    const { host, extensions } = context.session;
    yield line();
    yield line(`Microsoft (R) Windows Debugger Version ${host.build} ${host.bitness === 64 ? 'AMD64' : 'X86'}`);
    yield { kind: 'message', style: 'dim', text: {
      en: 'This terminal plays that debugger; the dump is read by DumpLab’s own analyzer, in this page.',
      'zh-tw': '這個終端機扮演該偵錯工具；實際讀取傾印的是本頁中的 DumpLab 分析器。',
    } };
    yield line('Extension DLL chain:');
    for (const extension of extensions.length ? extensions : ['sos']) yield line(`    ${extension}`);
    yield { kind: 'fact', subject: 'setting', values: { name: 'debugger', bitness: host.bitness, build: host.build } };
  },
};

export const processStatus: CommandDef = {
  name: '|',
  host: 'windbg',
  group: 'session',
  summary: { en: 'The process in the dump: id and name.', 'zh-tw': '傾印中的處理序：識別碼與名稱。' },
  examples: ['|'],
  *run(context) {
    const { dump } = context;
    const main = dump.modules.find((m) => /\.exe$/i.test(m.path)) ?? dump.modules[0];
    yield line(`.  0\tid: ${(dump.processId ?? 0).toString(16)}\texamine\tname: ${main ? (dump.os === 'windows' ? main.path : fileName(main.path)) : '<unknown>'}`);
  },
};

export const systemStatus: CommandDef = {
  name: '||',
  host: 'windbg',
  group: 'session',
  summary: { en: 'The dump that is open.', 'zh-tw': '目前開啟的傾印。' },
  *run(context) {
    const { dump, session } = context;
    yield line(`.  0 ${dump.format === 'minidump' ? `User mini dump${dump.flags & 2 ? ' with full memory' : ''}` : 'ELF core'}: ${session.dumpName}`);
  },
};

export const timeCommand: CommandDef = {
  name: '.time',
  host: 'windbg',
  group: 'session',
  summary: { en: 'When the dump was taken, and how long the process had run.', 'zh-tw': '傾印的時間與處理序的執行時間。' },
  run: (context) => timeLines(context),
};

export const effmach: CommandDef = {
  name: '.effmach',
  host: 'windbg',
  group: 'session',
  summary: { en: 'Processor the debugger assumes.', 'zh-tw': '偵錯工具採用的處理器模式。' },
  args: [{ name: 'machine', kind: 'rest', optional: true, help: { en: 'Only the dump’s own.', 'zh-tw': '只支援傾印本身的架構。' } }],
  *run(context) {
    const names = { x64: 'x64 (AMD64)', x86: 'x86 compatible (x86)', arm64: 'ARM 64-bit (AArch64) (ARM64)', arm: 'ARM (ARM)' } as const;
    yield line(`Effective machine: ${names[context.dump.architecture]}`);
  },
};

export const lastevent: CommandDef = {
  name: '.lastevent',
  host: 'windbg',
  group: 'exceptions',
  summary: { en: 'The event that produced the dump.', 'zh-tw': '產生這份傾印的事件。' },
  *run(context) {
    const { dump } = context;
    const exception = dump.exception;
    const thread = exception?.threadId ?? dump.threads[0]?.id ?? 0;
    const what = exception && dump.os === 'windows' ? `${exceptionName(exception.code)} - code ${exception.code.toString(16)} (first/second chance not available)` : exception ? signalName(exception.code) : 'break instruction exception - code 80000003 (first/second chance not available)';
    yield line(`Last event: ${(dump.processId ?? 0).toString(16)}.${thread.toString(16)}: ${what}`);
    if (dump.time) yield line(`  debugger time: ${dateText(dump.time)} (UTC + 0:00)`);
  },
};

/** Names WinDbg gives exception codes. */
export function exceptionName(code: number): string {
  const names: Record<number, string> = { 0xe0434352: 'CLR exception', 0xe0434f4d: 'CLR exception', 0xc0000005: 'Access violation', 0xc00000fd: 'Stack overflow', 0xe06d7363: 'C++ EH exception', 0x80000003: 'Break instruction exception' };
  return names[code] ?? 'Unknown exception';
}

/** Signals that end processes (signal.h, Linux). */
const SIGNALS: Readonly<Record<number, string>> = { 3: 'SIGQUIT', 4: 'SIGILL', 5: 'SIGTRAP', 6: 'SIGABRT', 7: 'SIGBUS', 8: 'SIGFPE', 9: 'SIGKILL', 11: 'SIGSEGV', 13: 'SIGPIPE', 15: 'SIGTERM', 31: 'SIGSYS' };

export function signalName(code: number): string {
  return SIGNALS[code] ?? `signal ${code}`;
}
