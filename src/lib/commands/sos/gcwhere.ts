import { hex } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import { committedStart, generationOf } from '../../heap/index.ts';
import type { HeapSegment } from '../../heap/index.ts';
import { left, line, link, Table } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';

const NAMES: Readonly<Record<string, string>> = { gen0: '0', gen1: '1', gen2: '2', loh: 'large', poh: 'pinned', frozen: 'frozen' };

/** Objects, committed and reserved memory of a segment as SOS gives them; the reserved part begins where the committed one ends. */
export function segmentRanges(segment: HeapSegment): { readonly objects: Span; readonly committed: Span; readonly reserved: Span } {
  return {
    objects: { start: segment.start, end: segment.end },
    committed: { start: committedStart(segment), end: segment.committed },
    reserved: { start: segment.committed, end: Math.max(segment.committed, segment.reserved) },
  };
}

export interface Span { readonly start: Address; readonly end: Address }
export const inside = (span: Span, address: Address) => address >= span.start && address < span.end;
const text = (span: Span) => `${hex(span.start)}-${hex(span.end)}`;

export const gcwhere: CommandDef = {
  name: 'gcwhere',
  host: 'sos',
  group: 'gc',
  summary: { en: 'Heap, segment and generation an address lies in.', 'zh-tw': '位址所在的堆積、區段與層代。' },
  args: [{ name: 'address', kind: 'hex', help: { en: 'Any address.', 'zh-tw': '任意位址。' } }],
  examples: ['gcwhere 54971b8'],
  *run({ clr }, args) {
    const address = args.number('address') ?? 0;
    const found = clr.segments
      .map((segment) => ({ segment, ranges: segmentRanges(segment) }))
      .filter(({ ranges: r }) => inside(r.objects, address) || inside(r.committed, address) || inside(r.reserved, address))
      .sort((a, b) => a.segment.heap - b.segment.heap || a.segment.start - b.segment.start);
    if (found.length === 0) {
      yield line(`Address ${hex(address)} not found in the managed heap.`);
      return;
    }
    const width = (title: string, span: 'objects' | 'committed' | 'reserved') => left(Math.max(title.length, ...found.map(({ ranges }) => text(ranges[span]).length)));
    const pointer = left(2 * clr.memory.pointerSize);
    const table = new Table([pointer, left(6), pointer, left(10), width('Allocated', 'objects'), width('Committed', 'committed'), width('Reserved', 'reserved')]);
    yield table.row('Address', 'Heap', 'Segment', 'Generation', 'Allocated', 'Committed', 'Reserved');
    for (const { segment, ranges } of found) {
      const kind = inside(ranges.reserved, address) ? 'reserve' : (NAMES[generationOf(segment, address)] ?? '???');
      const own = clr.memory.shortHex(address);
      yield table.row(
        inside(ranges.objects, address) ? link(own, `!listnearobj ${hex(address)}`) : own, link(String(segment.heap), `!dumpheap -heap ${segment.heap}`),
        link(clr.memory.shortHex(segment.address), `!dumpheap -segment ${hex(segment.address)}`), kind,
        link(text(ranges.objects), `!dumpheap ${hex(ranges.objects.start)} ${hex(ranges.objects.end)}`), text(ranges.committed), text(ranges.reserved),
      );
      yield { kind: 'fact', subject: 'object', address, values: { generation: kind, heap: segment.heap, segment: hex(segment.address) } };
    }
  },
};
