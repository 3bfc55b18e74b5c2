import { ContractError } from '../bytes/index.ts';
import type { Address } from '../bytes/index.ts';
import { MAX_HEAPS } from './gc-globals.ts';
import type { GcGlobals, GcHeapGlobals } from './gc-globals.ts';
import type { Target } from './target.ts';

const MAX_PROCESSORS = 4096;

type Reader = (target: Target) => Omit<GcGlobals, 'source'>;

/** Readers of the contract GC by version (dotnet/runtime docs/design/datacontracts/GC.md). */
const VERSIONS: Readonly<Record<string, Reader>> = { 1: version1 };

/** Reads the GC through its own contract, which its sub-descriptor publishes. Throws ContractError naming the contract and what it lacks. */
export function readGcContract(target: Target, version: string): GcGlobals {
  const source = `contract GC, version ${version}`;
  const reader = VERSIONS[version];
  if (!reader) throw failure(`${source}: this version is not known here`);
  try {
    return { source, ...reader(target) };
  } catch (error) {
    if (error instanceof ContractError) throw failure(`${source}: ${error.message}`);
    throw error;
  }
}

function failure(text: string): ContractError {
  return new ContractError(text, {
    en: 'The runtime is newer than this analyzer, or its descriptor was damaged. Threads, modules, types and stacks can still be looked at.',
    'zh-tw': '執行階段比這個分析器新，或其描述元已損毀；仍可檢視執行緒、模組、型別與堆疊。',
  });
}

function version1(target: Target): Omit<GcGlobals, 'source'> {
  const { memory, layouts } = target;
  const kinds = new Set(layouts.text('GCIdentifiers').split(',').map((kind) => kind.trim()));
  const server = kinds.has('server');
  const i32 = (global: string) => memory.i32(layouts.global(global));
  return {
    server,
    regions: kinds.has('regions'),
    generationSize: layouts.size('Generation'),
    generationCount: layouts.global('TotalGenerationCount'),
    generationFields: [layouts.offset('Generation', 'AllocationContext'), layouts.offset('Generation', 'StartSegment'), kinds.has('regions') ? -1 : layouts.offset('Generation', 'AllocationStart')],
    heaps: server ? serverHeaps(target) : [workstationHeap(target)],
    counters: undefined,
    inGc: i32('StructureInvalidCount') !== 0,
    handleTableMap: layouts.global('HandleTableMap'),
    handleTables: server ? Math.min(memory.u32(layouts.global('TotalCpuCount')), MAX_PROCESSORS) : 1,
    dynamicAdaptation: kinds.has('dynamic_heap') ? i32('DynamicAdaptationMode') : undefined,
  };
}

/** Variables of the one heap are globals: addresses of pointers, or of the structures themselves. */
function workstationHeap({ memory, layouts }: Target): GcHeapGlobals {
  const global = (name: string) => layouts.global(`GCHeap${name}`);
  return {
    index: 0, address: 0, generationTable: global('GenerationTable'), ephemeralSegment: memory.pointer(global('EphemeralHeapSegment')),
    allocAllocated: memory.pointer(global('AllocAllocated')), finalizeQueue: memory.pointer(global('FinalizeQueue')), oomInfo: global('OomData'),
  };
}

function serverHeaps({ memory, layouts }: Target): GcHeapGlobals[] {
  const count = Math.min(memory.u32(layouts.global('NumHeaps')), MAX_HEAPS);
  const array = memory.pointer(layouts.global('Heaps'));
  return Array.from({ length: count }, (_, index) => {
    const address = memory.pointer(array + memory.pointerSize * index);
    const field = (name: string): Address => address + layouts.offset('GCHeap', name);
    return {
      index, address, generationTable: field('GenerationTable'), ephemeralSegment: memory.pointer(field('EphemeralHeapSegment')),
      allocAllocated: memory.pointer(field('AllocAllocated')), finalizeQueue: memory.pointer(field('FinalizeQueue')), oomInfo: field('OomData'),
    };
  });
}
