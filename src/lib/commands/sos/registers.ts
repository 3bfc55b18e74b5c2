import type { Architecture } from '../../container/index.ts';
import { line } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import { ArgumentError, parseNumber } from '../parse.ts';
import { selectThread } from '../windbg/scope.ts';

/** Names and digits in SOS's order, which is that of CONTEXT on each architecture. */
const ORDER: Partial<Record<Architecture, readonly (readonly [names: readonly string[], digits: number])[]>> = {
  x64: [
    [['cs', 'ds', 'es', 'fs', 'gs', 'ss'], 4], [['eflags'], 8],
    [['rax', 'rcx', 'rdx', 'rbx', 'rsp', 'rbp', 'rsi', 'rdi', 'r8', 'r9', 'r10', 'r11', 'r12', 'r13', 'r14', 'r15', 'rip'], 16],
  ],
  x86: [[['gs', 'fs', 'es', 'ds', 'edi', 'esi', 'ebx', 'edx', 'ecx', 'eax', 'ebp', 'eip', 'cs', 'eflags', 'esp', 'ss'], 8]],
};

export const registers: CommandDef = {
  name: 'registers',
  host: 'sos',
  byShape: true,
  group: 'threads',
  summary: { en: 'Registers of the current thread, as dotnet-dump shows them.', 'zh-tw': '以 dotnet-dump 的格式顯示目前執行緒的暫存器。' },
  *run(context) {
    const values = context.dump.threads[context.session.thread]?.registers ?? {};
    const show = (name: string, digits: number) => line(`${name} = 0x${(values[name] ?? 0n).toString(16).toUpperCase().padStart(digits, '0')}`);
    for (const [names, digits] of ORDER[context.dump.architecture] ?? []) for (const name of names) yield show(name, digits);
  },
};

export const setthread: CommandDef = {
  name: 'setthread',
  host: 'sos',
  byShape: true,
  group: 'threads',
  summary: { en: 'Makes a thread the current one, by its index, or with -t by its OS id.', 'zh-tw': '切換目前的執行緒：以索引，或以 -t 搭配作業系統識別碼。' },
  options: [{ name: '-t', aliases: ['-tid'], help: { en: 'The number is an OS thread id.', 'zh-tw': '數值為作業系統執行緒識別碼。' } }],
  args: [{ name: 'thread', kind: 'text', optional: true, help: { en: 'Index, or OS id with -t.', 'zh-tw': '索引；搭配 -t 時為作業系統識別碼。' } }],
  examples: ['setthread 20'],
  *run(context, args) {
    const { threads } = context.dump;
    const text = args.text('thread');
    if (text === undefined) {
      for (const [i, thread] of threads.entries()) yield line(`${i === context.session.thread ? '*' : ' '}${i} 0x${thread.id.toString(16).toUpperCase().padStart(4, '0')} (${thread.id})`);
      return;
    }
    const number = /^(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : undefined;
    if (number === undefined) throw new ArgumentError(`Cannot parse argument '${text}' for command 'threads' as expected type 'System.UInt32'.`, text, true);
    const index = args.has('-t') ? threads.findIndex((t) => t.id === number) : number;
    if (!threads[index]) throw new ArgumentError(args.has('-t') ? `Invalid thread id: ${number}` : `Invalid thread index: ${number}`);
    selectThread(context, index);
  },
};

/** Thread::ThreadState bits and SOS's words for them (vm/threads.h, strike.cpp ThreadStateTable). */
const STATES: readonly (readonly [bit: number, name: string])[] = [
  [0x1, 'Thread Abort Requested'], [0x2, 'GC Suspend Pending'], [0x4, 'User Suspend Pending'], [0x8, 'Debug Suspend Pending'], [0x10, 'GC On Transitions'], [0x20, 'Legal to Join'], [0x40, 'Yield Requested'],
  [0x80, 'Hijacked by the GC'], [0x100, 'Blocking GC for Stack Overflow'], [0x200, 'Background'], [0x400, 'Unstarted'], [0x800, 'Dead'], [0x1000, 'CLR Owns'],
  [0x2000, 'CoInitialized'], [0x4000, 'In Single Threaded Apartment'], [0x8000, 'In Multi Threaded Apartment'], [0x10000, 'Reported Dead'], [0x20000, 'Fully initialized'],
  [0x40000, 'Task Reset'], [0x80000, 'Sync Suspended'], [0x100000, 'Debug Will Sync'], [0x200000, 'Stack Crawl Needed'], [0x400000, 'Suspend Unstarted'], [0x800000, 'Aborted'],
  [0x1000000, 'Thread Pool Worker Thread'], [0x2000000, 'Interruptible'], [0x4000000, 'Interrupted'], [0x8000000, 'Completion Port Thread'], [0x10000000, 'Abort Initiated'],
  [0x20000000, 'Finalized'], [0x40000000, 'Failed to Start'], [0x80000000, 'Detached'],
];

export const threadstate: CommandDef = {
  name: 'threadstate',
  host: 'sos',
  byShape: true,
  group: 'threads',
  summary: { en: 'Explains the State column of clrthreads.', 'zh-tw': '解釋 clrthreads 的 State 欄位。' },
  args: [{ name: 'state', kind: 'rest', optional: true, help: { en: 'The number of the State column.', 'zh-tw': 'State 欄位的數值。' } }],
  examples: ['threadstate 3021220'],
  *run(_context, args) {
    const state = parseNumber(args.raw) ?? 0;
    const names = STATES.filter(([bit]) => Math.floor(state / bit) % 2 === 1);
    for (const [, name] of names) yield line(`    ${name}`);
    if (names.length === 0) yield line(`    No thread states for '${args.raw}'`);
  },
};

export const crashinfo: CommandDef = {
  name: 'crashinfo',
  host: 'sos',
  group: 'exceptions',
  summary: { en: 'Crash information NativeAOT programs leave in their dumps; CoreCLR leaves none.', 'zh-tw': 'NativeAOT 程式在傾印中留下的當機資訊；CoreCLR 不會留下。' },
  *run() {
    yield line('ERROR: No crash info to display');
  },
};
