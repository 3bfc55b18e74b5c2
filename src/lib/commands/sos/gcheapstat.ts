import { committedStart, generationOf } from '../../heap/index.ts';
import type { HeapSegment } from '../../heap/index.ts';
import { left, line, progress, Table } from '../../output/index.ts';
import type { OutputNode, Progress, Row } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { liveness } from './liveness.ts';

const STEP = 8192;
const GENERATIONS = ['gen0', 'gen1', 'gen2', 'loh', 'poh'] as const;
type Kind = HeapSegment['kind'];
type Measure = 'allocated' | 'free' | 'unrooted' | 'committed';
type Numbers = Record<Measure, number>;

const zero = (): Numbers => ({ allocated: 0, free: 0, unrooted: 0, committed: 0 });

/** Sums of one heap, by kind of segment. */
class HeapSums {
  readonly name: string;
  readonly #kinds = new Map<Kind, Numbers>();
  constructor(name: string) {
    this.name = name;
  }
  of(kind: Kind): Numbers {
    let numbers = this.#kinds.get(kind);
    if (!numbers) this.#kinds.set(kind, (numbers = zero()));
    return numbers;
  }
  add(other: HeapSums): void {
    for (const [kind, numbers] of other.#kinds) for (const measure of ['allocated', 'free', 'unrooted', 'committed'] as const) this.of(kind)[measure] += numbers[measure];
  }
}

export const gcheapstat: CommandDef = {
  name: 'gcheapstat',
  aliases: ['heapstat'],
  host: 'sos',
  group: 'gc',
  summary: { en: 'Bytes, free space and committed memory of each generation.', 'zh-tw': '各層代的位元組數、空閒空間與已認可記憶體。' },
  details: {
    en: 'Much free space in LOH or gen 2 means fragmentation: memory the process holds but can only use for blocks that fit.',
    'zh-tw': 'LOH 或第 2 代的空閒空間很多，代表堆積分散：記憶體仍被處理序占用，卻只能放進大小剛好的區塊。',
  },
  options: [{ name: '-unreachable', aliases: ['-inclunrooted', '-iu'], help: { en: 'Also the bytes nothing keeps alive.', 'zh-tw': '一併列出無人參考的位元組數。' } }],
  examples: ['gcheapstat'],
  *run(context, args) {
    const unrooted = args.has('-unreachable');
    const heaps = yield* measure(context, unrooted);
    const total = new HeapSums('Total');
    for (const heap of heaps) total.add(heap);
    const frozen = total.of('frozen').committed !== 0;
    const ephemeral = total.of('ephemeral').committed !== 0;
    const shape = new Table([left(8), ...Array.from({ length: frozen ? 6 : 5 }, () => left(10)), left(8), left(8), left(8)]);
    const header = shape.row('Heap', ...(ephemeral ? ['EPH'] : []), 'Gen0', 'Gen1', 'Gen2', 'LOH', 'POH', ...(frozen ? ['FRZ'] : []));
    const section = function* (title: string | undefined, what: Measure, percent: boolean): Generator<OutputNode> {
      if (title) yield line(title);
      yield header;
      for (const heap of heaps) yield row(shape, heap, what, percent);
      if (what === 'unrooted') yield line();
      yield row(shape, total, what, false);
      yield line();
    };
    yield* section(undefined, 'allocated', false);
    yield* section('Free space:', 'free', true);
    if (unrooted) yield* section('Unrooted objects:', 'unrooted', true);
    yield* section('Committed space:', 'committed', false);
    for (const kind of [...GENERATIONS, 'frozen'] as const) yield { kind: 'fact', subject: 'heap', values: { name: kind, ...total.of(kind) } };
  },
};

/** SOS prints the FRZ heading without numbers below it; so do we. */
function row(shape: Table, heap: HeapSums, what: Measure, percent: boolean): Row {
  const cells: string[] = [heap.name];
  if (heap.of('ephemeral').committed > 0) cells.push(String(heap.of('ephemeral')[what]));
  for (const kind of GENERATIONS) cells.push(String(heap.of(kind)[what]));
  if (percent) {
    const share = (label: string, kinds: readonly Kind[]) => {
      const sum = (m: Measure) => kinds.reduce((all, kind) => all + heap.of(kind)[m], 0);
      return sum('allocated') ? `${label}:${Math.floor((sum(what) * 100) / sum('allocated'))}%` : '';
    };
    cells.push(share('SOH', ['gen0', 'gen1', 'gen2']), share('LOH', ['loh']), share('POH', ['poh']));
  }
  return shape.row(...cells);
}

/** Ranges of segments count as allocated, except in an ephemeral segment, where the objects of each generation are summed. */
function* measure(context: CommandContext, unrooted: boolean): Generator<OutputNode | Progress, HeapSums[]> {
  const { clr } = context;
  const live = unrooted ? yield* liveness(context, true) : undefined;
  const heaps = clr.gc.heaps.map((heap) => new HeapSums(`Heap${heap.index}`));
  for (const segment of clr.segments) {
    const sums = heaps[segment.heap]?.of(segment.kind);
    if (!sums) continue;
    sums.allocated += Math.max(0, segment.end - segment.start);
    sums.committed += Math.max(0, segment.committed - committedStart(segment));
  }
  const walker = clr.walk();
  for (let more = true; more; ) {
    more = walker.step((address, table, size, segment) => {
      const heap = heaps[segment.heap];
      if (!heap) return;
      const split = segment.kind === 'ephemeral';
      const sums = heap.of(split ? generationOf(segment, address) : segment.kind);
      if (table.isFree) {
        sums.free += size;
        if (split) heap.of('ephemeral').free += size;
        return;
      }
      if (split) sums.allocated += size;
      if (live && !live.has(address)) sums.unrooted += size;
    }, STEP);
    yield progress(walker.doneBytes, walker.totalBytes);
  }
  return heaps;
}
