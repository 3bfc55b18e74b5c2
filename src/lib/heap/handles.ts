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
 * TableSegment of the handle table, x64, packed (gc/handletablepriv.h). The number of internal types differs between
 * versions and moves what follows the tail; which one it is, the back pointer tells.
 */
const Segment = { BlockType: 0x618, UserData: 0x690, Values: 0x1000 } as const;
const VARIANTS = [{ types: 13, list: 0x38, next: 0x7ce, table: 0x7d6 }, { types: 12, list: 0x30, next: 0x7c8, table: 0x7d0 }] as const;
const BLOCKS = 120;
const HANDLES_PER_BLOCK = 64;
const BUCKETS = 10;
const NO_BLOCK = 0xff;
const MAX_SEGMENTS = 1 << 14;
const MAX_TABLES = 1024;

/** All handles that hold an object: heap by heap with server GC (each has its table), then by type, then by address. */
export function readHandles(target: Target, gc: GcGlobals): Handle[] {
  const { memory } = target;
  const order = (h: Handle) => HANDLE_KINDS.indexOf(h.kind);
  const handles: Handle[] = [];
  const seen = new Set<Address>();
  for (let map = gc.handleTableMap; map && !seen.has(map); map = memory.tryPointer(map + 8) ?? 0) {
    seen.add(map);
    const buckets = memory.tryPointer(map) ?? 0;
    for (let b = 0; b < BUCKETS && buckets; b++) {
      const bucket = memory.tryPointer(buckets + 8 * b);
      const tables = bucket ? memory.tryPointer(bucket) : 0;
      for (let t = 0; tables && t < MAX_TABLES; t++) {
        const table = memory.tryPointer(tables + 8 * t);
        // The array has no end mark: an entry counts when its segment points back at it.
        const variant = table ? VARIANTS.find((v) => ownsSegment(target, table, v)) : undefined;
        if (!table || !variant) break;
        const own: Handle[] = [];
        readTable(target, table, variant, own);
        for (const handle of own.sort((a, b) => order(a) - order(b) || a.address - b.address)) handles.push(handle);
      }
    }
  }
  return handles;
}

type Variant = (typeof VARIANTS)[number];

function ownsSegment(target: Target, table: Address, variant: Variant): boolean {
  const { memory } = target;
  const segment = memory.tryPointer(table + variant.list);
  return segment !== undefined && segment > 0 && segment % 0x10000 === 0 && memory.tryPointer(segment + variant.table) === table;
}

function readTable(target: Target, table: Address, variant: Variant, handles: Handle[]): void {
  const { memory } = target;
  const seen = new Set<Address>();
  for (let segment = memory.pointer(table + variant.list); segment && !seen.has(segment) && seen.size < MAX_SEGMENTS; segment = memory.tryPointer(segment + variant.next) ?? 0) {
    seen.add(segment);
    if (!memory.has(segment, Segment.UserData + BLOCKS)) return;
    for (let block = 0; block < BLOCKS; block++) {
      const kind = memory.u8(segment + Segment.BlockType + block);
      if (kind === NO_BLOCK || kind >= variant.types - 1 || kind >= HANDLE_KINDS.length) continue;
      const values = segment + Segment.Values + block * HANDLES_PER_BLOCK * 8;
      const user = memory.u8(segment + Segment.UserData + block);
      for (let i = 0; i < HANDLES_PER_BLOCK; i++) {
        // Segments are committed as they fill: what is not in the dump was never used.
        const object = memory.tryPointer(values + 8 * i);
        if (!object) continue;
        const secondary = HANDLE_KINDS[kind] === 'Dependent' && user !== NO_BLOCK ? (memory.tryPointer(segment + Segment.Values + (user * HANDLES_PER_BLOCK + i) * 8) ?? 0) : 0;
        handles.push({ address: values + 8 * i, kind: HANDLE_KINDS[kind], object, secondary });
      }
    }
  }
}
