import type { Address } from '../bytes/index.ts';
import type { GcGlobals, Target } from '../runtime/index.ts';

/** Handle types by number (gc/gcinterface.h HandleType) as SOS names them. */
export const HANDLE_KINDS = ['WeakShort', 'WeakLong', 'Strong', 'Pinned', 'Variable', 'RefCount', 'Dependent', 'AsyncPinned', 'SizedRef', 'WeakWinRT', 'WeakInterior', 'CrossReference'] as const;
export type HandleKind = (typeof HANDLE_KINDS)[number];

export interface Handle {
  readonly address: Address;
  readonly kind: HandleKind;
  readonly object: Address;
  /** Object a dependent handle keeps alive while the first one lives. */
  readonly secondary: Address;
}

/**
 * What moves between versions in a HandleTable and its TableSegments (gc/handletablepriv.h, packed): the number of internal
 * types, the first segment of a table, and in a segment its successor; the table it belongs to follows. Up to .NET 10 nothing
 * says which it is, but the back pointer does. By pointer size.
 */
interface Variant { readonly types: number; readonly list: number; readonly next: number }
const VARIANTS: Readonly<Record<4 | 8, readonly Variant[]>> = {
  8: [{ types: 13, list: 0x38, next: 0x7ce }, { types: 12, list: 0x30, next: 0x7c8 }],
  4: [{ types: 13, list: 0x34, next: 0xf4e }, { types: 12, list: 0x30, next: 0xf48 }],
};
const HANDLES_PER_BLOCK = 64;
const BUCKETS = 10;
const NO_BLOCK = 0xff;
const MAX_SEGMENTS = 1 << 14;
const MAX_TABLES = 1024;

/** All handles that hold an object: heap by heap with server GC (each has its table), then by type, then by address. */
export function readHandles(target: Target, gc: GcGlobals): Handle[] {
  const { memory, layouts } = target;
  const p = memory.pointerSize;
  const order = (h: Handle) => HANDLE_KINDS.indexOf(h.kind);
  const handles: Handle[] = [];
  const seen = new Set<Address>();
  const count = gc.handleTables ?? MAX_TABLES;
  for (let map = gc.handleTableMap; map && !seen.has(map); map = memory.tryPointer(map + layouts.offset('HandleTableMap', 'Next')) ?? 0) {
    seen.add(map);
    const buckets = memory.tryPointer(map + layouts.offset('HandleTableMap', 'BucketsPtr')) ?? 0;
    for (let b = 0; b < (layouts.tryGlobal('InitialHandleTableArraySize') ?? BUCKETS) && b < MAX_TABLES && buckets; b++) {
      const bucket = memory.tryPointer(buckets + p * b);
      const tables = bucket ? memory.tryPointer(bucket + layouts.offset('HandleTableBucket', 'Table')) : 0;
      for (let t = 0; tables && t < count; t++) {
        const table = memory.tryPointer(tables + p * t);
        // Without a count an entry counts when its segment points back at it.
        const variant = table ? variantOf(target, table) : undefined;
        if (!table || !variant) break;
        const own: Handle[] = [];
        readTable(target, table, variant, own);
        for (const handle of own.sort((a, b) => order(a) - order(b) || a.address - b.address)) handles.push(handle);
      }
    }
  }
  return handles;
}

function variantOf(target: Target, table: Address): Variant | undefined {
  const { memory, layouts } = target;
  const list = layouts.tryOffset('HandleTable', 'SegmentList');
  const next = layouts.tryOffset('TableSegment', 'NextSegment');
  if (list !== undefined && next !== undefined) return { types: layouts.global('HandleMaxInternalTypes'), list, next };
  return VARIANTS[memory.pointerSize].find((v) => {
    const segment = memory.tryPointer(table + v.list);
    return segment !== undefined && segment > 0 && segment % 0x10000 === 0 && memory.tryPointer(segment + v.next + memory.pointerSize) === table;
  });
}

/** Blocks of a type are a ring: the tail leads to the first one (rgTail, rgAllocation). */
function readTable(target: Target, table: Address, variant: Variant, handles: Handle[]): void {
  const { memory, layouts } = target;
  const offset = (field: string) => layouts.offset('TableSegment', field);
  const [tails, links] = [offset('RgTail'), offset('RgAllocation')];
  const seen = new Set<Address>();
  for (let segment = memory.pointer(table + variant.list); segment && !seen.has(segment) && seen.size < MAX_SEGMENTS; segment = memory.tryPointer(segment + variant.next) ?? 0) {
    seen.add(segment);
    if (!memory.has(segment + tails, variant.types)) return;
    // The last internal type holds what belongs to handles, not handles.
    for (let type = 0; type < Math.min(variant.types - 1, HANDLE_KINDS.length); type++) {
      const tail = memory.u8(segment + tails + type);
      const done = new Set<number>();
      for (let block = tail; block !== NO_BLOCK && !done.has(block); ) {
        done.add(block);
        readBlock(target, segment, HANDLE_KINDS[type], block, handles);
        block = memory.u8(segment + links + block);
      }
    }
  }
}

function readBlock(target: Target, segment: Address, kind: HandleKind, block: number, handles: Handle[]): void {
  const { memory, layouts } = target;
  const p = memory.pointerSize;
  const values = segment + layouts.offset('TableSegment', 'RgValue');
  const user = kind === 'Dependent' ? memory.u8(segment + layouts.offset('TableSegment', 'RgUserData') + block) : NO_BLOCK;
  for (let i = 0; i < HANDLES_PER_BLOCK; i++) {
    const address = values + (block * HANDLES_PER_BLOCK + i) * p;
    // Segments are committed as they fill: what is not in the dump was never used.
    const object = memory.tryPointer(address);
    if (!object) continue;
    const secondary = user === NO_BLOCK ? 0 : (memory.tryPointer(values + (user * HANDLES_PER_BLOCK + i) * p) ?? 0);
    handles.push({ address, kind, object, secondary });
  }
}
