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
 * TableSegment of the handle table by pointer size, packed (gc/handletablepriv.h). The number of internal types differs between
 * versions and moves what follows the tail; which one it is, the back pointer tells.
 */
const SEGMENTS = {
  8: { blockType: 0x618, userData: 0x690, blocks: 120, variants: [{ types: 13, list: 0x38, next: 0x7ce, table: 0x7d6 }, { types: 12, list: 0x30, next: 0x7c8, table: 0x7d0 }] },
  4: { blockType: 0xc30, userData: 0xd20, blocks: 240, variants: [{ types: 13, list: 0x34, next: 0xf4e, table: 0xf52 }, { types: 12, list: 0x30, next: 0xf48, table: 0xf4c }] },
} as const;
const VALUES = 0x1000;
const HANDLES_PER_BLOCK = 64;
const BUCKETS = 10;
const NO_BLOCK = 0xff;
const MAX_SEGMENTS = 1 << 14;
const MAX_TABLES = 1024;

/** All handles that hold an object: heap by heap with server GC (each has its table), then by type, then by address. */
export function readHandles(target: Target, gc: GcGlobals): Handle[] {
  const { memory } = target;
  const p = memory.pointerSize;
  const order = (h: Handle) => HANDLE_KINDS.indexOf(h.kind);
  const handles: Handle[] = [];
  const seen = new Set<Address>();
  for (let map = gc.handleTableMap; map && !seen.has(map); map = memory.tryPointer(map + p) ?? 0) {
    seen.add(map);
    const buckets = memory.tryPointer(map) ?? 0;
    for (let b = 0; b < BUCKETS && buckets; b++) {
      const bucket = memory.tryPointer(buckets + p * b);
      const tables = bucket ? memory.tryPointer(bucket) : 0;
      for (let t = 0; tables && t < MAX_TABLES; t++) {
        const table = memory.tryPointer(tables + p * t);
        // The array has no end mark: an entry counts when its segment points back at it.
        const variant = table ? SEGMENTS[p].variants.find((v) => ownsSegment(target, table, v)) : undefined;
        if (!table || !variant) break;
        const own: Handle[] = [];
        readTable(target, table, variant, own);
        for (const handle of own.sort((a, b) => order(a) - order(b) || a.address - b.address)) handles.push(handle);
      }
    }
  }
  return handles;
}

type Variant = (typeof SEGMENTS)[4 | 8]['variants'][number];

function ownsSegment(target: Target, table: Address, variant: Variant): boolean {
  const { memory } = target;
  const segment = memory.tryPointer(table + variant.list);
  return segment !== undefined && segment > 0 && segment % 0x10000 === 0 && memory.tryPointer(segment + variant.table) === table;
}

function readTable(target: Target, table: Address, variant: Variant, handles: Handle[]): void {
  const { memory } = target;
  const p = memory.pointerSize;
  const layout = SEGMENTS[p];
  const seen = new Set<Address>();
  for (let segment = memory.pointer(table + variant.list); segment && !seen.has(segment) && seen.size < MAX_SEGMENTS; segment = memory.tryPointer(segment + variant.next) ?? 0) {
    seen.add(segment);
    if (!memory.has(segment, layout.userData + layout.blocks)) return;
    for (let block = 0; block < layout.blocks; block++) {
      const kind = memory.u8(segment + layout.blockType + block);
      if (kind === NO_BLOCK || kind >= variant.types - 1 || kind >= HANDLE_KINDS.length) continue;
      const values = segment + VALUES + block * HANDLES_PER_BLOCK * p;
      const user = memory.u8(segment + layout.userData + block);
      for (let i = 0; i < HANDLES_PER_BLOCK; i++) {
        // Segments are committed as they fill: what is not in the dump was never used.
        const object = memory.tryPointer(values + p * i);
        if (!object) continue;
        const secondary = HANDLE_KINDS[kind] === 'Dependent' && user !== NO_BLOCK ? (memory.tryPointer(segment + VALUES + (user * HANDLES_PER_BLOCK + i) * p) ?? 0) : 0;
        handles.push({ address: values + p * i, kind: HANDLE_KINDS[kind], object, secondary });
      }
    }
  }
}
