import { hex } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import { line, link } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { delegateName, workItems } from './work-items.ts';

const MAX_FACTS = 2000;

interface Described { readonly kind: 'Task' | 'Work' | ''; readonly text: string }

export const threadpoolqueue: CommandDef = {
  name: 'threadpoolqueue',
  aliases: ['tpq'],
  host: 'sos',
  group: 'threads',
  summary: { en: 'What waits in the queues of the thread pool, and how many of each kind.', 'zh-tw': '列出執行緒集區佇列中等待的工作，以及各類數量。' },
  details: {
    en: 'Long queues beside busy workers mean starvation: find out what the workers wait for with clrstack -all or parallelstacks.',
    'zh-tw': '佇列很長而工作執行緒全都忙碌，就是執行緒集區匱乏：用 clrstack -all 或 parallelstacks 查看它們在等什麼。',
  },
  examples: ['threadpoolqueue'],
  *run(context) {
    const items = yield* workItems(context);
    const counts = { Task: new Map<string, number>(), Work: new Map<string, number>() };
    let facts = 0;
    for (const [title, local] of [['global work item queue________________________________', false], ['local per thread work items_____________________________________', true]] as const) {
      yield line(title);
      // SOS lists only the normal global queue; threadpool -wi has the others too.
      for (const { address } of items.filter((i) => (local ? i.queue === 'local' : i.queue === 'global'))) {
        const { kind, text } = describe(context, address);
        if (kind) counts[kind].set(text, (counts[kind].get(text) ?? 0) + 1);
        yield line(link(`0x${context.memory.hex(address).toUpperCase()}`, `!do ${hex(address)}`), kind ? ` ${kind} | ${text}` : ` ${text}`);
        if (facts++ < MAX_FACTS) yield { kind: 'fact', subject: 'object', address, values: { type: 'work item', kind, text } };
      }
      yield line();
    }
    for (const kind of ['Task', 'Work'] as const) {
      if (counts[kind].size === 0) continue;
      let total = 0;
      for (const [text, count] of [...counts[kind]].sort(([, a], [, b]) => a - b)) {
        yield line(` ${String(count).padStart(4)} ${kind}  ${text}`);
        total += count;
      }
      yield line(' ----');
      yield line(` ${String(total).padStart(4)}`);
      yield line();
    }
    yield line();
  },
};

function describe(context: CommandContext, item: Address): Described {
  const { managed } = context.clr;
  const type = managed.typeName(item);
  if (type === 'System.Threading.Tasks.Task') return { kind: 'Task', text: task(context, item) };
  if (type !== 'System.Threading.QueueUserWorkItemCallback' && type !== 'System.Threading.QueueUserWorkItemCallbackDefaultContext') return { kind: '', text: type };
  const callback = managed.ref(item, '_callback') ?? managed.ref(item, 'callback');
  if (!callback) return { kind: 'Work', text: '[no callback]' };
  const target = managed.ref(callback, '_target');
  return { kind: 'Work', text: target ? delegateName(context, callback, target) : '[no callback target]' };
}

function task(context: CommandContext, address: Address): string {
  const { managed } = context.clr;
  const action = managed.ref(address, 'm_action');
  if (!action) return ' [no action]';
  const target = managed.ref(action, '_target');
  if (!target) return ' [no target]';
  const name = delegateName(context, action, target);
  const scheduler = managed.ref(address, 'm_taskScheduler');
  const schedulerType = scheduler ? managed.typeName(scheduler) : '';
  return schedulerType && schedulerType !== 'System.Threading.Tasks.ThreadPoolTaskScheduler' ? `${name} [${schedulerType}]` : name;
}
