import { isDumpError } from '../bytes/index.ts';
import type { Address } from '../bytes/index.ts';
import type { MethodTable } from '../runtime/index.ts';
import type { Clr } from './clr.ts';
import { ObjectSet } from './object-set.ts';

const FIRST_QUEUE = 1 << 12;

/** Calls `visit` for what an object references, dependent handles first, as ClrMD enumerates it. Unreadable references are left out. */
export function eachReference(clr: Clr, object: Address, table: MethodTable, visit: (target: Address) => void): void {
  const dependents = clr.roots.dependents;
  if (dependents.size > 0) dependents.get(object)?.forEach((target) => visit(target));
  if (!table.containsPointers) return;
  try {
    clr.references.forEach(object, table, visit);
  } catch (error) {
    if (!isDumpError(error)) throw error;
  }
}

/**
 * Follows references from objects, breadth first, in slices. The queue is one array of numbers, members are bits: nothing is
 * allocated for an object.
 */
export class Reach {
  readonly #clr: Clr;
  /** All addresses found. Those outside the heap are counted, as SOS does. */
  readonly members: ObjectSet;
  readonly #onlyObjects: boolean;
  #queue = new Float64Array(FIRST_QUEUE);
  #head = 0;
  #tail = 0;

  /** With `onlyObjects`, references that are no object are ignored instead of counted. */
  constructor(clr: Clr, onlyObjects = false) {
    this.#clr = clr;
    this.#onlyObjects = onlyObjects;
    this.members = new ObjectSet(clr.memory, clr.segments);
  }

  /** Objects followed so far, and those that are known to be followed. */
  get done(): number {
    return this.#head;
  }

  get found(): number {
    return this.#tail;
  }

  readonly add = (object: Address): void => {
    if (this.#onlyObjects && !this.#clr.objects.find(object)) return;
    if (!this.members.add(object)) return;
    if (this.#tail === this.#queue.length) {
      const larger = new Float64Array(2 * this.#tail);
      larger.set(this.#queue);
      this.#queue = larger;
    }
    this.#queue[this.#tail++] = object;
  };

  /** Follows at most `limit` objects, and shows each to `visit`; true while there are more. */
  step(limit = 4096, visit?: (object: Address, table: MethodTable) => void): boolean {
    const { objects } = this.#clr;
    for (let left = limit; left > 0 && this.#head < this.#tail; left--) {
      const object = this.#queue[this.#head++];
      const table = objects.find(object);
      if (!table) continue;
      visit?.(object, table);
      eachReference(this.#clr, object, table, this.add);
    }
    return this.#head < this.#tail;
  }
}
