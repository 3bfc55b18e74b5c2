import { hex } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import { objectAlignment } from '../../heap/index.ts';
import type { Clr, HeapSegment } from '../../heap/index.ts';
import { left, line, link, progress, right, Table, thousands } from '../../output/index.ts';
import type { CommandRun, OutputNode, Progress } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import { inside, segmentRanges } from './gcwhere.ts';
import type { Span } from './gcwhere.ts';

const STEP = 8192;

/** Objects around an address: what the walk of its segment meets. */
interface Around { readonly before: Address; readonly after: Address }

function* neighbours(clr: Clr, segment: HeapSegment, address: Address): Generator<Progress, Around, void> {
  let before = 0;
  let after = 0;
  const walker = clr.walk([segment]);
  for (let more = true; more && !after; ) {
    more = walker.step((at) => {
      if (at < address) before = at;
      else if (at > address && !after) after = at;
    }, STEP);
    yield progress(walker.doneBytes, walker.totalBytes);
  }
  return { before, after };
}

/** One look at a stretch of a segment: prints objects and the gaps between them, and keeps what is expected next. */
class Stretch {
  readonly #clr: Clr;
  readonly #segment: HeapSegment;
  readonly #gaps: readonly Span[];
  readonly #table: Table;
  consistent = true;
  ended = false;
  expected = 0;

  constructor(clr: Clr, segment: HeapSegment, gaps: readonly Span[]) {
    this.#clr = clr;
    this.#segment = segment;
    this.#gaps = gaps;
    const width = Math.max(16, ...gaps.map((g) => `${hex(g.start)}-${hex(g.end)}`.length));
    this.#table = new Table([left(9), right(width), left(32), left(0)]);
  }

  /** Prints an object; `expected` becomes the address behind it and behind a gap that follows. */
  *object(title: string, address: Address): Generator<OutputNode> {
    const table = this.#clr.objects.find(address);
    if (!table) {
      this.consistent = false;
      yield this.#table.row(title, link(this.#clr.memory.shortHex(address), `!verifyobj ${hex(address)}`), '', '');
      yield line(`Error Detected: Object ${hex(address)} has an invalid method table.`);
      return;
    }
    const size = this.#clr.objects.size(address, table);
    yield this.#table.row(title, link(this.#clr.memory.shortHex(address), `!dumpobj ${hex(address)}`), sizeText(size), this.#clr.types.name(table.address, 'managed'));
    this.#clr.references.forEach(address, table, (target) => {
      if (!this.#clr.objects.find(target)) this.consistent = false;
    });
    const alignment = objectAlignment(this.#clr.target.shape, this.#segment);
    this.expected = address + Math.ceil(size / alignment) * alignment;
  }

  *gap(from: Address): Generator<OutputNode> {
    const gap = this.#gaps.find((g) => (from < g.end && g.start < this.expected) || inside(g, this.expected));
    if (!gap) return;
    yield this.#table.row('Gap:', `${hex(gap.start)}-${hex(gap.end)}`, sizeText(gap.end - gap.start), 'GC Allocation Context (expected gap in the heap)');
    this.expected = gap.end + this.#clr.target.shape.minSize;
  }

  *end(last: Address): Generator<OutputNode> {
    if (this.ended || inside(segmentRanges(this.#segment).objects, this.expected)) return;
    this.ended = true;
    yield line(`${hex(last)} is the last object on the segment`);
    if (this.expected !== this.#segment.end) {
      this.consistent = false;
      yield line(`Error: Expected allocated end at ${hex(this.expected)}, but instead was at ${hex(this.#segment.end)}`);
    }
  }
}

function sizeText(size: number): string {
  return size > 0 ? `${thousands(size)} (0x${hex(size)})` : '';
}

export const listnearobj: CommandDef = {
  name: 'listnearobj',
  aliases: ['lno'],
  host: 'sos',
  group: 'objects',
  summary: { en: 'The objects before, at and behind an address, and whether they fit together.', 'zh-tw': '位址之前、當下與之後的物件，以及它們是否銜接。' },
  args: [{ name: 'address', kind: 'hex', help: { en: 'An address inside the heap; it need not be an object.', 'zh-tw': '堆積內的位址，不必是物件。' } }],
  examples: ['listnearobj 54971b8'],
  *run({ clr }, args): CommandRun {
    const given = args.number('address') ?? 0;
    const address = given - (given % clr.target.shape.alignment);
    const segment = clr.segments.find((s) => {
      const { objects, committed } = segmentRanges(s);
      return inside(objects, address) || inside(committed, address);
    });
    if (!segment) {
      yield line(`Failed to find the segment of the managed heap where the object ${hex(address)} resides`);
      return;
    }
    if (segment.end <= segment.start) {
      yield line(`Segment ${hex(segment.address)} has no objects.`);
      return;
    }
    const gaps = [...clr.allocationContexts].filter(([start]) => inside(segmentRanges(segment).objects, start)).map(([start, end]) => ({ start, end }));
    const around = yield* neighbours(clr, segment, address);
    const stretch = new Stretch(clr, segment, gaps);
    stretch.expected = segment.start;
    if (address > segment.start) {
      if (around.before) {
        yield* stretch.object('Before:', around.before);
        yield* stretch.gap(around.before);
        yield* stretch.end(around.before);
      }
    } else yield line(`Address ${hex(address)} is ${address < segment.start ? 'before the first object' : 'the first object'} on the segment.`);
    const isObject = clr.objects.find(address) !== undefined;
    const inObjects = inside(segmentRanges(segment).objects, address);
    if (isObject && !inObjects) {
      yield line(`Object ${hex(address)} is not in the allocated range of the segment, it may have been collected but not zeroed.`);
      stretch.ended = true;
    } else if (isObject || stretch.expected === address) {
      const fits = stretch.expected === address;
      yield* stretch.object('Current:', address);
      // The address may lie inside an object and look like one.
      if (!fits) stretch.consistent = false;
      if (isObject) {
        yield* stretch.gap(address);
        yield* stretch.end(address);
      }
    }
    if (!stretch.ended && around.after) {
      const { expected } = stretch;
      yield* stretch.object('Next:', around.after);
      if (around.after !== expected) {
        stretch.consistent = false;
        yield line(`Expected to find next object at ${hex(expected)}, instead found it at ${hex(around.after)}.`);
      }
    } else if (!stretch.ended) {
      stretch.consistent = false;
      yield line(`Could not find object after ${hex(address)}`);
    }
    yield line(`Heap local consistency ${stretch.consistent ? '' : 'not '}confirmed.`);
    yield { kind: 'fact', subject: 'object', address, values: { before: hex(around.before), next: hex(around.after), consistent: stretch.consistent } };
  },
};
