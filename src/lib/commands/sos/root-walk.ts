import type { Address } from '../../bytes/index.ts';
import type { PathFinder, PathLink, Reach, Root } from '../../heap/index.ts';
import { line, message, progress } from '../../output/index.ts';
import type { OutputNode, Progress } from '../../output/index.ts';
import type { CommandContext } from '../context.ts';

/** Objects followed between two looks at the clock. */
const STEP = 4096;
/** Roots between two looks at the clock. */
const ROOTS = 64;

type Run<Result> = Generator<OutputNode | Progress, Result, void>;

/** What SOS says before it reads the roots for the first time; it keeps them for the next command. */
export function* announceRoots({ session }: CommandContext): Generator<OutputNode> {
  if (session.announced.has('roots')) return;
  session.announced.add('roots');
  yield line('Caching GC roots, this may take a while.');
  yield line('Subsequent runs of this command will be faster.');
  yield line();
}

/** Walking stacks takes longest: SOS says so when an earlier command read the other roots only. */
function* announceStacks({ session }: CommandContext): Generator<OutputNode> {
  if (session.announced.has('stack roots')) return;
  session.announced.add('stack roots');
  yield line('Caching GC stack roots, this may take a while.');
  yield line('Subsequent runs of this command will be faster.');
  yield line();
}

/** Handles and the finalizer queue. */
export function* otherRoots(context: CommandContext): Run<readonly Root[]> {
  yield* announceRoots(context);
  const { roots } = context.clr;
  return [...roots.handles, ...roots.finalizer];
}

/** References of every thread's frames. */
export function* stackRoots(context: CommandContext, say = true): Run<readonly Root[]> {
  if (say) yield* announceStacks(context);
  const { roots } = context.clr;
  const { threads } = roots;
  const found: Root[] = [];
  for (const [i, thread] of threads.entries()) {
    for (const root of roots.ofThread(thread)) found.push(root);
    yield progress(i, threads.length);
  }
  if (roots.missed.size > 0) {
    const { size } = roots.missed;
    yield message('warning', {
      en: `${size} frames cannot tell what they hold (their GC info is not in this dump): objects that only they keep alive look dead.`,
      'zh-tw': `有 ${size} 個框架無法得知持有哪些物件（傾印中沒有它們的 GC 資訊）：只靠它們參考的物件會看似已死。`,
    });
  }
  return found;
}

/** All roots in SOS's order. Handles and finalizer queue come before the stacks are read. */
export function* eachRoot(context: CommandContext, options: { readonly stacks: boolean }, visit: (root: Root) => Run<boolean>): Run<void> {
  for (const root of yield* otherRoots(context)) if (!(yield* visit(root))) return;
  if (!options.stacks) return;
  // Who reads all roots has said so already.
  context.session.announced.add('stack roots');
  for (const root of yield* stackRoots(context, false)) if (!(yield* visit(root))) return;
}

/** Adds the objects of roots; the number of roots. */
export function* addRoots(roots: readonly Root[], add: (object: Address) => void): Generator<Progress, number, void> {
  for (let i = 0; i < roots.length; i++) {
    add(roots[i].object);
    if (i % ROOTS === 0) yield progress(i, roots.length);
  }
  return roots.length;
}

/** Follows everything that is to be followed. */
export function* follow(reach: Reach): Generator<Progress, void, void> {
  while (reach.step(STEP)) yield progress(reach.done, reach.found);
}

/** The path from an object to what the finder looks for. */
export function* pathFrom(finder: PathFinder, start: Address, total: number): Generator<Progress, PathLink | undefined, void> {
  const search = finder.find(start);
  for (;;) {
    const step = search.next();
    if (step.done) return step.value;
    yield progress(Math.min(finder.walked, total), total);
  }
}
