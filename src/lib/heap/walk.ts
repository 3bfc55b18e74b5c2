import { isDumpError } from '../bytes/index.ts';
import type { Address } from '../bytes/index.ts';
import type { AddressSpace } from '../memory/index.ts';
import type { MethodTable, ObjectShape, Types } from '../runtime/index.ts';
import type { HeapSegment } from './segments.ts';

const TWO32 = 4294967296;

/** Called for every object; `size` is in bytes and not rounded up, as SOS prints it. */
export type ObjectVisitor = (address: Address, table: MethodTable, size: number, segment: HeapSegment) => void;

/** A stretch of a segment that could not be walked. */
export interface WalkError { readonly segment: HeapSegment; readonly address: Address; readonly message: string; readonly skipped: number }

/** Objects of a segment begin at multiples of this. */
export function objectAlignment(shape: ObjectShape, { kind }: HeapSegment): number {
  return kind === 'loh' || kind === 'poh' ? shape.largeAlignment : shape.alignment;
}

/** Walks the objects of segments in slices, so that a long walk can be interrupted. */
export class HeapWalker {
  readonly #memory: AddressSpace;
  readonly #types: Types;
  readonly #shape: ObjectShape;
  readonly #segments: readonly HeapSegment[];
  readonly #contexts: ReadonlyMap<Address, Address>;
  readonly errors: WalkError[] = [];
  readonly totalBytes: number;
  #index = 0;
  #cursor: Address;
  #walkedBytes = 0;

  constructor(memory: AddressSpace, types: Types, segments: readonly HeapSegment[], contexts: ReadonlyMap<Address, Address>) {
    this.#memory = memory;
    this.#types = types;
    this.#shape = types.target.shape;
    this.#segments = segments;
    this.#contexts = contexts;
    this.#cursor = segments[0]?.start ?? 0;
    this.totalBytes = segments.reduce((sum, s) => sum + Math.max(0, s.end - s.start), 0);
  }

  /** Bytes of the segments that are behind the walk. */
  get doneBytes(): number {
    const segment = this.#segments[this.#index];
    return this.#walkedBytes + (segment ? this.#cursor - segment.start : 0);
  }

  /** Visits at most `limit` objects; true while there is more to do. */
  step(visit: ObjectVisitor, limit = 16384): boolean {
    let left = limit;
    while (left > 0 && this.#index < this.#segments.length) {
      const segment = this.#segments[this.#index];
      left = this.#walkSegment(segment, visit, left);
      if (this.#cursor >= segment.end) {
        this.#walkedBytes += Math.max(0, segment.end - segment.start);
        this.#index++;
        this.#cursor = this.#segments[this.#index]?.start ?? 0;
      }
    }
    return this.#index < this.#segments.length;
  }

  /** Visits up to `left` objects of one segment; returns what is left of the budget. The hot loop: no allocation per object. */
  #walkSegment(segment: HeapSegment, visit: ObjectVisitor, left: number): number {
    const memory = this.#memory;
    const contexts = this.#contexts;
    const end = segment.end;
    const { minSize, minBaseSize, markBits, fields } = this.#shape;
    const wide = this.#shape.pointerSize === 8;
    const alignment = objectAlignment(this.#shape, segment);
    const round = alignment - 1;
    let cursor = this.#cursor;
    let table: MethodTable | undefined;
    let budget = left;
    try {
      while (budget > 0 && cursor < end) {
        const limit = contexts.get(cursor);
        if (limit !== undefined && limit >= cursor && limit < end) {
          cursor = limit + minSize;
          continue;
        }
        const low = memory.u32(cursor);
        const pointer = low - (low & markBits) + (wide ? memory.u32(cursor + 4) * TWO32 : 0);
        if (table === undefined || table.address !== pointer) table = this.#types.find(pointer);
        if (table === undefined || table.baseSize < minBaseSize) {
          const next = this.#resync(cursor, end, alignment);
          // Zeros of an allocation context that nobody told us of.
          if (pointer !== 0 || !this.#types.target.inferred) this.errors.push({ segment, address: cursor, message: `bad MethodTable 0x${pointer.toString(16)}`, skipped: next - cursor });
          cursor = next;
          continue;
        }
        let size = table.baseSize;
        if (table.componentSize !== 0) size += table.componentSize * memory.u32(cursor + fields);
        if (size < minSize) size = minSize;
        const next = cursor + (size + round) - ((size + round) % alignment);
        if (next > end) {
          this.errors.push({ segment, address: cursor, message: `object of ${size} bytes runs over the end of its segment`, skipped: end - cursor });
          cursor = end;
          break;
        }
        visit(cursor, table, size, segment);
        cursor = next;
        budget--;
      }
    } catch (error) {
      if (!isDumpError(error)) throw error;
      this.errors.push({ segment, address: cursor, message: error.message, skipped: end - cursor });
      cursor = end;
    }
    this.#cursor = cursor;
    return budget;
  }

  /** Looks for the next place where three objects follow each other; the end of the segment when there is none nearby. */
  #resync(from: Address, end: Address, alignment: number): Address {
    const stop = Math.min(end, from + (1 << 20));
    for (let at = from + alignment; at < stop; at += alignment) {
      if (this.#chain(at, end, 3, alignment)) return at;
    }
    return end;
  }

  #chain(start: Address, end: Address, length: number, alignment: number): boolean {
    const { minSize, minBaseSize, markBits, fields, elements } = this.#shape;
    let at = start;
    for (let i = 0; i < length && at < end; i++) {
      if (!this.#memory.has(at, elements)) return false;
      const pointer = this.#memory.pointer(at);
      const table = this.#types.find(pointer - (pointer % (markBits + 1)));
      if (!table || table.baseSize < minBaseSize) return false;
      const size = table.baseSize + table.componentSize * (table.componentSize ? this.#memory.u32(at + fields) : 0);
      at += Math.ceil(Math.max(size, minSize) / alignment) * alignment;
    }
    return at <= end;
  }
}
