import { hex } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import type { Clr } from '../../heap/index.ts';
import { left, line, link, pointerColumn, right, Table, thousands } from '../../output/index.ts';
import type { CommandRun, OutputNode, Row } from '../../output/index.ts';
import type { MethodTable } from '../../runtime/index.ts';

const MAX_FACTS = 2000;
/** Characters of a string that the statistics of -strings show: 64 beside the other columns of an 80-column console, 128 without one. */
const STRING_WIDTH = { linux: 64, windows: 128 } as const;
const FRAGMENT = 512 * 1024;
/** Rows between two looks at the clock while long tables are produced. */
const ROWS_PER_STEP = 500;

interface Total { count: number; bytes: number }

/**
 * Collects objects and prints them as today's dumpheap does: rows, statistics by type (or by text), fragmentation.
 * Rows are produced by the caller through `row`; nothing is kept per object but its share of the totals.
 */
export class HeapTable {
  readonly #clr: Clr;
  readonly #objects: Table;
  readonly #totals = new Map<Address, Total>();
  readonly #strings = new Map<string, Total & { text: string }>();
  readonly #fragments: { free: Address; size: number; next: Address; type: Address }[] = [];
  #last: Total | undefined;
  #lastTable = -1;
  #freeAt = 0;
  #freeSize = 0;
  #facts = 0;
  objects = 0;

  constructor(clr: Clr) {
    this.#clr = clr;
    const pointer = pointerColumn(clr.memory.pointerSize);
    this.#objects = new Table([pointer, pointer, right(14), left(0)]);
  }

  /** Counts an object under its type. */
  count(table: MethodTable, size: number): void {
    this.objects++;
    if (table.address !== this.#lastTable || !this.#last) {
      this.#lastTable = table.address;
      this.#last = this.#totals.get(table.address);
      if (!this.#last) this.#totals.set(table.address, (this.#last = { count: 0, bytes: 0 }));
    }
    this.#last.count++;
    this.#last.bytes += size;
  }

  /** Counts a string under its text and size. */
  countString(address: Address, size: number): void {
    this.objects++;
    const text = this.#clr.objects.tryString(address, 1024) ?? '';
    const key = `${size}:${text}`;
    const total = this.#strings.get(key);
    if (total) total.count++;
    else this.#strings.set(key, { count: 1, bytes: size, text });
  }

  /** Notes free blocks of half a megabyte and more that an object follows directly, outside the large object heap. */
  fragment(address: Address, table: MethodTable, size: number, large: boolean): void {
    if (this.#freeSize && this.#freeAt + this.#freeSize === address && !table.isFree && !large) {
      this.#fragments.push({ free: this.#freeAt, size: this.#freeSize, next: address, type: table.address });
    }
    this.#freeSize = table.isFree && size >= FRAGMENT ? size : 0;
    this.#freeAt = address;
  }

  header(): Row {
    return this.#objects.row('Address', 'MT', 'Size');
  }

  *row(address: Address, table: MethodTable, size: number): Generator<OutputNode> {
    const at = hex(address);
    yield this.#objects.row(link(this.#clr.memory.shortHex(address), `!do ${at}`), link(this.#clr.memory.shortHex(table.address), `!dumpheap -mt ${hex(table.address)}`), thousands(size), table.isFree ? 'Free' : '');
    if (this.#facts++ < MAX_FACTS) {
      yield { kind: 'fact', subject: 'object', address, values: { type: this.#clr.types.name(table.address, 'managed'), mt: hex(table.address), size } };
    }
  }

  /** The statistics block; nothing at all when no object was counted. */
  *statistics(byCount: boolean): CommandRun {
    if (this.#totals.size === 0) return;
    const totals = [...this.#totals].sort(([, a], [, b]) => (byCount ? a.count - b.count : a.bytes - b.bytes));
    const countWidth = totals.reduce((width, [, t]) => Math.max(width, thousands(t.count).length), 'Count'.length);
    const sizeWidth = totals.reduce((width, [, t]) => Math.max(width, thousands(t.bytes).length), 'TotalSize'.length);
    const table = new Table([right(this.#clr.memory.shortHex(0).length), right(countWidth), right(sizeWidth), left(0)]);
    yield line('Statistics:');
    yield table.row('MT', 'Count', 'TotalSize', 'Class Name');
    let done = 0;
    for (const [address, total] of totals) {
      const name = this.#clr.types.name(address, 'managed');
      yield table.row(link(this.#clr.memory.shortHex(address), `!dumpheap -mt ${hex(address)}`), thousands(total.count), thousands(total.bytes), name);
      yield { kind: 'fact', subject: 'type', address, values: { name, count: total.count, bytes: total.bytes } };
      if (++done % ROWS_PER_STEP === 0) yield { kind: 'progress', done, total: totals.length };
    }
    const sum = totals.reduce((all, [, t]) => ({ count: all.count + t.count, bytes: all.bytes + t.bytes }), { count: 0, bytes: 0 });
    yield line(`Total ${thousands(sum.count)} objects, ${thousands(sum.bytes)} bytes`);
    yield { kind: 'fact', subject: 'heap', values: { name: 'total', objects: sum.count, bytes: sum.bytes } };
  }

  /** Statistics of -strings: count, bytes and the first characters of each different text. */
  *stringStatistics(): CommandRun {
    if (this.#strings.size === 0) return;
    const table = new Table([right(14), right(14), left(0)]);
    yield line('Statistics:');
    let done = 0;
    const totals = [...this.#strings.values()].sort((a, b) => a.count * a.bytes - b.count * b.bytes);
    for (const { text, count, bytes } of totals) {
      yield table.row(thousands(count), thousands(count * bytes), sanitize(text, STRING_WIDTH[this.#clr.target.dump.os]));
      if (++done % ROWS_PER_STEP === 0) yield { kind: 'progress', done, total: totals.length };
    }
  }

  *fragmentation(): Generator<OutputNode> {
    if (this.#fragments.length === 0) return;
    const pointer = pointerColumn(this.#clr.memory.pointerSize);
    const table = new Table([pointer, right(12), pointer, left(0)]);
    yield line();
    yield line('Fragmented blocks larger than 0.5 MB:');
    yield table.row('Address', 'Size', 'Followed By');
    for (const { free, size, next, type } of this.#fragments) {
      yield table.row(this.#clr.memory.shortHex(free), thousands(size), link(this.#clr.memory.shortHex(next), `!do ${hex(next)}`), this.#clr.types.name(type, 'managed'));
    }
  }
}

/** Letters and digits alone stay whole; otherwise the text is cut and what is neither letter, digit, punctuation nor blank becomes a dot. */
function sanitize(text: string, width: number): string {
  if (/^[\p{L}\p{Nd}]*$/u.test(text)) return text;
  let result = '';
  for (let i = 0; i < Math.min(text.length, width); i++) result += /[\p{L}\p{Nd}\p{P} ]/u.test(text[i]) ? text[i] : '.';
  return result;
}
