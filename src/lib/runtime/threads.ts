import type { Address } from '../bytes/index.ts';
import type { Target } from './target.ts';

const MAX_THREADS = 1 << 16;

/** Thread::ThreadState bits (vm/threads.h) that commands name. */
export const ThreadState = { Hijacked: 0x80, Background: 0x200, Unstarted: 0x400, Dead: 0x800, ClrOwned: 0x1000, CoInitialized: 0x2000, InSta: 0x4000, InMta: 0x8000, ThreadPoolWorker: 0x01000000 } as const;

/** A managed thread (vm/threads.h Thread). */
export interface ClrThread {
  readonly address: Address;
  readonly managedId: number;
  readonly osId: number;
  readonly state: number;
  readonly cooperative: boolean;
  /** First explicit Frame; all ones ends the chain. */
  readonly frame: Address;
  readonly allocContext: { readonly pointer: Address; readonly limit: Address } | undefined;
  /** Object, or 0. */
  readonly lastThrown: Address;
  readonly exceptionTracker: Address;
  /** Managed Thread object, or 0. */
  readonly exposedObject: Address;
  readonly teb: Address;
}

export interface ThreadCounts { readonly total: number; readonly unstarted: number; readonly background: number; readonly pending: number; readonly dead: number }

/** The runtime's thread store. */
export class Threads {
  readonly #target: Target;
  #list: ClrThread[] | undefined;

  constructor(target: Target) {
    this.#target = target;
  }

  #store(): Address {
    return this.#target.memory.pointer(this.#target.layouts.global('ThreadStore'));
  }

  counts(): ThreadCounts {
    const { memory, layouts } = this.#target;
    const store = this.#store();
    const at = (field: string) => memory.u32(store + layouts.offset('ThreadStore', field));
    return { total: at('ThreadCount'), unstarted: at('UnstartedCount'), background: at('BackgroundCount'), pending: at('PendingCount'), dead: at('DeadCount') };
  }

  /** All threads of the store, in its order. The list links are addresses of the link fields (.NET 8 to 10) or of the threads (11). */
  list(): readonly ClrThread[] {
    // Not found by shape: commands that speak of threads are refused there.
    this.#list ??= this.#target.inferred ? [] : this.#read();
    return this.#list;
  }

  byOsId(osId: number): ClrThread | undefined {
    return this.list().find((t) => t.osId === osId);
  }

  #read(): ClrThread[] {
    const { memory, layouts, dump } = this.#target;
    const linkOffset = layouts.offset('Thread', 'LinkNext');
    const first = memory.pointer(this.#store() + layouts.offset('ThreadStore', 'FirstThreadLink'));
    const osIds = new Set(dump.threads.map((t) => t.id));
    const walk = (delta: number) => {
      const threads: ClrThread[] = [];
      const seen = new Set<Address>();
      for (let link = first; link && !seen.has(link) && threads.length < MAX_THREADS; ) {
        seen.add(link);
        const address = link - delta;
        if (!memory.has(address, linkOffset + memory.pointerSize)) break;
        threads.push(this.#thread(address));
        link = memory.pointer(address + linkOffset);
      }
      return threads;
    };
    const matching = (threads: ClrThread[]) => threads.filter((t) => osIds.has(t.osId)).length;
    const byField = walk(linkOffset);
    if (matching(byField) > 0 || byField.length === 0) return byField;
    const byThread = walk(0);
    return matching(byThread) > 0 ? byThread : byField;
  }

  #thread(address: Address): ClrThread {
    const { memory, layouts } = this.#target;
    const pointer = (field: string) => {
      const offset = layouts.tryOffset('Thread', field);
      return offset === undefined ? 0 : (memory.tryPointer(address + offset) ?? 0);
    };
    const u32 = (field: string) => memory.tryU32(address + layouts.offset('Thread', field)) ?? 0;
    const deref = (handle: Address) => (handle ? (memory.tryPointer(handle) ?? 0) : 0);
    return {
      address, managedId: u32('Id'), osId: u32('OSId'), state: u32('State'), cooperative: u32('PreemptiveGCDisabled') !== 0, frame: pointer('Frame'),
      allocContext: this.#allocContext(address), lastThrown: deref(pointer('LastThrownObject')), exceptionTracker: pointer('ExceptionTracker'),
      exposedObject: deref(pointer('GCHandle') || pointer('ExposedObject')), teb: pointer('TEB'),
    };
  }

  /** .NET 10: RuntimeThreadLocals → EEAllocContext → GCAllocContext; 9: directly; 8: inside Thread. */
  #allocContext(thread: Address): ClrThread['allocContext'] {
    const { memory, layouts } = this.#target;
    const inline = layouts.tryOffset('Thread', 'AllocContext');
    let context: Address;
    if (inline !== undefined) context = thread + inline;
    else {
      const locals = memory.tryPointer(thread + layouts.offset('Thread', 'RuntimeThreadLocals'));
      if (!locals) return undefined;
      context = locals + layouts.offset('RuntimeThreadLocals', 'AllocContext') + (layouts.tryOffset('EEAllocContext', 'GCAllocationContext') ?? 0);
    }
    const pointer = memory.tryPointer(context + layouts.offset('GCAllocContext', 'Pointer'));
    const limit = memory.tryPointer(context + layouts.offset('GCAllocContext', 'Limit'));
    return pointer === undefined || limit === undefined ? undefined : { pointer, limit };
  }

  /** Exceptions in flight on a thread, innermost first: objects of the ExInfo chain. */
  exceptionsInFlight(thread: ClrThread): Address[] {
    const { memory, layouts } = this.#target;
    const objects: Address[] = [];
    const byHandle = layouts.has('ExceptionInfo', 'ThrownObjectHandle');
    const seen = new Set<Address>();
    for (let info = thread.exceptionTracker; info && !seen.has(info) && seen.size < 1000; ) {
      seen.add(info);
      const thrown = memory.tryPointer(info + layouts.offset('ExceptionInfo', 'ThrownObject'));
      const object = thrown && byHandle ? memory.tryPointer(thrown) : thrown;
      if (object) objects.push(object);
      info = memory.tryPointer(info + layouts.offset('ExceptionInfo', 'PreviousNestedInfo')) ?? 0;
    }
    return objects;
  }
}
