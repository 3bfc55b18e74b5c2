import { hex } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import { left, line, link, right, styled, Table, thousands } from '../../output/index.ts';
import type { OutputNode } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { HeapTable } from './heap-table.ts';
import { workItems } from './work-items.ts';

/** HillClimbing.StateOrTransition. */
const TRANSITIONS = ['Warmup', 'Initializing', 'RandomMove', 'ClimbingMove', 'ChangePoint', 'Stabilizing', 'Starvation', 'ThreadTimedOut', 'CooperativeBlocking'];

export const threadpool: CommandDef = {
  name: 'threadpool',
  aliases: ['tp'],
  host: 'sos',
  group: 'threads',
  summary: { en: 'The thread pool: workers, limits, CPU; queued work and the hill-climbing log on request.', 'zh-tw': '執行緒集區：工作執行緒數、上下限與 CPU；可另外列出佇列與爬山演算法紀錄。' },
  options: [
    { name: '-ti', aliases: ['-hc'], help: { en: 'Also the hill-climbing log: why the number of threads changed.', 'zh-tw': '一併列出爬山演算法紀錄：執行緒數為何改變。' } },
    { name: '-wi', help: { en: 'Also every queued work item.', 'zh-tw': '一併列出每個佇列中的工作項目。' } },
    { name: '-stat', aliases: ['-summary'], help: { en: 'Also queued work items counted by type.', 'zh-tw': '一併依型別統計佇列中的工作項目。' } },
  ],
  examples: ['threadpool', 'threadpool -wi'],
  *run(context, args) {
    const pool = findPool(context);
    if (pool) yield* counts(context, pool);
    else yield line(styled('Failed to obtain ThreadPool data.', 'error'));
    if (pool && args.has('-ti')) yield* hillClimbing(context);
    if (!args.has('-wi') && !args.has('-stat')) return;
    const items = yield* workItems(context);
    if (args.has('-wi') && items.length > 0) {
      const table = new Table([left(17), left(2 * context.memory.pointerSize), left(0)]);
      yield table.row('Queue', 'Object', 'Type');
      for (const { address, queue } of items) {
        yield table.row(queue === 'high' ? '[Global high-pri]' : '[Global]', link(context.memory.shortHex(address), `!do ${hex(address)}`), context.clr.managed.typeName(address));
        yield* delegateLine(context, address);
      }
    }
    if (!args.has('-stat')) return;
    if (items.length === 0) yield line('No queued work items.');
    const table = new HeapTable(context.clr);
    for (const { address } of items) {
      const type = context.clr.objects.find(address);
      if (type) table.count(type, context.clr.objects.size(address, type));
    }
    yield* table.statistics(false);
  },
};

/** PortableThreadPool.ThreadPoolInstance; undefined before the pool is first used. */
function findPool(context: CommandContext): Address | undefined {
  const { managed } = context.clr;
  const type = managed.coreType('System.Threading.PortableThreadPool');
  return type && managed.staticRef(type, 'ThreadPoolInstance');
}

function* counts(context: CommandContext, pool: Address): Generator<OutputNode> {
  const { managed } = context.clr;
  const { memory } = context;
  const u16 = (name: string) => {
    const at = managed.at(pool, name);
    return at !== undefined && memory.has(at, 2) ? memory.u16(at) : 0;
  };
  const data = threadCounts(context, pool);
  const running = data & 0xffff;
  const existing = data >>> 16;
  const table = new Table([left(17), left(0)]);
  yield line('Using the Portable thread pool.');
  yield line();
  yield table.row('CPU utilization:', `${managed.u32(pool, '_cpuUtilization') ?? 0}%`);
  yield table.row('Workers Total:', String(existing));
  yield table.row('Workers Running:', String(running));
  yield table.row('Workers Idle:', String(Math.max(0, existing - running)));
  yield table.row('Worker Min Limit:', String(u16('_minThreads')));
  yield table.row('Worker Max Limit:', String(u16('_maxThreads')));
  yield line();
  yield { kind: 'fact', subject: 'setting', values: { name: 'threadpool', total: existing, running, idle: existing - running, min: u16('_minThreads'), max: u16('_maxThreads') } };
}

/** ThreadCounts._data inside _separated.counts: threads that process work in the low 16 bits, existing ones in the next. */
function threadCounts(context: CommandContext, pool: Address): number {
  const { managed, typeLookup, types } = context.clr;
  const table = context.clr.objects.find(pool);
  const separated = table && managed.field(table, '_separated');
  const inner = separated && types.find(typeLookup.fieldType(separated));
  const field = inner && managed.field(inner, 'counts');
  return separated && field ? (context.memory.tryU32(pool + context.clr.target.shape.fields + separated.offset + field.offset) ?? 0) : 0;
}

function* delegateLine(context: CommandContext, item: Address): Generator<OutputNode> {
  const { managed } = context.clr;
  const type = context.clr.objects.find(item);
  if (!type || !managed.field(type, '_methodPtr')) return;
  const method = managed.delegateMethod(item);
  if (method) yield line('    => ', hex(managed.ref(item, '_target') ?? 0), ` ${method.name}`);
}

function* hillClimbing(context: CommandContext): Generator<OutputNode> {
  const { managed, objects, types } = context.clr;
  const { memory } = context;
  const type = managed.coreType('System.Threading.PortableThreadPool+HillClimbing');
  const climber = type && managed.staticRef(type, 'ThreadPoolHillClimber');
  const log = climber && managed.ref(climber, '_log');
  const arrayType = log ? objects.find(log) : undefined;
  const entry = arrayType && types.find(arrayType.perInstInfo);
  if (!climber || !log || !arrayType || !entry) return;
  const capacity = objects.length(log);
  const size = Math.min(managed.u32(climber, '_logSize') ?? 0, capacity);
  const first = managed.u32(climber, '_logStart') ?? 0;
  if (size === 0) return;
  const at = (index: number, name: string) => {
    const field = managed.field(entry, name);
    return field && objects.elementsStart(log, arrayType) + ((first + index) % capacity) * arrayType.componentSize + field.offset;
  };
  const i32 = (index: number, name: string) => {
    const address = at(index, name);
    return address === undefined ? 0 : memory.i32(address);
  };
  const end = i32(size - 1, 'tickCount');
  const table = new Table([right(10), left(19), right(14), right(14), left(0)]);
  yield line('Hill Climbing Log:');
  yield table.row('Time', 'Transition', '#New Threads', '#Samples', 'Throughput');
  for (let i = 0; i < size; i++) {
    const mean = at(i, 'lastHistoryMean');
    const state = i32(i, 'stateOrTransition');
    yield table.row(
      ((i32(i, 'tickCount') - end) / 1000).toFixed(2), TRANSITIONS[state] ?? String(state), thousands(i32(i, 'newControlSetting')),
      thousands(i32(i, 'lastHistoryCount')), mean === undefined ? '' : memory.f32(mean).toFixed(2),
    );
  }
  yield line();
}
