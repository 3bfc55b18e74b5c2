import type { Address } from '../../bytes/index.ts';
import { pointers } from '../../container/index.ts';
import { progress } from '../../output/index.ts';
import type { Progress } from '../../output/index.ts';
import { ThreadState } from '../../runtime/index.ts';
import type { ClrThread } from '../../runtime/index.ts';
import type { CommandContext } from '../context.ts';

const MAX_FRAMES = 200;
const MAX_THREADS = 2000;

/** Managed frames of one thread. */
export interface ManagedStack {
  readonly thread: ClrThread;
  /** Number of the thread in the debugger. */
  readonly index: number;
  readonly sp: Address;
  readonly worker: boolean;
  readonly finalizer: boolean;
  /** Signatures, innermost first. */
  readonly methods: readonly string[];
}

/** Stacks of all threads that have managed frames. */
export function* managedStacks(context: CommandContext): Generator<Progress, ManagedStack[]> {
  const { clr, dump } = context;
  const finalizerAt = clr.target.layouts.tryGlobal('FinalizerThread');
  const finalizer = finalizerAt === undefined ? undefined : context.memory.tryPointer(finalizerAt);
  const stacks: ManagedStack[] = [];
  for (const thread of clr.threads.list().slice(0, MAX_THREADS)) {
    const index = dump.threads.findIndex((t) => t.id === thread.osId);
    if (index < 0) continue;
    const native = dump.threads[index];
    const methods: string[] = [];
    for (const frame of clr.stacks.walk(native.registers, thread.frame)) {
      if (frame.kind === 'managed') methods.push(clr.methods.find(frame.code.methodDesc)?.signature ?? '');
      if (methods.length >= MAX_FRAMES) break;
    }
    stacks.push({ thread, index, sp: pointers(native.registers).sp, worker: (thread.state & ThreadState.ThreadPoolWorker) !== 0, finalizer: thread.address === finalizer, methods });
    yield progress(stacks.length, 0);
  }
  return stacks;
}
