import { generationOf } from '../../heap/index.ts';
import type { SegmentKind } from '../../heap/index.ts';
import { line, progress, right, Table, thousands } from '../../output/index.ts';
import type { CommandRun, OutputNode } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';

const STEP = 8192;
type Generation = Exclude<SegmentKind, 'ephemeral'>;
/** In SOS's order; pinned and frozen ones only where the heap has such segments. Frozen segments have no free blocks worth a table. */
const GENERATIONS: readonly (readonly [Generation, string])[] = [['gen0', 'generation0'], ['gen1', 'generation1'], ['gen2', 'generation2'], ['loh', 'large'], ['poh', 'pinned'], ['frozen', 'frozen']];
const SHAPE = new Table([right(14), right(14), right('Cumulative Size'.length), right('Cumulative Count'.length)]);

export const sizestats: CommandDef = {
  name: 'sizestats',
  host: 'sos',
  group: 'gc',
  summary: { en: 'How many objects of each size every generation holds, free blocks apart.', 'zh-tw': '各層代中每種大小的物件數量，空閒區塊另計。' },
  details: {
    en: 'The cumulative columns count what is smaller than the row. A free list of many small blocks is fragmentation that no large object can use.',
    'zh-tw': '累計欄統計比該列更小的物件。空閒清單若都是小區塊，就是大型物件用不上的分散空間。',
  },
  examples: ['sizestats'],
  *run({ clr }): CommandRun {
    const counts = new Map<string, Map<number, number>>();
    const sizes = (generation: Generation, free: boolean) => {
      const key = `${generation} ${free}`;
      let map = counts.get(key);
      if (!map) counts.set(key, (map = new Map()));
      return map;
    };
    const walker = clr.walk();
    for (let more = true; more; ) {
      more = walker.step((address, table, size, segment) => {
        const map = sizes(generationOf(segment, address), table.isFree);
        const rounded = Math.ceil(size / 8) * 8;
        map.set(rounded, (map.get(rounded) ?? 0) + 1);
      }, STEP);
      yield progress(walker.doneBytes, walker.totalBytes);
    }
    const has = (kind: SegmentKind) => clr.segments.some((s) => s.kind === kind);
    for (const free of [false, true]) {
      for (const [generation, name] of GENERATIONS) {
        if (generation === 'poh' && !has('poh')) continue;
        if (generation === 'frozen' && (free || !has('frozen'))) continue;
        yield* statistics(name, free, sizes(generation, free));
      }
    }
  },
};

function* statistics(name: string, free: boolean, sizes: ReadonlyMap<number, number>): Generator<OutputNode> {
  yield line(`Size Statistics for ${name} ${free ? 'free ' : ''}objects`);
  yield line();
  if (sizes.size === 0) yield line('(none)');
  else yield SHAPE.row('Size', 'Count', 'Cumulative Size', 'Cumulative Count');
  let bytes = 0;
  let objects = 0;
  for (const [size, count] of [...sizes].sort(([a], [b]) => a - b)) {
    yield SHAPE.row(thousands(size), thousands(count), thousands(bytes), thousands(objects));
    bytes += size * count;
    objects += count;
  }
  yield line();
  yield { kind: 'fact', subject: 'heap', values: { name: `${name}${free ? ' free' : ''}`, objects, bytes } };
}
