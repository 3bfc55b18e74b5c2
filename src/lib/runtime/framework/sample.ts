import type { Address } from '../../bytes/index.ts';
import type { AddressSpace } from '../../memory/index.ts';
import type { Layouts } from '../layouts.ts';
import type { ObjectShape } from '../object-shape.ts';
import { MtFlag } from '../types.ts';
import type { FoundSegment } from './segments.ts';

/** What is looked at before the first answer; types that come later are read when they come. */
const OBJECTS_PER_SEGMENT = 4000;
const MAX_OBJECTS = 100_000;
const MAX_GAP = 1 << 16;
const MAX_TEXTS = 5000;
const MAX_OBJECT = 2 ** 32;

/** A walk over the beginning of every segment that trusts nothing but sizes. */
export interface HeapSample {
  /** MethodTables met, with one object of each. */
  readonly tables: ReadonlyMap<Address, Address>;
  /** Objects with components of two bytes: strings, mostly. */
  readonly texts: readonly Address[];
  /** The type of free space: bytes as components, no EEClass. 0 when none was met. */
  readonly free: Address;
  readonly objects: number;
  readonly walkedBytes: number;
  /** Bytes that are neither objects nor the zeros of an allocation context. */
  readonly lostBytes: number;
}

export function sampleHeap(memory: AddressSpace, layouts: Layouts, shape: ObjectShape, segments: readonly FoundSegment[]): HeapSample {
  const mt = (field: string) => layouts.offset('MethodTable', field);
  const o = { flags: mt('MTFlags'), baseSize: mt('BaseSize'), eeClass: mt('EEClassOrCanonMT'), size: layouts.size('MethodTable') };
  const classTable = layouts.offset('EEClass', 'MethodTable');
  const canonTag = mt('CanonTag');
  const p = shape.pointerSize;
  const sizes = new Map<Address, { base: number; component: number } | undefined>();
  const tables = new Map<Address, Address>();
  const texts: Address[] = [];
  let free = 0;
  let objects = 0;
  let walkedBytes = 0;
  let lostBytes = 0;

  /** Sizes of a MethodTable, undefined when the words there are not one. */
  function tableAt(address: Address): { base: number; component: number } | undefined {
    if (sizes.has(address)) return sizes.get(address);
    let found: { base: number; component: number } | undefined;
    if (address && address % p === 0 && memory.has(address, o.size)) {
      const flags = memory.u32(address + o.flags);
      const base = memory.u32(address + o.baseSize);
      const component = flags & MtFlag.HasComponentSize ? flags & 0xffff : 0;
      const link = memory.pointer(address + o.eeClass);
      const isFree = component === 1 && base === shape.minSize && link === 0;
      if (isFree) free = address;
      if (base >= shape.minBaseSize && base < 1 << 20 && (isFree || linked(address, link))) found = { base, component };
    }
    sizes.set(address, found);
    return found;
  }

  /** A MethodTable and its EEClass point at each other; shared instantiations go through the canonical one. */
  function linked(address: Address, link: Address): boolean {
    const tag = link % 4;
    const canonical = tag === canonTag ? link - tag : tag === 0 ? address : (memory.tryPointer(link - tag) ?? 0);
    const eeClass = memory.tryPointer(canonical + o.eeClass) ?? 0;
    return eeClass % 4 === 0 && memory.tryPointer(eeClass + classTable) === canonical;
  }

  for (const segment of segments) {
    const alignment = segment.kind === 'loh' ? shape.largeAlignment : shape.alignment;
    let at = segment.start;
    for (let n = 0; n < OBJECTS_PER_SEGMENT && at < segment.end && objects < MAX_OBJECTS; n++) {
      const pointer = memory.tryPointer(at);
      if (pointer === undefined) break;
      const address = pointer - (pointer % (shape.markBits + 1));
      const table = tableAt(address);
      const size = table ? table.base + table.component * (table.component ? (memory.tryU32(at + shape.fields) ?? 0) : 0) : 0;
      if (!table || size > MAX_OBJECT || at + size > segment.end) {
        const from = at;
        while (at < segment.end && at - from < MAX_GAP && (at === from || !tableAt(memory.tryPointer(at) ?? 0))) at += alignment;
        if (pointer !== 0) lostBytes += at - from;
        if (at - from >= MAX_GAP) break;
        continue;
      }
      objects++;
      if (!tables.has(address)) tables.set(address, at);
      if (table.component === 2 && texts.length < MAX_TEXTS) texts.push(at);
      const step = Math.ceil(size / alignment) * alignment;
      walkedBytes += step;
      at += step;
    }
  }
  return { tables, texts, free, objects, walkedBytes, lostBytes };
}
