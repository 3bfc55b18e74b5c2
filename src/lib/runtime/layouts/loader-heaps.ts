import type { Architecture, OperatingSystem } from '../../container/index.ts';
import type { LayoutTable } from '../layouts.ts';

/**
 * Loader heaps and code heaps, x64. No descriptor publishes them; found by following every pointer of the loader
 * allocator, the virtual stub manager and the JIT manager on dumps of 9.0 and 10.0 (Windows and Linux) until the block lists were those
 * an independent reader names (names after vm/loaderallocator.hpp, virtualcallstub.h, codeman.h, dynamicmethod.h).
 */
const COMMON: LayoutTable = {
  LoaderHeap: { FirstBlock: 8 },
  LoaderHeapBlock: { Next: 0, VirtualAddress: 8, VirtualSize: 16 },
  EEJitManager: { AllCodeHeaps: 16 },
  CodeHeapListNode: { Heap: 8 },
  HostCodeHeap: { ListNode: 8, BaseAddress: 24, CommittedEnd: 32 },
};

/** .NET 10: the descriptor names three of the heaps, the others are their neighbours. */
const NET10: LayoutTable = {
  LoaderAllocator: {
    StaticsHeap: 'HighFrequencyHeap+8', ExecutableHeap: 'StubHeap+8',
    FixupPrecodeHeap: 'StubHeap+24', NewStubPrecodeHeap: 'StubHeap+32', VirtualCallStubManager: 'ReferenceCount+-32',
  },
};

const NET9_WINDOWS: LayoutTable = {
  SystemDomain: { GlobalLoaderAllocator: 0x318 },
  LoaderAllocator: {
    LowFrequencyHeap: 0x3c0, HighFrequencyHeap: 0x3c8, StaticsHeap: 0x3d0, StubHeap: 0x3d8, ExecutableHeap: 0x3e8,
    FixupPrecodeHeap: 0x3f8, NewStubPrecodeHeap: 0x400, VirtualCallStubManager: 0x7e8,
  },
  VirtualCallStubManager: { IndirectionCellHeap: 0x188, CacheEntryHeap: 0x190 },
};

const NET9_LINUX: LayoutTable = {
  SystemDomain: { GlobalLoaderAllocator: 0x730 },
  LoaderAllocator: {
    LowFrequencyHeap: 0x420, HighFrequencyHeap: 0x428, StaticsHeap: 0x430, StubHeap: 0x438, ExecutableHeap: 0x448,
    FixupPrecodeHeap: 0x458, NewStubPrecodeHeap: 0x460, VirtualCallStubManager: 0x968,
  },
  VirtualCallStubManager: { IndirectionCellHeap: 0x1e8, CacheEntryHeap: 0x1f0 },
};

/** .NET 11 describes them all, some by other names. */
const NET11: LayoutTable = {
  VirtualCallStubManager: { IndirectionCellHeap: 'IndcellHeap+0' },
  HostCodeHeap: { CommittedEnd: 'CurrentAddress+0' },
};

/** The same for x86 (Windows), found in the same way on a dump of 10.0. */
const NET10_X86: readonly LayoutTable[] = [
  {
    LoaderHeap: { FirstBlock: 4 },
    LoaderHeapBlock: { Next: 0, VirtualAddress: 4, VirtualSize: 8 },
    EEJitManager: { AllCodeHeaps: 8 },
    CodeHeapListNode: { Heap: 4 },
    HostCodeHeap: { ListNode: 4, BaseAddress: 12, CommittedEnd: 16 },
  },
  {
    LoaderAllocator: {
      StaticsHeap: 'HighFrequencyHeap+4', ExecutableHeap: 'StubHeap+4',
      FixupPrecodeHeap: 'StubHeap+12', NewStubPrecodeHeap: 'StubHeap+16', VirtualCallStubManager: 'ReferenceCount+-24',
    },
    VirtualCallStubManager: { IndirectionCellHeap: 0xcc, CacheEntryHeap: 0xd0 },
  },
];

/** What to add to the layouts of a runtime before its loader heaps are read; nothing where they are not known. */
export function loaderHeapLayouts(major: number, os: OperatingSystem, architecture: Architecture): readonly LayoutTable[] {
  if (architecture === 'x86') return major === 10 ? NET10_X86 : major >= 11 ? [NET11] : [];
  if (major === 9) return [COMMON, os === 'windows' ? NET9_WINDOWS : NET9_LINUX];
  if (major >= 11) return [NET11];
  if (major < 10) return [COMMON];
  const stubs: LayoutTable = { VirtualCallStubManager: os === 'windows' ? { IndirectionCellHeap: 0x180, CacheEntryHeap: 0x188 } : { IndirectionCellHeap: 0x198, CacheEntryHeap: 0x1a0 } };
  return [COMMON, NET10, stubs];
}

/** Slot of ExecutionManager::m_pEEJitManager in g_dacTable (dacvars.h), equal on 9.0 and 10.0. */
export const JIT_MANAGER_SLOT = 4;
