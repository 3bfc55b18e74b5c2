import type { Address } from '../bytes/index.ts';
import type { Clr } from './clr.ts';
import type { HeapSegment } from './segments.ts';

/** One known object start every so many bytes: where a search inside a segment may begin. */
const STRIDE = 1 << 14;

const known = new WeakMap<Clr, Map<HeapSegment, Float64Array>>();

/** Start of the object that holds an address of the heap; undefined outside of it and in free memory. */
export function objectContaining(clr: Clr, address: Address): Address | undefined {
  const segment = clr.segmentOf(address);
  if (!segment) return undefined;
  let marks = known.get(clr);
  if (!marks) known.set(clr, (marks = new Map()));
  let starts = marks.get(segment);
  if (!starts) marks.set(segment, (starts = mark(clr, segment)));
  let index = Math.floor((address - segment.start) / STRIDE);
  while (index > 0 && !(starts[index] && starts[index] <= address)) index--;
  const from = starts[index] || segment.start;
  let found: Address | undefined;
  const walker = clr.walk([{ ...segment, start: from, end: segment.end }]);
  let passed = false;
  while (!passed && walker.step((at, table, size) => {
    if (at > address) passed = true;
    else found = address < at + size && table.address !== clr.types.freeMethodTable ? at : undefined;
  }, 64));
  return found;
}

/** First object in each stride of a segment. */
function mark(clr: Clr, segment: HeapSegment): Float64Array {
  const starts = new Float64Array(Math.ceil((segment.end - segment.start) / STRIDE) + 1);
  const walker = clr.walk([segment]);
  while (walker.step((at) => {
    const index = Math.floor((at - segment.start) / STRIDE);
    if (!starts[index]) starts[index] = at;
  }));
  return starts;
}
