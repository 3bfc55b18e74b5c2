import { ContractError } from '../bytes/index.ts';
import type { Address } from '../bytes/index.ts';
import { readGcContract } from './gc-contract.ts';
import { findGcDacVars } from './gc-dac-vars.ts';
import type { Target } from './target.ts';

export const MAX_HEAPS = 1024;

/** One GC heap: the only one with workstation GC, one a core with server GC. */
export interface GcHeapGlobals {
  readonly index: number;
  /** Address of the gc_heap object; 0 with workstation GC. */
  readonly address: Address;
  /** Address of generation[0]. */
  readonly generationTable: Address;
  readonly ephemeralSegment: Address;
  readonly allocAllocated: Address;
  readonly finalizeQueue: Address;
  readonly oomInfo: Address;
}

/** Addresses of arrays of pointer-sized counters; 0 for none. */
export interface GcCounters {
  readonly global: Address;
  readonly heaps: readonly { readonly dataPoints: Address; readonly compactReasons: Address; readonly expandMechanisms: Address; readonly mechanismBits: Address }[];
}

export interface GcGlobals {
  /** Where all this was read from, for people: the contract's name and version, or GcDacVars. */
  readonly source: string;
  readonly server: boolean;
  readonly regions: boolean;
  readonly generationSize: number;
  readonly generationCount: number;
  /** Offsets inside a generation: allocation context, start segment, allocation start (-1 with regions). */
  readonly generationFields: readonly [allocationContext: number, startSegment: number, allocationStart: number];
  readonly heaps: readonly GcHeapGlobals[];
  /** True when the dump was taken in the middle of a GC: objects may be half moved. */
  readonly inGc: boolean;
  readonly handleTableMap: Address;
  /** Handle tables a bucket has room for; undefined when the GC does not say. */
  readonly handleTables: number | undefined;
  /** Where the GC counts what it did, for its own developers; undefined when it does not say. */
  readonly counters: GcCounters | undefined;
  /** 0 or 1 (DATAS), undefined when this GC does not publish it. */
  readonly dynamicAdaptation: number | undefined;
}

/** What the GC says about itself: by its contract (.NET 11 and later), or by its table for debuggers. Throws ContractError when neither is there. */
export function findGcGlobals(target: Target): GcGlobals {
  if (target.inferred) throw new ContractError(`${target.inferred.name}: the variables of its GC are not known`, target.inferred.limits[0]);
  const version = target.contracts.get('GC');
  const found = version === undefined ? findGcDacVars(target) : readGcContract(target, version);
  if (found) return found;
  throw new ContractError('the GC of this runtime was not found', {
    en: 'The dump lacks the runtime’s data pages, or the runtime had not started its GC yet.',
    'zh-tw': '傾印缺少執行階段的資料分頁，或是執行階段的 GC 尚未啟動。',
  });
}
