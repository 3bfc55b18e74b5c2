import { isDumpError } from '../../bytes/index.ts';
import type { LocalText } from '../../bytes/index.ts';
import { queuedObjects, READY_SEGMENTS, readFinalizeQueues } from '../../heap/index.ts';
import { progress } from '../../output/index.ts';
import type { Progress } from '../../output/index.ts';
import type { CommandContext } from '../context.ts';
import { workItems } from '../sos/work-items.ts';
import { lockFindings } from './triage-locks.ts';
import { exceptionFindings } from './triage-exceptions.ts';
import { heapFindings } from './triage-heap.ts';
import { managedStacks } from './triage-stacks.ts';
import type { ManagedStack } from './triage-stacks.ts';

/** Something that would explain why the process was in trouble, with the commands that show the evidence. */
export interface Finding {
  /** Stable name for exercises and tests. */
  readonly id: 'redis-full' | 'exceptions' | 'deadlock' | 'lock-convoy' | 'pool-starved' | 'finalizer-blocked' | 'cpu' | 'running' | 'loh-fragmented' | 'heap-dominated' | 'many-handlers' | 'duplicate-strings' | 'async-waiting';
  readonly text: LocalText;
  readonly evidence: readonly string[];
}

type Check = (context: CommandContext, stacks: readonly ManagedStack[]) => Generator<Progress, Finding[]>;

const BLOCKED = /^System\.Threading\.(Monitor\.(Wait|Enter|ObjWait|Enter_Slowpath|ReliableEnter)|ManualResetEventSlim\.Wait|SemaphoreSlim\.Wait|WaitHandle\.Wait|LowLevelLifoSemaphore|Lock\.|Tasks\.Task\.(SpinThenBlockingWait|InternalWait|Wait))/;
const HIGH_CPU = 80;

/** Looks for the usual causes, cheapest first; a part of the runtime that cannot be read is skipped. */
export function* triage(context: CommandContext): Generator<Progress, Finding[]> {
  const findings: Finding[] = [];
  const stacks = yield* managedStacks(context);
  const checks: readonly Check[] = [lockFindings, poolFindings, finalizerFindings, runningFindings, exceptionFindings, heapFindings];
  for (const check of checks) {
    try {
      findings.push(...(yield* check(context, stacks)));
    } catch (error) {
      if (!isDumpError(error)) throw error;
    }
  }
  return findings;
}

/** Workers that wait for something else while work is queued behind them. */
function* poolFindings(context: CommandContext, stacks: readonly ManagedStack[]): Generator<Progress, Finding[]> {
  const findings: Finding[] = [];
  const workers = stacks.filter((s) => s.worker && s.methods.length > 0);
  const blocked = workers.filter((s) => s.methods.some((m) => BLOCKED.test(m)) && s.methods.some((m) => !m.startsWith('System.')));
  const queued = (yield* workItems(context)).length;
  if (queued > 0 && blocked.length >= 4 && blocked.length * 2 >= workers.length) {
    findings.push({
      id: 'pool-starved', evidence: ['!threadpool -stat', '!parallelstacks', '!clrstack -all'],
      text: {
        en: `Thread pool starvation: ${blocked.length} of ${workers.length} workers wait for something while ${queued} work items are queued.`,
        'zh-tw': `執行緒集區耗盡：${workers.length} 個工作執行緒中有 ${blocked.length} 個在等待，佇列裡還有 ${queued} 個工作項目。`,
      },
    });
  }
  const { managed } = context.clr;
  const type = managed.coreType('System.Threading.PortableThreadPool');
  const pool = type && managed.staticRef(type, 'ThreadPoolInstance');
  const cpu = pool ? managed.u32(pool, '_cpuUtilization') : undefined;
  if (cpu !== undefined && cpu >= HIGH_CPU && cpu <= 100) {
    findings.push({
      id: 'cpu', evidence: ['!clrstack -all', '!runaway', '!threadpool'],
      text: { en: `The processor was ${cpu} % busy when the pool last looked: find the threads that run managed code.`, 'zh-tw': `集區最後一次量到的處理器使用率是 ${cpu} %：找出正在執行受控程式碼的執行緒。` },
    });
  }
  return findings;
}

/** Threads that execute managed code at this very moment: the candidates when the processor is busy. */
function* runningFindings(context: CommandContext, stacks: readonly ManagedStack[]): Generator<Progress, Finding[]> {
  yield progress(0, stacks.length);
  // A crash stops the thread it happens on in managed code; that is no load.
  if (context.dump.exception && context.dump.exception.code !== 0) return [];
  const running = stacks.filter((s) => s.thread.cooperative && s.methods.length > 0);
  if (running.length === 0) return [];
  const [first] = running;
  const own = first.methods.find((m) => !m.startsWith('System.')) ?? first.methods[0];
  return [{
    id: 'running', evidence: running.slice(0, 4).map((s) => `~${s.index}s;!clrstack`),
    text: {
      en: `${running.length} thread${running.length === 1 ? '' : 's'} ran managed code when the dump was taken, thread ${first.index} in ${own}.`,
      'zh-tw': `擷取傾印時有 ${running.length} 個執行緒正在執行受控程式碼，執行緒 ${first.index} 在 ${own}。`,
    },
  }];
}

/** A finalizer that does not come back, and objects that queue behind it. */
function* finalizerFindings(context: CommandContext, stacks: readonly ManagedStack[]): Generator<Progress, Finding[]> {
  const { clr } = context;
  let ready = 0;
  for (const queue of readFinalizeQueues(clr.target, clr.gc)) {
    for (const i of READY_SEGMENTS) for (const object of queuedObjects(clr.target, queue.segments[i])) if (object) ready++;
  }
  yield progress(0, 0);
  const finalizer = stacks.find((s) => s.finalizer);
  const method = finalizer?.methods.find((m) => /\.Finalize\(\)/.test(m));
  if (!method || ready === 0) return [];
  return [{
    id: 'finalizer-blocked', evidence: [`~${finalizer?.index ?? 0}s;!clrstack`, '!finalizequeue -allready'],
    text: { en: `The finalizer thread is inside ${method} and ${ready} objects wait behind it.`, 'zh-tw': `完成項執行緒停在 ${method}，後面還有 ${ready} 個物件在等待。` },
  }];
}
