import type { Address } from '../bytes/index.ts';
import { ThreadState } from '../runtime/index.ts';
import type { ClrThread } from '../runtime/index.ts';
import type { Clr } from './clr.ts';
import { queuedObjects, readFinalizeQueues, READY_SEGMENTS } from './finalizer.ts';
import type { Handle, HandleKind } from './handles.ts';
import { stackRoots } from './stack-roots.ts';
import type { StackRoot } from './stack-roots.ts';
import { threadStaticRoots } from './thread-statics.ts';

/** Something outside the heap that keeps an object alive. `address` is where the reference lies (0: in a register). */
export type Root = { readonly address: Address; readonly object: Address } & (
  | { readonly kind: 'handle'; readonly handle: Handle }
  | { readonly kind: 'finalizer' }
  | { readonly kind: 'stack'; readonly thread: ClrThread; readonly stack: StackRoot }
  | { readonly kind: 'thread static'; readonly thread: ClrThread }
);

/** Handles that keep nothing alive by themselves. A reference-counted one counts as strong: its count belongs to native code. */
const WEAK: ReadonlySet<HandleKind> = new Set<HandleKind>(['WeakShort', 'WeakLong', 'Dependent', 'WeakWinRT', 'WeakInterior', 'CrossReference']);

/**
 * Roots of the heap, each kind read once a dump. The order is that of SOS and ClrMD (handles, finalizer queue, stacks),
 * since it decides which of several paths gcroot finds first.
 */
export class Roots {
  readonly #clr: Clr;
  #handles: readonly Root[] | undefined;
  #finalizer: readonly Root[] | undefined;
  #threadStatics: readonly Root[] | undefined;
  #dependents: ReadonlyMap<Address, readonly Address[]> | undefined;
  readonly #stacks = new Map<ClrThread, readonly Root[]>();
  /** Frames whose GC info is missing, by code address: roots may be missing too. */
  readonly missed = new Map<Address, string>();

  constructor(clr: Clr) {
    this.#clr = clr;
  }

  get handles(): readonly Root[] {
    this.#handles ??= this.#clr.handles.filter((h) => !WEAK.has(h.kind)).map((handle): Root => ({ kind: 'handle', address: handle.address, object: handle.object, handle }));
    return this.#handles;
  }

  /** Objects whose finalizer is about to run. */
  get finalizer(): readonly Root[] {
    this.#finalizer ??= this.#readFinalizer();
    return this.#finalizer;
  }

  /** Threads that have a stack. */
  get threads(): readonly ClrThread[] {
    return this.#clr.threads.list().filter((t) => t.osId !== 0 && (t.state & (ThreadState.Dead | ThreadState.Unstarted)) === 0);
  }

  /** References in the frames and registers of one thread. */
  ofThread(thread: ClrThread): readonly Root[] {
    let roots = this.#stacks.get(thread);
    if (!roots) {
      roots = [...stackRoots(this.#clr, thread, (ip, error) => this.missed.set(ip, error.message))].map((stack): Root => ({ kind: 'stack', address: stack.location ?? 0, object: stack.object, thread, stack }));
      this.#stacks.set(thread, roots);
    }
    return roots;
  }

  /** Storage of thread statics: the GC marks it, SOS does not list it. */
  get threadStatics(): readonly Root[] {
    this.#threadStatics ??= [...threadStaticRoots(this.#clr, this.threads)].map(({ object, thread, address }): Root => ({ kind: 'thread static', address, object, thread }));
    return this.#threadStatics;
  }

  /** All roots that SOS follows, in its order. */
  *all(options: { readonly finalizer?: boolean; readonly stacks?: boolean } = {}): Generator<Root, void, void> {
    yield* this.handles;
    if (options.finalizer !== false) yield* this.finalizer;
    if (options.stacks === false) return;
    for (const thread of this.threads) yield* this.ofThread(thread);
  }

  /** What dependent handles add: from an object to those that live as long as it does. Null is among them, and SOS counts it as an object. */
  get dependents(): ReadonlyMap<Address, readonly Address[]> {
    if (!this.#dependents) {
      const map = new Map<Address, Address[]>();
      for (const handle of this.#clr.handles) {
        if (handle.kind !== 'Dependent') continue;
        const known = map.get(handle.object);
        if (known) known.push(handle.secondary);
        else map.set(handle.object, [handle.secondary]);
      }
      this.#dependents = map;
    }
    return this.#dependents;
  }

  #readFinalizer(): Root[] {
    const { target, gc, objects } = this.#clr;
    const roots: Root[] = [];
    for (const queue of readFinalizeQueues(target, gc)) {
      for (const index of READY_SEGMENTS) {
        const segment = queue.segments[index];
        let address = segment.start;
        for (const object of queuedObjects(target, segment)) {
          if (objects.find(object)) roots.push({ kind: 'finalizer', address, object });
          address += target.memory.pointerSize;
        }
      }
    }
    return roots;
  }
}
