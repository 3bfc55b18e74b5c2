import type { Address } from '../../bytes/index.ts';
import { hex } from '../../bytes/index.ts';
import { committedStart } from '../../heap/index.ts';
import type { HeapSegment } from '../../heap/index.ts';
import { left, line, link, message, pointerColumn, progress, Table } from '../../output/index.ts';
import type { OutputNode, Progress } from '../../output/index.ts';
import type { GcHeapGlobals } from '../../runtime/index.ts';
import type { AddressSpace } from '../../memory/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { loaderHeapText, memorySize } from './eeheap-loader.ts';
import { heapFilter, readRange } from './heap-filter.ts';

const GENERATION_TITLES = { gen0: 0, gen1: 1, gen2: 2 } as const;
const ADDRESSES = ['segment', 'begin', 'allocated', 'committed'] as const;
const MAX_SIZE_WIDTH = 32;
const ROWS_PER_STEP = 500;

export const eeheap: CommandDef = {
  name: 'eeheap',
  host: 'sos',
  group: 'heap',
  summary: { en: 'Memory of the runtime: GC heap by generation and region, loader heaps, JIT code.', 'zh-tw': '執行階段使用的記憶體：GC 堆積的層代與區域、載入器堆積、JIT 程式碼。' },
  details: {
    en: 'Allocated counts up to the last object, committed what the process asked the system for. A large difference is free space inside the GC heap.',
    'zh-tw': 'allocated 算到最後一個物件為止，committed 是向作業系統要來的量；兩者差距很大，代表 GC 堆積內有許多空閒空間。',
  },
  options: [
    { name: '-gc', help: { en: 'Only the GC heap.', 'zh-tw': '只顯示 GC 堆積。' } },
    { name: '-loader', help: { en: 'Only the heaps of loader and JIT.', 'zh-tw': '只顯示載入器與 JIT 的堆積。' } },
    { name: '-heap', value: 'decimal', help: { en: 'One GC heap of a server GC.', 'zh-tw': '伺服器 GC 的其中一個堆積。' } },
    { name: '-segment', value: 'text', help: { en: 'One segment or region.', 'zh-tw': '單一區段或區域。' } },
  ],
  args: [{ name: 'range', kind: 'text', optional: true, many: true, help: { en: 'Only this range: start [end].', 'zh-tw': '只看這段範圍：start [end]。' } }],
  examples: ['eeheap -gc', 'eeheap -loader'],
  *run(context, args) {
    const loader = args.has('-loader') || !args.has('-gc');
    const gc = args.has('-gc') || !args.has('-loader');
    const [start, end] = readRange(args.all('range'), 'eeheap');
    const filtered = args.has('-heap') || args.has('-segment') || start > 0 || end < Infinity;
    let bytes = 0;
    if (loader) bytes += yield* loaderHeapText(context, start, end, filtered);
    if (gc) bytes += yield* gcHeapText(context, heapFilter(context.clr, args, 'eeheap').segments, filtered, args.number('-heap'));
    if (loader && gc) {
      yield line();
      yield line(`${filtered ? 'Partial' : 'Total'} bytes consumed by CLR: ${memorySize(bytes, '0')}`);
      yield line();
    }
  },
};

function* gcHeapText(context: CommandContext, segments: readonly HeapSegment[], filtered: boolean, only: number | undefined): Generator<OutputNode | Progress, number> {
  const { gc } = context.clr;
  yield line();
  yield line(`DATAS = ${gc.server ? (gc.dynamicAdaptation ?? '') : ''}`);
  const widest = context.clr.segments.reduce((width, s) => Math.max(width, memorySize(committedLength(s)).length), 1);
  const table = new SegmentTable(context.memory, Math.min(widest, MAX_SIZE_WIDTH));
  yield line('='.repeat(40));
  yield line(`Number of GC Heaps: ${gc.heaps.length}`);
  yield line('-'.repeat(40));
  for (const heap of gc.heaps) {
    if (only !== undefined && heap.index !== only) continue;
    const own = segments.filter((s) => s.heap === heap.index);
    // SOS writes this address with 16 digits for every target.
    if (gc.server) yield line('Heap ', link(String(heap.index), `!dumpheap -heap ${heap.index}`), ` (${heap.address.toString(16).padStart(16, '0')})`);
    if (!gc.regions) yield* segmentGenerations(context, heap);
    yield* soh(own, table, gc.regions);
    const frozen = sorted(own, 'frozen');
    if (frozen.length) yield* block('NonGC heap', frozen, table);
    const starts = (generation: number) => (gc.regions ? '' : ` starts at ${hex(allocationStart(context, heap, generation))}`);
    yield* block(`Large object heap${starts(3)}`, sorted(own, 'loh'), table);
    const pinned = sorted(own, 'poh');
    if (pinned.length) yield* block(`Pinned object heap${starts(4)}`, pinned, table);
    if (filtered) {
      yield line(`Partial Allocated Size:              Size: ${memorySize(sum(own, allocatedLength))} bytes.`);
      yield line(`Partial Committed Size:              Size: ${memorySize(sum(own, committedLength))} bytes.`);
    }
    yield line('------------------------------');
  }
  const prefix = filtered ? 'Partial ' : '';
  const committed = sum(segments, committedLength);
  yield line(`${prefix}GC Allocated Heap Size:    Size: ${memorySize(sum(segments, allocatedLength))} bytes.`);
  yield line(`${prefix}GC Committed Heap Size:    Size: ${memorySize(committed)} bytes.`);
  yield { kind: 'fact', subject: 'heap', values: { name: 'gc', allocated: sum(segments, allocatedLength), committed, heaps: gc.heaps.length } };
  if (gc.inGc) {
    yield message('warning', {
      en: 'The dump was taken in the middle of a GC: ends of regions may be off.', 'zh-tw': '傾印時正在進行 GC，區域的結尾位址可能有誤差。',
    });
  }
  return committed;
}

/** Rows of segments. */
class SegmentTable {
  readonly #memory: AddressSpace;
  readonly #table: Table;

  constructor(memory: AddressSpace, sizeWidth: number) {
    this.#memory = memory;
    this.#table = new Table([...ADDRESSES.map((title) => pointerColumn(memory.pointerSize, title)), left(sizeWidth), left(sizeWidth)]);
  }

  header(): OutputNode {
    return this.#table.row(...ADDRESSES, 'allocated size', 'committed size');
  }

  row(s: HeapSegment): OutputNode {
    const text = (address: Address) => this.#memory.shortHex(address);
    const segment = link(text(s.address), `!dumpheap -segment ${hex(s.address)}`);
    return this.#table.row(segment, text(s.start), text(s.end), text(s.committed), memorySize(allocatedLength(s)), memorySize(committedLength(s)));
  }
}

function* soh(segments: readonly HeapSegment[], table: SegmentTable, regions: boolean): Generator<OutputNode | Progress> {
  yield line('Small object heap');
  yield table.header();
  if (!regions) {
    yield* rows(segments.filter((s) => s.kind === 'ephemeral' || s.kind in GENERATION_TITLES).sort((a, b) => a.start - b.start), table);
    return;
  }
  for (const [kind, number] of Object.entries(GENERATION_TITLES)) {
    const members = sorted(segments, kind);
    if (members.length === 0) continue;
    yield line(`generation ${number}:`);
    yield* rows(members, table);
  }
}

/** Starts of the generations inside the ephemeral segment, printed by segment-based GCs only. */
function* segmentGenerations(context: CommandContext, heap: GcHeapGlobals): Generator<OutputNode> {
  const starts = [0, 1, 2].map((generation) => allocationStart(context, heap, generation));
  for (const [generation, start] of starts.entries()) {
    const segment = context.clr.segmentOf(start);
    const end = generation === 0 ? (segment?.end ?? start) : generation === 1 ? starts[0] : (segment?.end ?? start);
    const text = hex(start);
    yield line(`generation ${generation} starts at `, end > start ? link(text, `!dumpheap ${text} ${hex(end)}`) : text);
  }
  const at = heap.generationTable + context.clr.gc.generationFields[0];
  const [pointer, limit] = [context.memory.tryPointer(at) ?? 0, context.memory.tryPointer(at + context.memory.pointerSize) ?? 0];
  yield line(`ephemeral segment allocation context: ${limit > pointer ? `(0x${hex(pointer)}, 0x${hex(limit)})` : 'none'}`);
}

function allocationStart(context: CommandContext, heap: GcHeapGlobals, generation: number): Address {
  const { gc } = context.clr;
  return context.memory.tryPointer(heap.generationTable + generation * gc.generationSize + gc.generationFields[2]) ?? 0;
}

function* block(title: string, segments: readonly HeapSegment[], table: SegmentTable): Generator<OutputNode | Progress> {
  yield line(title);
  yield table.header();
  yield* rows(segments, table);
}

function* rows(segments: readonly HeapSegment[], table: SegmentTable): Generator<OutputNode | Progress> {
  for (const [index, s] of segments.entries()) {
    yield table.row(s);
    if (index % ROWS_PER_STEP === ROWS_PER_STEP - 1) yield progress(index, segments.length);
  }
}

function sorted(segments: readonly HeapSegment[], kind: string): HeapSegment[] {
  return segments.filter((s) => s.kind === kind).sort((a, b) => a.start - b.start);
}

function allocatedLength(s: HeapSegment): number {
  return Math.max(0, s.end - s.start);
}

function committedLength(s: HeapSegment): number {
  return Math.max(0, s.committed - committedStart(s));
}

function sum(segments: readonly HeapSegment[], length: (s: HeapSegment) => number): number {
  return segments.reduce((all, s) => all + length(s), 0);
}
