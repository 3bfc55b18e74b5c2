import { hex } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import { generationOf, ObjectSet } from '../../heap/index.ts';
import type { Clr, HeapSegment, SegmentKind } from '../../heap/index.ts';
import { left, line, link, pointerColumn, progress, right, Table, thousands } from '../../output/index.ts';
import type { CommandRun } from '../../output/index.ts';
import type { MethodTable } from '../../runtime/index.ts';
import type { CommandDef } from '../command.ts';

const STEP = 4096;
type Generation = Exclude<SegmentKind, 'ephemeral'>;
export const GENERATION_NAMES: Readonly<Record<Generation, string>> = { gen0: 'Generation0', gen1: 'Generation1', gen2: 'Generation2', loh: 'Large', poh: 'Pinned', frozen: 'Frozen' };
const WIDTH = 'Generation0'.length;
const shape = (p: 4 | 8) => new Table([pointerColumn(p), pointerColumn(p, 'MethodTable'), right(14), left(WIDTH), left(WIDTH), right(14), right(14), left(0)]);

interface Row { readonly object: Address; readonly table: MethodTable; readonly size: number; count: number; bytes: number }

/** Tells whether an older object's reference into generation 0 or 1 is one the next young collection must look at. */
function younger(from: Generation, to: Generation): boolean {
  return (to === 'gen0' && from !== 'gen0') || (to === 'gen1' && from !== 'gen0' && from !== 'gen1');
}

export const ephrefs: CommandDef = {
  name: 'ephrefs',
  host: 'sos',
  group: 'gc',
  summary: { en: 'Older objects that refer to generation 0 or 1: what keeps young objects from dying young.', 'zh-tw': '參考第 0、1 層代的較老物件，也就是讓年輕物件無法及早回收的來源。' },
  examples: ['ephrefs'],
  *run({ clr }): CommandRun {
    const search = new Search(clr);
    const walker = clr.walk(clr.segmentsByAddress().filter((s) => s.kind !== 'gen0' && s.kind !== 'frozen'));
    for (let more = true; more; ) {
      more = walker.step(search.visit, STEP);
      yield progress(walker.doneBytes, walker.totalBytes);
    }
    const rowsTable = shape(clr.memory.pointerSize);
    let printed = 0;
    let objects = 0;
    for (const [key, rows] of search.groups) {
      const [from, to] = key.split(' ') as [Generation, Generation];
      const [fromName, toName] = [GENERATION_NAMES[from], GENERATION_NAMES[to]];
      if (printed++) yield line();
      yield line(`References from ${fromName.toLowerCase()} to ${toName.toLowerCase()}:`);
      yield line();
      yield rowsTable.row('Object', 'MethodTable', 'Size', 'Obj Gen', 'Ref Gen', 'Obj Count', 'Obj Size', 'Type');
      for (const { object, table, size, count, bytes } of rows) {
        objects++;
        const name = clr.types.name(table.address, 'managed');
        yield rowsTable.row(link(clr.memory.shortHex(object), `!do ${hex(object)}`), link(clr.memory.shortHex(table.address), `!dumpheap -mt ${hex(table.address)}`), thousands(size), fromName, toName, thousands(count), thousands(bytes), name);
        if (objects % 500 === 0) yield progress(objects, 0);
      }
    }
    yield line();
    yield line(`${thousands(objects)} older generation objects referenced ${thousands(search.referenced.size)} younger objects (${thousands(search.bytes)} bytes)`);
    yield { kind: 'fact', subject: 'heap', values: { name: 'references to young objects', older: objects, younger: search.referenced.size, bytes: search.bytes } };
  },
};

/** Collects rows by the generations of both ends; references to generation 0 come before those to generation 1 of the same object. */
class Search {
  readonly #clr: Clr;
  readonly groups = new Map<string, Row[]>();
  readonly referenced: ObjectSet;
  bytes = 0;
  #from: Generation = 'gen2';
  #gen0: Row | undefined;
  #gen1: Row | undefined;
  #object: Omit<Row, 'count' | 'bytes'> | undefined;

  constructor(clr: Clr) {
    this.#clr = clr;
    this.referenced = new ObjectSet(clr.memory, clr.segments);
  }

  readonly visit = (object: Address, table: MethodTable, size: number, segment: HeapSegment): void => {
    if (!table.containsPointers) return;
    this.#from = generationOf(segment, object);
    if (this.#from === 'gen0') return;
    this.#gen0 = this.#gen1 = undefined;
    this.#object = { object, table, size };
    this.#clr.references.forEach(object, table, this.#reference);
    if (this.#gen0) this.#add('gen0', this.#gen0);
    if (this.#gen1) this.#add('gen1', this.#gen1);
  };

  readonly #reference = (target: Address): void => {
    const { objects } = this.#clr;
    const segment = this.#clr.segmentOf(target);
    const to = segment && generationOf(segment, target);
    if (!to || !this.#object || !younger(this.#from, to)) return;
    const table = objects.find(target);
    if (!table || table.isFree) return;
    const size = objects.size(target, table);
    const row = to === 'gen0' ? (this.#gen0 ??= { ...this.#object, count: 0, bytes: 0 }) : (this.#gen1 ??= { ...this.#object, count: 0, bytes: 0 });
    row.count++;
    row.bytes += size;
    if (this.referenced.add(target)) this.bytes += size;
  };

  #add(to: Generation, row: Row): void {
    const key = `${this.#from} ${to}`;
    const group = this.groups.get(key);
    if (group) group.push(row);
    else this.groups.set(key, [row]);
  }
}
