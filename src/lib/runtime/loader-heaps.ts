import type { Address } from '../bytes/index.ts';
import { JIT_MANAGER_SLOT, loaderHeapLayouts } from './layouts/loader-heaps.ts';
import type { Target } from './target.ts';

const MAX_BLOCKS = 1 << 16;
const MAX_CODE_HEAPS = 1 << 14;
/** CodeHeap::CodeHeapType (vm/codeman.h). */
const HOST_CODE_HEAP = 1;

/** Heaps of a loader allocator, in the order the runtime reports them. */
const ALLOCATOR_HEAPS = ['LowFrequencyHeap', 'HighFrequencyHeap', 'StaticsHeap', 'StubHeap', 'ExecutableHeap', 'FixupPrecodeHeap', 'NewStubPrecodeHeap'] as const;
const STUB_HEAPS = ['IndirectionCellHeap', 'CacheEntryHeap'] as const;

export type NativeHeapKind = (typeof ALLOCATOR_HEAPS)[number] | (typeof STUB_HEAPS)[number] | 'LoaderCodeHeap' | 'HostCodeHeap';

/** A reserved stretch of memory that the runtime's loader or JIT hands out. */
export interface NativeHeap {
  readonly kind: NativeHeapKind;
  readonly start: Address;
  /** Bytes reserved; pages of it that were never committed are not in the dump. */
  readonly size: number;
  /** True for the block that allocations are served from; what is left in the others is wasted. */
  readonly active: boolean;
}

/** Native memory of the loader and the JIT: what `eeheap -loader` lists. */
export class LoaderHeaps {
  readonly #target: Target;

  constructor(target: Target) {
    this.#target = target;
    for (const table of loaderHeapLayouts(target.major, target.dump.os, target.dump.architecture)) target.layouts.fill(table);
  }

  /** Address of the SystemDomain; its variable follows that of the AppDomain in g_dacTable. */
  systemDomain(): Address {
    const { memory, layouts, slots } = this.#target;
    const variable = layouts.tryGlobal('SystemDomain') ?? slots[slots.indexOf(layouts.global('AppDomain')) + 1];
    return memory.pointer(variable);
  }

  /** What debuggers call the system domain; 0 since .NET 11, where it is no domain any more. */
  listedSystemDomain(): Address {
    return this.#target.layouts.has('AppDomain', 'AssemblyList') ? 0 : this.systemDomain();
  }

  /** Blocks of all heaps of the global loader allocator. Throws ContractError when the layout of this runtime is not known. */
  allocatorHeaps(): NativeHeap[] {
    const { memory, layouts } = this.#target;
    const allocator = this.systemDomain() + layouts.offset('SystemDomain', 'GlobalLoaderAllocator');
    const heaps: NativeHeap[] = [];
    for (const kind of ALLOCATOR_HEAPS) {
      const at = kind === 'LowFrequencyHeap' ? layouts.offset('LoaderAllocator', kind) : layouts.tryOffset('LoaderAllocator', kind);
      if (at !== undefined) heaps.push(...this.#blocks(memory.tryPointer(allocator + at), kind));
    }
    const stubs = layouts.tryOffset('LoaderAllocator', 'VirtualCallStubManager');
    const manager = stubs === undefined ? 0 : memory.tryPointer(allocator + stubs);
    if (manager) for (const kind of STUB_HEAPS) heaps.push(...this.#blocks(memory.tryPointer(manager + layouts.offset('VirtualCallStubManager', kind)), kind));
    return heaps;
  }

  jitManager(): Address {
    return this.#target.memory.pointer(this.#target.layouts.tryGlobal('EEJitManagerAddress') ?? this.#target.slots[JIT_MANAGER_SLOT]);
  }

  /** Code heaps of the JIT, newest first; host code heaps hold dynamic methods. */
  codeHeaps(): NativeHeap[] {
    const { memory, layouts } = this.#target;
    const heaps: NativeHeap[] = [];
    let node = memory.pointer(this.jitManager() + layouts.offset('EEJitManager', 'AllCodeHeaps'));
    for (let i = 0; node && i < MAX_CODE_HEAPS; i++) {
      const heap = memory.pointer(node + layouts.offset('CodeHeapListNode', 'Heap'));
      if (this.#isHostCodeHeap(heap, node)) {
        const start = memory.pointer(heap + layouts.offset('HostCodeHeap', 'BaseAddress'));
        const end = memory.pointer(heap + layouts.offset('HostCodeHeap', 'CommittedEnd'));
        heaps.push({ kind: 'HostCodeHeap', start, size: Math.max(0, end - start), active: true });
      } else heaps.push(...this.#blocks(heap + (layouts.tryOffset('LoaderCodeHeap', 'LoaderHeap') ?? 0), 'LoaderCodeHeap'));
      node = memory.pointer(node + layouts.offset('CodeHeapListNode', 'Next'));
    }
    return heaps;
  }

  /** A heap says what it is since .NET 11; before that only those of dynamic methods know their node. */
  #isHostCodeHeap(heap: Address, node: Address): boolean {
    const { memory, layouts } = this.#target;
    const type = layouts.tryOffset('CodeHeap', 'HeapType');
    return type === undefined ? memory.pointer(heap + layouts.offset('HostCodeHeap', 'ListNode')) === node : memory.u8(heap + type) === HOST_CODE_HEAP;
  }

  #blocks(heap: Address | undefined, kind: NativeHeapKind): NativeHeap[] {
    const { memory, layouts } = this.#target;
    const result: NativeHeap[] = [];
    const seen = new Set<Address>();
    let block = heap ? (memory.tryPointer(heap + layouts.offset('LoaderHeap', 'FirstBlock')) ?? 0) : 0;
    while (block && !seen.has(block) && result.length < MAX_BLOCKS) {
      seen.add(block);
      result.push({
        kind, active: result.length === 0,
        start: memory.pointer(block + layouts.offset('LoaderHeapBlock', 'VirtualAddress')),
        size: memory.pointer(block + layouts.offset('LoaderHeapBlock', 'VirtualSize')),
      });
      block = memory.pointer(block + layouts.offset('LoaderHeapBlock', 'Next'));
    }
    return result;
  }
}
