import type { Address } from '../../bytes/index.ts';
import { readSyncBlock, syncBlockIndex } from '../../heap/index.ts';
import type { SyncBlock } from '../../heap/index.ts';
import { progress } from '../../output/index.ts';
import type { Progress } from '../../output/index.ts';
import type { CommandContext } from '../context.ts';
import type { Finding } from './triage.ts';
import type { ManagedStack } from './triage-stacks.ts';

const STEP = 8192;
/** How far up from the innermost frame the object a thread waits for is looked for. */
const STACK_BYTES = 8192;
const ENTER = /^System\.Threading\.(Monitor\.(Enter|ReliableEnter|TryEnter)|Lock\.)/;
const MANY_WAITERS = 3;

/** Locks with waiters: a circle of owners is a deadlock, a single busy one a convoy. */
export function* lockFindings(context: CommandContext, stacks: readonly ManagedStack[]): Generator<Progress, Finding[]> {
  const locks = yield* contendedLocks(context);
  if (locks.length === 0) return [];
  const waitsFor = new Map<number, SyncBlock>();
  for (const stack of stacks) {
    if (!stack.methods.slice(0, 4).some((m) => ENTER.test(m))) continue;
    const lock = wantedLock(context, stack, locks);
    if (lock) waitsFor.set(stack.thread.osId, lock);
  }
  const circle = findCircle(waitsFor);
  const indexOf = (osId: number) => context.dump.threads.findIndex((t) => t.id === osId);
  if (circle.length > 1) {
    const names = circle.map((osId) => `${indexOf(osId)} (0x${osId.toString(16)})`);
    return [{
      id: 'deadlock', evidence: ['!syncblk', ...circle.slice(0, 4).map((osId) => `~${indexOf(osId)}s;!clrstack`)],
      text: { en: `Deadlock: threads ${names.join(' and ')} each hold a lock the next one waits for.`, 'zh-tw': `死結：執行緒 ${names.join(' 與 ')} 各持有一個鎖，又在等下一個執行緒持有的鎖。` },
    }];
  }
  const [worst] = locks.sort((a, b) => b.waiters - a.waiters);
  if (!worst.held || worst.waiters < MANY_WAITERS) return [];
  return [{
    id: 'lock-convoy', evidence: ['!syncblk', `~${indexOf(worst.ownerOsId)}s;!clrstack`],
    text: { en: `${worst.waiters} threads wait for one lock that thread ${indexOf(worst.ownerOsId)} holds: look at what its owner is doing.`, 'zh-tw': `${worst.waiters} 個執行緒在等同一個鎖，擁有者是執行緒 ${indexOf(worst.ownerOsId)}：看它正在做什麼。` },
  }];
}

function* contendedLocks(context: CommandContext): Generator<Progress, SyncBlock[]> {
  const { clr } = context;
  const indexes = new Set<number>();
  const walker = clr.walk();
  for (let more = true; more; ) {
    more = walker.step((address) => {
      const index = syncBlockIndex(clr, address);
      if (index) indexes.add(index);
    }, STEP);
    yield progress(walker.doneBytes, walker.totalBytes);
  }
  const locks: SyncBlock[] = [];
  for (const index of indexes) {
    const block = readSyncBlock(clr, index);
    if (block && block.object && block.waiters > 0) locks.push(block);
  }
  return locks;
}

/** The contended lock of another thread that stands nearest to the top of this thread's stack. */
function wantedLock(context: CommandContext, stack: ManagedStack, locks: readonly SyncBlock[]): SyncBlock | undefined {
  const byObject = new Map<Address, SyncBlock>(locks.filter((l) => l.ownerOsId !== stack.thread.osId).map((l) => [l.object, l]));
  for (let at = stack.sp; at < stack.sp + STACK_BYTES; at += 8) {
    const value = context.memory.tryPointer(at);
    const lock = value === undefined ? undefined : byObject.get(value);
    if (lock) return lock;
  }
  return undefined;
}

/** OS ids of threads that wait for each other in a circle, or none. */
function findCircle(waitsFor: ReadonlyMap<number, SyncBlock>): number[] {
  for (const start of waitsFor.keys()) {
    const path: number[] = [];
    for (let at: number | undefined = start; at !== undefined; at = waitsFor.get(at)?.ownerOsId) {
      const seen = path.indexOf(at);
      if (seen >= 0) return path.slice(seen);
      path.push(at);
    }
  }
  return [];
}
