import type { Address } from '../../bytes/index.ts';
import { left, right, thousands } from '../../output/index.ts';
import type { OutputNode } from '../../output/index.ts';
import type { CommandContext } from '../context.ts';
import type { DescribedRegion } from './address-regions.ts';
import { Bordered } from './bordered.ts';

const MAX_NAME = 80;
/** Pointers told apart in one group; beyond that only the count goes on. */
const MAX_UNIQUE = 1 << 18;

/** Pointers of one kind: how often each was met. */
export class PointerGroup {
  readonly #seen = new Map<Address, number>();
  count = 0;

  add(pointer: Address): void {
    this.count++;
    const known = this.#seen.get(pointer);
    if (known !== undefined || this.#seen.size < MAX_UNIQUE) this.#seen.set(pointer, (known ?? 0) + 1);
  }

  get unique(): number {
    return this.#seen.size;
  }

  /** The pointer that was met most often; the first of several. */
  get common(): Address {
    let best = 0;
    let most = 0;
    for (const [pointer, count] of this.#seen) if (count > most) [best, most] = [pointer, count];
    return best;
  }
}

export type PointerGroups = Map<string, PointerGroup>;

export function addPointer(groups: PointerGroups, name: string, pointer: Address): void {
  let group = groups.get(name);
  if (!group) groups.set(name, (group = new PointerGroup()));
  group.add(pointer);
}

/** A table of groups, the most frequent first. `unique` also shows how many different pointers there are, and sums. */
export function* groupTable({ memory }: CommandContext, title: string, groups: PointerGroups, unique: boolean): Generator<OutputNode> {
  const digits = 2 * memory.pointerSize;
  const width = Math.min(MAX_NAME, [...groups.keys()].reduce((w, name) => Math.max(w, name.length), title.length));
  const table = new Bordered(unique ? [left(width), right(14), right(14), right(digits)] : [left(width), right(14), right(digits)]);
  // Names lose their beginning, not their end, which tells more.
  const short = (name: string) => (name.length > MAX_NAME ? `...${name.slice(3 - MAX_NAME)}` : name);
  yield table.border();
  yield unique ? table.row(title, 'Unique', 'Count', 'RndPtr') : table.row(title, 'Count', 'RndPointer');
  yield table.border();
  const sorted = [...groups].sort(([, a], [, b]) => b.count - a.count);
  for (const [name, group] of sorted) {
    const pointer = memory.shortHex(group.common);
    yield unique ? table.row(short(name), thousands(group.unique), thousands(group.count), pointer) : table.row(short(name), thousands(group.count), pointer);
  }
  yield table.border();
  if (!unique) return;
  const sum = (of: (g: PointerGroup) => number) => thousands(sorted.reduce((total, [, g]) => total + of(g), 0));
  yield table.row('TOTALS', sum((g) => g.unique), sum((g) => g.count), '');
  yield table.border();
}

/** Regions in order, to find what an address belongs to. */
export class RegionFinder {
  readonly #regions: readonly DescribedRegion[];

  constructor(regions: readonly DescribedRegion[]) {
    this.#regions = [...regions].sort((a, b) => a.start - b.start);
  }

  find(address: Address): DescribedRegion | undefined {
    let low = 0;
    let high = this.#regions.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const region = this.#regions[middle];
      if (region.start > address) high = middle - 1;
      else if (region.end <= address) low = middle + 1;
      else return region;
    }
    return undefined;
  }
}
