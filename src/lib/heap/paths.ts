import type { Address } from '../bytes/index.ts';
import type { Clr } from './clr.ts';
import { ObjectSet } from './object-set.ts';
import { eachReference } from './reach.ts';

/** One object of a path; the last one is the target. */
export interface PathLink { readonly object: Address; readonly next: PathLink | undefined }

/** References of an object that wait to be followed, in their order. */
interface Pending { readonly object: Address; readonly parent: Address; readonly references: number[]; next: number }

/** Bytes ClrMD has for one list of references, without its first, and what addresses take in it: this decides which list a reference is in, and so the order of the search. */
const LIST_BYTES = 31;
const bytesOf = (address: Address) => (address === 0 ? 0 : address < 2 ** 40 ? 5 : address < 2 ** 48 ? 6 : 8);
/** Objects between two chances to stop. */
const SLICE = 2048;

/**
 * Finds paths to one object: depth first from each start, in the very order of ClrMD's GCRoot.cs, because it decides which of
 * many paths is shown. What is known about the heap is kept between starts: objects that lead to the target are answered at
 * once, dead ends are not searched twice.
 */
export class PathFinder {
  readonly #clr: Clr;
  readonly #target: Address;
  readonly #seen: ObjectSet;
  readonly #found = new Map<Address, PathLink>();
  readonly #stack: Pending[] = [];

  constructor(clr: Clr, target: Address) {
    this.#clr = clr;
    this.#target = target;
    this.#seen = new ObjectSet(clr.memory, clr.segments);
  }

  /** Objects looked at since the start. */
  walked = 0;

  /** The path from an object to the target. Yields now and then, so that the caller can go on with something else or end the search. */
  *find(start: Address): Generator<undefined, PathLink | undefined, void> {
    const known = this.#found.get(start);
    if (known) return known;
    const found = this.#walk(start, 0);
    if (found) {
      this.#forgetPending();
      return found;
    }
    const stack = this.#stack;
    while (stack.length > 0) {
      const current = stack[stack.length - 1];
      if (current.next >= current.references.length) {
        stack.pop();
        continue;
      }
      const link = this.#walk(current.references[current.next++], current.object);
      if (link) return this.#unwind(link, current);
      if (this.walked % SLICE === 0) yield;
    }
    return undefined;
  }

  /** Looks at one object: a link when it is the target or refers to an object that leads there; otherwise its references wait on the stack. */
  #walk(object: Address, parent: Address): PathLink | undefined {
    this.walked++;
    if (object === this.#target) return this.#link(object, undefined);
    const table = this.#clr.objects.find(object);
    if (!table?.containsPointers) return undefined;
    let list: Pending | undefined;
    let used = 0;
    let link: PathLink | undefined;
    eachReference(this.#clr, object, table, (reference) => {
      if (link) return;
      const next = this.#found.get(reference);
      if (next) {
        link = this.#link(object, next);
        return;
      }
      if (!this.#seen.add(reference)) return;
      const bytes = bytesOf(reference);
      if (!list || used + bytes > LIST_BYTES) {
        list = { object, parent, references: [], next: 0 };
        used = bytesOf(object) + bytesOf(parent);
        this.#stack.push(list);
      }
      list.references.push(reference);
      used += bytes;
    });
    return link;
  }

  #link(object: Address, next: PathLink | undefined): PathLink {
    const link = { object, next };
    this.#found.set(object, link);
    return link;
  }

  /** Builds the path from the lists on the stack; what was not finished is forgotten, so that later searches come by again. */
  #unwind(end: PathLink, current: Pending): PathLink {
    let { object, parent } = current;
    let link = this.#prepend(end, object);
    for (let i = this.#stack.length - 1; i >= 0; i--) {
      const list = this.#stack[i];
      if (list.object === object) continue;
      object = list.object;
      if (object === parent) {
        link = this.#prepend(link, object);
        parent = list.parent;
      } else this.#seen.delete(object);
    }
    this.#forgetPending();
    return link;
  }

  #prepend(next: PathLink, object: Address): PathLink {
    const link = this.#found.get(object) ?? this.#link(object, next);
    this.#seen.delete(object);
    return link;
  }

  #forgetPending(): void {
    for (const list of this.#stack) {
      for (let i = list.next; i < list.references.length; i++) this.#seen.delete(list.references[i]);
    }
    this.#stack.length = 0;
  }
}
