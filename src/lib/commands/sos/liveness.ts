import type { Address } from '../../bytes/index.ts';
import { Reach } from '../../heap/index.ts';
import type { Clr } from '../../heap/index.ts';
import { line, thousands } from '../../output/index.ts';
import type { OutputNode, Progress } from '../../output/index.ts';
import type { CommandContext } from '../context.ts';
import { addRoots, announceRoots, follow, otherRoots, stackRoots } from './root-walk.ts';

/** Objects reachable from the roots. */
export interface LiveSet { has(address: Address): boolean }

interface Live { readonly reach: Reach; readonly roots: number }

/** What lives in a dump never changes: marked once. */
const known = new WeakMap<Clr, Live>();

/** Finds what the roots keep alive. With `say`, in SOS's words the first time. */
export function* liveness(context: CommandContext, say: boolean): Generator<OutputNode | Progress, LiveSet, void> {
  const { clr, session } = context;
  const first = !session.announced.has('live objects');
  if (first) {
    session.announced.add('live objects');
    if (say) yield line('Calculating live objects, this may take a while...');
    yield* announceRoots(context);
    session.announced.add('stack roots');
  }
  let live = known.get(clr);
  if (!live) known.set(clr, (live = yield* mark(context, true)));
  if (first && say) yield line(`Calculating live objects complete: ${thousands(live.reach.members.size)} objects from ${thousands(live.roots)} roots`);
  return live.reach.members;
}

/** Like `liveness`, for objects the finalizer queue alone does not count as alive. */
export function* livenessWithoutFinalizer(context: CommandContext): Generator<OutputNode | Progress, LiveSet, void> {
  return (yield* mark(context, false)).reach.members;
}

function* mark(context: CommandContext, finalizer: boolean): Generator<OutputNode | Progress, Live, void> {
  const { clr } = context;
  const reach = new Reach(clr);
  let roots = 0;
  const others = yield* otherRoots(context);
  roots += yield* addRoots(finalizer ? others : others.filter((r) => r.kind !== 'finalizer'), reach.add);
  roots += yield* addRoots(yield* stackRoots(context), reach.add);
  yield* follow(reach);
  return { reach, roots };
}
