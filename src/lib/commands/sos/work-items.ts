import type { Address } from '../../bytes/index.ts';
import type { Progress } from '../../output/index.ts';
import type { CommandContext } from '../context.ts';
import { instancesNamed } from './heap-instances.ts';

const QUEUE = 'System.Threading.ThreadPoolWorkQueue';
const STEALING = 'System.Threading.ThreadPoolWorkQueue+WorkStealingQueue';

/** An object queued to the thread pool, and the queue it waits in. */
export interface WorkItem { readonly address: Address; readonly queue: 'high' | 'global' | 'low' | 'assignable' | 'local' }

/** Everything that waits in the managed queues of the thread pool, queues in address order. */
export function* workItems(context: CommandContext): Generator<Progress, WorkItem[]> {
  const { managed } = context.clr;
  const items: WorkItem[] = [];
  for (const { address, table } of yield* instancesNamed(context, QUEUE, STEALING)) {
    if (context.clr.types.name(table.address, 'managed') === STEALING) {
      const array = managed.ref(address, 'm_array');
      for (const item of array ? managed.elements(array) : []) if (item && context.clr.objects.find(item)) items.push({ address: item, queue: 'local' });
      continue;
    }
    for (const [field, queue] of [['highPriorityWorkItems', 'high'], ['workItems', 'global'], ['lowPriorityWorkItems', 'low']] as const) {
      const queued = managed.ref(address, field);
      if (queued) for (const item of managed.queueItems(queued)) items.push({ address: item, queue });
    }
    const assignable = managed.ref(address, '_assignableWorkItemQueues');
    for (const queued of assignable ? managed.elements(assignable) : []) {
      if (queued) for (const item of managed.queueItems(queued)) items.push({ address: item, queue: 'assignable' });
    }
  }
  return items;
}

/** `Type.Method` of a delegate as SOS's thread-pool commands spell it. */
export function delegateName(context: CommandContext, delegate: Address, target: Address): string {
  const { managed, types } = context.clr;
  const method = managed.delegateMethod(delegate);
  if (!method) return '';
  const owner = types.name(method.methodTable.address, 'managed');
  const type = managed.typeName(target);
  if (owner === type || type === 'System.Threading.WaitCallback' || type.startsWith('System.Action<')) return `${owner}.${method.name}`;
  return `(${type})${owner}.${method.name}`;
}
