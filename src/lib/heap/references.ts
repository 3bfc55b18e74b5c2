import type { Address } from '../bytes/index.ts';
import type { MethodTable, Types } from '../runtime/index.ts';
import type { Objects } from './objects.ts';

/** Runs of references: `count` words from `start` bytes behind the object, repeated every `stride` for arrays of structures. */
interface Series { readonly start: number; readonly sizeDelta: number }
interface ValueSeries { readonly pointers: number; readonly skip: number }
interface GcDesc { readonly series: readonly Series[]; readonly repeat: { readonly start: number; readonly items: readonly ValueSeries[] } | undefined }

const MAX_SERIES = 1 << 14;

/** Object references through GCDesc, the pointer map in front of each MethodTable (gc/gcdesc.h). */
export class References {
  readonly #types: Types;
  readonly #objects: Objects;
  readonly #descs = new Map<Address, GcDesc>();

  constructor(types: Types, objects: Objects) {
    this.#types = types;
    this.#objects = objects;
  }

  #desc(table: MethodTable): GcDesc {
    let desc = this.#descs.get(table.address);
    if (!desc) this.#descs.set(table.address, (desc = this.#read(table)));
    return desc;
  }

  #read(table: MethodTable): GcDesc {
    const m = this.#types.target.memory;
    if (!table.containsPointers) return { series: [], repeat: undefined };
    const p = m.pointerSize;
    const count = m.i32(table.address - p);
    if (count > 0) {
      const series: Series[] = [];
      for (let i = 0; i < Math.min(count, MAX_SERIES); i++) {
        const at = table.address - p - (i + 1) * 2 * p;
        series.push({ sizeDelta: p === 8 ? Number(m.i64(at)) : m.i32(at), start: m.pointer(at + p) });
      }
      return { series, repeat: undefined };
    }
    const items: ValueSeries[] = [];
    for (let i = 0; i < Math.min(-count, MAX_SERIES); i++) {
      const at = table.address - (3 + i) * p;
      items.push(p === 8 ? { pointers: m.u32(at), skip: m.u32(at + 4) } : { pointers: m.u16(at), skip: m.u16(at + 2) });
    }
    return { series: [], repeat: { start: m.pointer(table.address - 2 * p), items } };
  }

  /** Calls `visit(reference, offset)` for every non-null reference the object holds. */
  forEach(address: Address, table: MethodTable, visit: (target: Address, offset: number) => void): void {
    if (!table.containsPointers) return;
    const m = this.#types.target.memory;
    const p = m.pointerSize;
    const size = this.#objects.size(address, table);
    const desc = this.#desc(table);
    for (const { start, sizeDelta } of desc.series) {
      const end = start + sizeDelta + size;
      for (let offset = start; offset + p <= end; offset += p) {
        const target = m.pointer(address + offset);
        if (target) visit(target, offset);
      }
    }
    if (desc.repeat) this.#repeated(address, size, desc.repeat.start, desc.repeat.items, visit);
  }

  #repeated(address: Address, size: number, start: number, items: readonly ValueSeries[], visit: (target: Address, offset: number) => void): void {
    const m = this.#types.target.memory;
    const p = m.pointerSize;
    const step = items.reduce((sum, i) => sum + i.pointers * p + i.skip, 0);
    if (step <= 0) return;
    const end = size - p;
    for (let offset = start; offset < end; ) {
      for (const { pointers, skip } of items) {
        for (let i = 0; i < pointers && offset < end; i++, offset += p) {
          const target = m.pointer(address + offset);
          if (target) visit(target, offset);
        }
        offset += skip;
      }
    }
  }
}
