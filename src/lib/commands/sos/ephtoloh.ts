import { hex, isDumpError } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import { generationOf } from '../../heap/index.ts';
import type { Clr, HeapSegment, SegmentKind } from '../../heap/index.ts';
import { left, line, link, pointerColumn, progress, Table, thousands } from '../../output/index.ts';
import type { CommandRun, Inline, OutputNode, Progress } from '../../output/index.ts';
import type { MethodTable } from '../../runtime/index.ts';
import type { CommandDef } from '../command.ts';

const STEP = 4096;
const NAME_WIDTH = 64;
/** SOS warns before it walks more segments than this. */
const MANY_SEGMENTS = 50;
/** Objects outside the large object heap are smaller (gc.h LARGE_OBJECT_SIZE): a larger one is damaged. */
const LARGE_OBJECT = 85_000;
const young = ({ memory }: Clr) => pointerColumn(memory.pointerSize, 'Ephemeral');
const large = ({ memory }: Clr) => pointerColumn(memory.pointerSize, 'Large Object');

interface Reference { readonly from: Address; readonly to: Address }

export const ephtoloh: CommandDef = {
  name: 'ephtoloh',
  host: 'sos',
  group: 'gc',
  summary: { en: 'Young objects that refer to large ones, and large ones that refer to young ones.', 'zh-tw': '參考大型物件的年輕物件，以及參考年輕物件的大型物件。' },
  examples: ['ephtoloh'],
  *run({ clr }): CommandRun {
    const count = clr.segments.filter((s) => s.kind !== 'frozen').length;
    if (count > MANY_SEGMENTS) yield line(`Walking ${thousands(count)} ${clr.gc.regions ? 'regions' : 'segments'}, this may take a moment...`);
    // SOS says ephemeral, and looks at generation 0 only.
    const toLarge = yield* references(clr, (s) => s.kind === 'gen0' || s.kind === 'gen1' || s.kind === 'ephemeral', (s, a) => generationOf(s, a) === 'gen0', ['loh']);
    const toYoung = yield* references(clr, (s) => s.kind === 'loh', () => true, ['gen0', 'gen1']);
    yield* pairs(clr, toLarge, 'Ephemeral objects pointing to the Large objects:', 'No Ephemeral objects pointing to the Large objects.');
    yield* pairs(clr, toYoung, 'Large objects pointing to Ephemeral objects:', 'No Large objects pointing to Ephemeral objects.');
    if (toLarge.length > 0 && toYoung.length > 0) yield* roundTrips(clr, toLarge, toYoung);
  },
};

function* pairs(clr: Clr, found: readonly Reference[], title: string, none: string): Generator<OutputNode> {
  if (found.length === 0) {
    yield line(none);
    return;
  }
  yield line(title);
  yield line();
  const table = new Table([young(clr), left(NAME_WIDTH), large(clr), left(0)]);
  yield table.row('Ephemeral', 'Ephemeral Type', 'Large Object', 'Large Object Type');
  for (const { from, to } of found) yield table.row(address(clr, from), shortName(clr, from), address(clr, to), name(clr, to));
  yield line();
}

/** Every young object whose large object refers to a young one again (SOS prints the first of them only). */
function* roundTrips(clr: Clr, toLarge: readonly Reference[], toYoung: readonly Reference[]): Generator<OutputNode> {
  const back = new Map<Address, Address>();
  for (const { from, to } of toYoung) if (!back.has(from)) back.set(from, to);
  const trips = toLarge.filter(({ to }) => back.has(to));
  if (trips.length === 0) {
    yield line('No Ephemeral objects which point to Large objects which point to Ephemeral objects.');
    return;
  }
  yield line('Ephemeral objects which point to Large objects which point to Ephemeral objects:');
  yield line();
  const table = new Table([young(clr), left(NAME_WIDTH), large(clr), left(NAME_WIDTH), young(clr), left(0)]);
  for (const { from, to } of trips) {
    const end = back.get(to) ?? 0;
    yield table.row(address(clr, from), shortName(clr, from), address(clr, to), shortName(clr, to), address(clr, end), name(clr, end));
  }
  yield line();
}

/** References from objects of some segments to objects of the given generations, by both addresses. */
function* references(clr: Clr, walked: (segment: HeapSegment) => boolean, wanted: (segment: HeapSegment, object: Address) => boolean, to: readonly SegmentKind[]): Generator<Progress, Reference[], void> {
  const found: Reference[] = [];
  const walker = clr.walk(clr.segmentsByAddress().filter(walked));
  let from = 0;
  const visitReference = (target: Address) => {
    const segment = clr.segmentOf(target);
    if (!segment || !to.includes(generationOf(segment, target))) return;
    const table = clr.objects.find(target);
    if (table && !table.isFree) found.push({ from, to: target });
  };
  const visit = (object: Address, table: MethodTable, size: number, segment: HeapSegment) => {
    if (!table.containsPointers || !wanted(segment, object) || (segment.kind !== 'loh' && size > LARGE_OBJECT)) return;
    from = object;
    try {
      clr.references.forEach(object, table, visitReference);
    } catch (error) {
      if (!isDumpError(error)) throw error;
    }
  };
  for (let more = true; more; ) {
    more = walker.step(visit, STEP);
    yield progress(walker.doneBytes, walker.totalBytes);
  }
  return found.sort((a, b) => a.from - b.from || a.to - b.to);
}

function address(clr: Clr, object: Address): Inline {
  return link(clr.memory.shortHex(object), `!do ${hex(object)}`);
}

function name(clr: Clr, object: Address): string {
  const table = clr.objects.find(object);
  return table ? clr.types.name(table.address, 'managed') : '';
}

/** The end of a long name: what tells generic types of a kind apart is there. */
function shortName(clr: Clr, object: Address): string {
  const text = name(clr, object);
  return text.length > NAME_WIDTH ? `...${text.slice(3 - NAME_WIDTH)}` : text;
}
