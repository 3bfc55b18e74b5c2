import type { Address } from '../../bytes/index.ts';
import { progress } from '../../output/index.ts';
import type { Progress } from '../../output/index.ts';
import type { MethodTable } from '../../runtime/index.ts';
import type { CommandContext } from '../context.ts';
import type { Finding } from './triage.ts';

const STEP = 8192;
const FEW_CALLS = 20;
const MIN_LOH = 1 << 20;
const MIN_HEAP = 16 << 20;
const MIN_WASTE = 1 << 16;
const MANY_HANDLERS = 200;
const MAX_STRINGS = 200_000;
const MAX_CHARACTERS = 256;

interface TypeSum { count: number; bytes: number }

/** What one walk over the heap collects. */
class Census {
  readonly sums = new Map<Address, TypeSum>();
  readonly loh = { bytes: 0, free: 0 };
  readonly strings = new Map<string, TypeSum>();
  readonly delegates: Address[] = [];
  total = 0;
  #stringsSeen = 0;
  readonly #context: CommandContext;
  readonly #isDelegate = new Map<Address, boolean>();

  constructor(context: CommandContext) {
    this.#context = context;
  }

  add(address: Address, table: MethodTable, size: number, kind: string): void {
    const { clr } = this.#context;
    const free = table.address === clr.types.freeMethodTable;
    if (kind === 'loh') {
      this.loh.bytes += size;
      if (free) this.loh.free += size;
    }
    if (free) return;
    this.total += size;
    count(this.sums, table.address, size);
    if (table.isString) this.#string(address, size);
    else if (this.#delegate(table) && (clr.managed.u32(address, '_invocationCount') ?? 0) >= MANY_HANDLERS && clr.managed.ref(address, '_invocationList')) this.delegates.push(address);
  }

  #delegate(table: MethodTable): boolean {
    let known = this.#isDelegate.get(table.address);
    if (known === undefined) {
      known = !table.isArray && this.#context.clr.managed.field(table, '_invocationList') !== undefined;
      this.#isDelegate.set(table.address, known);
    }
    return known;
  }

  #string(address: Address, size: number): void {
    if (this.#stringsSeen++ >= MAX_STRINGS || this.#context.clr.objects.length(address) > MAX_CHARACTERS) return;
    count(this.strings, this.#context.clr.objects.tryString(address, MAX_CHARACTERS) ?? '', size);
  }
}

function count<K>(sums: Map<K, TypeSum>, key: K, bytes: number): void {
  const sum = sums.get(key);
  if (sum) {
    sum.count++;
    sum.bytes += bytes;
  } else sums.set(key, { count: 1, bytes });
}

const percent = (part: number, whole: number) => Math.round((100 * part) / whole);

/** Fragmentation, one type that holds most of the heap, events that collect handlers, equal strings, async methods that all wait. */
export function* heapFindings(context: CommandContext): Generator<Progress, Finding[]> {
  const census = new Census(context);
  const walker = context.clr.walk();
  for (let more = true; more; ) {
    more = walker.step((address, table, size, segment) => census.add(address, table, size, segment.kind), STEP);
    yield progress(walker.doneBytes, walker.totalBytes);
  }
  return [fragmentation(census), dominance(context, census), handlers(context, census), duplicates(census), waiting(context, census)].filter((f) => f !== undefined);
}

function fragmentation({ loh }: Census): Finding | undefined {
  // Buffers and the gaps between them: half the heap is gaps when every second buffer went.
  if (loh.bytes < MIN_LOH || loh.free < loh.bytes * 0.4) return undefined;
  return {
    id: 'loh-fragmented', evidence: ['!gcheapstat', '!dumpheap -stat -type Free', '!gchandles -type Pinned -stat'],
    text: { en: `The large object heap is ${percent(loh.free, loh.bytes)} % free space: fragmentation.`, 'zh-tw': `大型物件堆積有 ${percent(loh.free, loh.bytes)} % 是空閒空間：記憶體分散。` },
  };
}

function dominance({ clr }: CommandContext, { sums, total }: Census): Finding | undefined {
  const [top] = [...sums].sort(([, a], [, b]) => b.bytes - a.bytes);
  if (!top || total < MIN_HEAP || top[1].bytes * 2 < total) return undefined;
  const name = clr.types.name(top[0], 'managed');
  return {
    id: 'heap-dominated', evidence: [`!dumpheap -mt ${top[0].toString(16)}`, '!dumpheap -stat'],
    text: { en: `${percent(top[1].bytes, total)} % of the managed heap is ${name} (${top[1].count} objects): ask gcroot what keeps one alive.`, 'zh-tw': `受控堆積的 ${percent(top[1].bytes, total)} % 是 ${name}（${top[1].count} 個物件）：用 gcroot 看是誰讓它存活。` },
  };
}

function handlers({ clr }: CommandContext, { delegates }: Census): Finding | undefined {
  const sizes = delegates.map((address) => ({ address, size: clr.managed.u32(address, '_invocationCount') ?? 0 })).sort((a, b) => b.size - a.size);
  const [worst] = sizes;
  if (!worst) return undefined;
  const address = worst.address.toString(16);
  return {
    id: 'many-handlers', evidence: [`!dumpdelegate ${address}`, `!gcroot ${address}`],
    text: { en: `One event has ${worst.size} handlers (${clr.managed.typeName(worst.address)}): every handler's object lives as long as the event.`, 'zh-tw': `有一個事件掛了 ${worst.size} 個處理常式（${clr.managed.typeName(worst.address)}）：只要事件還在，這些物件就不會被回收。` },
  };
}

function duplicates({ strings, total }: Census): Finding | undefined {
  let wasted = 0;
  let copies = 0;
  let worst: [string, TypeSum] | undefined;
  for (const entry of strings) {
    const [, { count: n, bytes }] = entry;
    if (n < 2) continue;
    wasted += bytes - bytes / n;
    copies += n - 1;
    if (!worst || bytes > worst[1].bytes) worst = entry;
  }
  if (!worst || wasted < MIN_WASTE || wasted * 5 < total) return undefined;
  return {
    id: 'duplicate-strings', evidence: ['!dumpheap -strings', '!dumpheap -stat -type System.String'],
    text: { en: `${percent(wasted, total)} % of the heap is copies of equal strings (${copies} too many); "${worst[0].slice(0, 40)}" alone is there ${worst[1].count} times.`, 'zh-tw': `堆積有 ${percent(wasted, total)} % 是內容相同的字串複本（多了 ${copies} 個）；光是「${worst[0].slice(0, 40)}」就有 ${worst[1].count} 份。` },
  };
}

function waiting({ clr }: CommandContext, { sums }: Census): Finding | undefined {
  const [most] = [...sums].filter(([table]) => /AsyncStateMachineBox[`<]/.test(clr.types.name(table, 'managed'))).sort(([, a], [, b]) => b.count - a.count);
  if (!most || most[1].count < FEW_CALLS) return undefined;
  return {
    id: 'async-waiting', evidence: ['!dumpasync -coalesce', '!dumpasync -stats'],
    text: { en: `${most[1].count} calls of one async method are in memory: see in dumpasync what they await.`, 'zh-tw': `記憶體裡有同一個非同步方法的 ${most[1].count} 次呼叫：用 dumpasync 看它們在等什麼。` },
  };
}
