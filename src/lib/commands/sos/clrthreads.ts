import { hex } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import { line, lines, link } from '../../output/index.ts';
import type { Inline, OutputNode } from '../../output/index.ts';
import { ThreadState } from '../../runtime/index.ts';
import type { ClrThread } from '../../runtime/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { upper } from './pointer-text.ts';

/** TEB.ReservedForOle, and dwFlags in the OLE data it points to (as SOS reads them). */
const OLE = { 4: { teb: 0xf80, flags: 0xc }, 8: { teb: 0x1758, flags: 0x14 } } as const;
const Ole = { Apartment: 0x80, Multithreaded: 0x100, Neutral: 0x800 } as const;

export const clrthreads: CommandDef = {
  name: 'clrthreads',
  aliases: ['threads', 't'],
  host: 'sos',
  group: 'threads',
  summary: { en: 'The managed threads: ids, state, GC mode and the exception each one holds.', 'zh-tw': '受控執行緒一覽：識別碼、狀態、GC 模式，以及各自持有的例外狀況。' },
  options: [
    { name: '-live', help: { en: 'Without dead threads.', 'zh-tw': '不列出已結束的執行緒。' } },
    { name: '-special', help: { en: 'Also the special threads of the runtime.', 'zh-tw': '一併列出執行階段的特殊執行緒。' } },
    { name: '-managedexception', help: { en: 'Only threads with a managed exception.', 'zh-tw': '只列出帶有受控例外狀況的執行緒。' } },
    { name: '-d', help: { en: 'Print links (always on here).', 'zh-tw': '輸出連結（此處一律啟用）。' } },
  ],
  examples: ['clrthreads', 'clrthreads -live'],
  *run(context, args) {
    const { clr } = context;
    const counts = clr.threads.counts();
    yield line(`ThreadCount:      ${counts.total}`);
    yield line(`UnstartedThread:  ${counts.unstarted}`);
    yield line(`BackgroundThread: ${counts.background}`);
    yield line(`PendingThread:    ${counts.pending}`);
    yield line(`DeadThread:       ${counts.dead}`);
    yield line('Hosted Runtime:   no');
    const width = 2 * context.memory.pointerSize;
    const titles = ` DBG   ID     OSID ${'ThreadOBJ'.padEnd(width)} ${'State'.padStart(8)} GC Mode     ${'GC Alloc Context'.padEnd(2 * width + 1)} ${'Domain'.padEnd(width)} `;
    yield line(`${' '.repeat(titles.length)}Lock  `);
    yield line(`${titles}Count Apt Exception`);
    const domain = clr.modules.appDomain();
    for (const thread of clr.threads.list()) {
      const dead = (thread.state & ThreadState.Dead) !== 0;
      if (args.has('-live') && dead) continue;
      if (args.has('-managedexception') && !thread.lastThrown) continue;
      yield* threadRow(context, thread, domain);
    }
    if (!args.has('-special')) return;
    // SOS on Linux leaves them out; the debugger on Windows that plays here reads Linux dumps, too.
    if (context.session.host.debugger === 'dotnet-dump' && context.dump.os === 'linux') yield* lines('\n-special not supported.');
    else yield* specialThreads(context);
  },
};

function* threadRow(context: CommandContext, thread: ClrThread, domain: Address): Generator<OutputNode> {
  const index = context.dump.threads.findIndex((t) => t.id === thread.osId);
  const debuggerId = index >= 0 ? link(String(index).padStart(4), `~${index}s`) : 'XXXX';
  const context64 = `${upper(context, thread.allocContext?.pointer ?? 0)}:${upper(context, thread.allocContext?.limit ?? 0)}`;
  const mode = (thread.cooperative ? 'Cooperative' : 'Preemptive').padEnd(11);
  const head = ` ${String(thread.managedId).padStart(4)} ${hex(thread.osId).padStart(8)} ${upper(context, thread.address).padEnd('ThreadOBJ'.length)} ${hex(thread.state).padStart(8)} ${mode} ${context64} ${upper(context, domain)} -00001 ${apartment(context, thread)} `;
  yield line(debuggerId, head, ...notes(context, thread));
  const exception = exceptionOf(context, thread);
  yield {
    kind: 'fact', subject: 'thread', address: thread.address,
    values: { id: thread.managedId, osid: hex(thread.osId), state: hex(thread.state), debuggerId: index, ...(exception && { exception: exception.name }) },
  };
}

/** What stands behind the apartment: the thread's role and its last exception. */
function notes(context: CommandContext, thread: ClrThread): Inline[] {
  const result: Inline[] = [];
  const { memory, clr } = context;
  const finalizer = clr.target.layouts.tryGlobal('FinalizerThread');
  if (finalizer !== undefined && memory.tryPointer(finalizer) === thread.address) result.push('(Finalizer) ');
  if (thread.state & ThreadState.ThreadPoolWorker) result.push('(Threadpool Worker) ');
  const exception = exceptionOf(context, thread);
  if (exception) {
    result.push(`${exception.name} `, link(context.memory.hex(exception.address), `!pe ${hex(exception.address)}`));
    if (clr.threads.exceptionsInFlight(thread).length > 1) result.push(' (nested exceptions)');
  }
  return result;
}

function exceptionOf(context: CommandContext, thread: ClrThread): { name: string; address: Address } | undefined {
  const table = thread.lastThrown ? context.clr.objects.find(thread.lastThrown) : undefined;
  return table && { name: context.clr.types.name(table.address, 'sos'), address: thread.lastThrown };
}

/** COM apartment of a Windows thread; unknown elsewhere and for threads that never touched COM. */
function apartment(context: CommandContext, thread: ClrThread): string {
  const { memory, dump } = context;
  // SOS answers for threads the runtime created; the main thread stays unknown whatever its TEB says.
  const teb = dump.os === 'windows' && thread.state & ThreadState.ClrOwned ? thread.teb : 0;
  const ole = teb ? memory.tryPointer(teb + OLE[memory.pointerSize].teb) : 0;
  const flags = ole ? (memory.tryU32(ole + OLE[memory.pointerSize].flags) ?? 0) : 0;
  if (flags & Ole.Apartment) return 'STA';
  if (flags & Ole.Multithreaded) return 'MTA';
  return flags & Ole.Neutral ? 'NTA' : 'Ukn';
}

function* specialThreads(context: CommandContext): Generator<OutputNode> {
  const { memory, clr } = context;
  yield line();
  yield line('          OSID Special thread type');
  for (const [global, name] of [['FinalizerThread', 'Finalizer'], ['GCThread', 'SuspendEE']] as const) {
    const variable = clr.target.layouts.tryGlobal(global);
    const address = variable === undefined ? 0 : memory.tryPointer(variable);
    const thread = clr.threads.list().find((t) => t.address === address);
    if (thread) yield line(`${hex(thread.osId).padStart(14)} ${name} `);
  }
}
