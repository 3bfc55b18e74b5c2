import type { Address } from '../bytes/index.ts';
import type { StressMessage } from './stress-log.ts';

/** Texts that the collector logs (inc/gcmsg.inl); .NET 8 and before said GCHeap. */
const START = '{ =========== BEGINGC %d, (requested generation = %lu, collect_classes = %lu) ==========\n';
const MOVED = '    GC Root %p RELOCATED %p -> %p  MT = %pT\n';
const PROMOTED = /^ {4}I?GCHeap::Promote: Promote GC Root \*%p = %p MT = %pT\n$/;
const MAX_COLLECTIONS = 500;
const MAX_RECORDS = 1 << 20;

export interface Promotion { readonly root: Address; readonly value: Address; readonly methodTable: Address }
export interface Relocation { readonly root: Address; readonly before: Address; readonly after: Address; readonly methodTable: Address }
export interface Collection { count: number; readonly promotions: Promotion[]; readonly relocations: Relocation[] }

const empty = (): Collection => ({ count: 0, promotions: [], relocations: [] });

/** What collections did to roots, from the stress log: newest collection first, records in the order in which they happened. */
export class GcHistory {
  readonly collections: Collection[] = [];
  #current = empty();
  #records = 0;

  /** Takes messages newest first. */
  add({ format, args }: StressMessage): void {
    if (this.collections.length >= MAX_COLLECTIONS || this.#records >= MAX_RECORDS) return;
    const number = (i: number) => Number(args[i] ?? 0n);
    if (format === MOVED) {
      this.#records++;
      this.#current.relocations.push({ root: number(0), before: number(1), after: number(2), methodTable: number(3) });
    } else if (format === START) {
      const done = this.#current;
      done.count = Number(BigInt.asIntN(32, args[0] ?? 0n));
      done.promotions.reverse();
      done.relocations.reverse();
      this.collections.push(done);
      this.#current = empty();
    } else if (PROMOTED.test(format)) {
      this.#records++;
      this.#current.promotions.push({ root: number(0), value: number(1), methodTable: number(2) });
    }
  }
}
