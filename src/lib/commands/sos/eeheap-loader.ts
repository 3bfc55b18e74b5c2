import type { Address } from '../../bytes/index.ts';
import { left, line, pointer12, Table } from '../../output/index.ts';
import type { OutputNode } from '../../output/index.ts';
import { LoaderHeaps } from '../../runtime/index.ts';
import type { NativeHeap, NativeHeapKind } from '../../runtime/index.ts';
import type { CommandContext } from '../context.ts';

const PAGE = 0x1000;
const TABLE = new Table([left(21), left(0)]);
const DIVIDER = '-'.repeat(40);

/** Order of the heaps of a domain; heaps SOS has no name for come last. */
const ORDER: readonly NativeHeapKind[] = ['LowFrequencyHeap', 'HighFrequencyHeap', 'StubHeap', 'ExecutableHeap', 'FixupPrecodeHeap', 'NewStubPrecodeHeap', 'IndirectionCellHeap', 'CacheEntryHeap', 'StaticsHeap'];

export function memorySize(bytes: number, zero = ''): string {
  return bytes > 0 ? `0x${bytes.toString(16)} (${bytes})` : zero;
}

interface Sizes { size: number; wasted: number }

function total({ size, wasted }: Sizes): string {
  return `Size: ${memorySize(size)} bytes total${wasted > 0 ? `, ${memorySize(wasted)} bytes wasted` : ''}.`;
}

/** Prints domains and JIT heaps within the range (`filtered`: of a command that shows a part only); returns their committed bytes. */
export function* loaderHeapText(context: CommandContext, start: Address, end: Address, filtered: boolean): Generator<OutputNode, number> {
  const loader = new LoaderHeaps(context.clr.target);
  const inRange = (heap: NativeHeap) => (heap.start >= start && heap.start < end) || (heap.size > 0 && heap.start + heap.size - 1 >= start && heap.start + heap.size - 1 < end);
  const word = filtered ? 'Partial' : 'Total';
  yield line('Loader Heap:');
  yield line(DIVIDER);
  // All domains share one loader allocator, so that only the first has heaps of its own; SOS prints the domain's address for both.
  const system = loader.listedSystemDomain();
  const heaps = loader.allocatorHeaps().filter(inRange);
  let bytes = system ? yield* domain(context, 'System Domain:', system, heaps, word) : 0;
  bytes += yield* domain(context, 'Domain 1:', context.clr.modules.appDomain(), system ? [] : heaps, word);
  bytes += yield* codeHeaps(context, loader, inRange, word);
  return bytes;
}

function* domain(context: CommandContext, name: string, address: Address, heaps: readonly NativeHeap[], word: string): Generator<OutputNode, number> {
  yield TABLE.row(name, context.memory.shortHex(address));
  yield TABLE.row('LoaderAllocator:', context.memory.shortHex(address));
  const sum: Sizes = { size: 0, wasted: 0 };
  for (const kind of ORDER) {
    const members = heaps.filter((h) => h.kind === kind);
    if (members.length === 0) continue;
    const own: Sizes = { size: 0, wasted: 0 };
    const texts = members.map((heap) => heapText(context, heap, own));
    yield TABLE.row(`${kind === 'StaticsHeap' ? 'Unknown' : kind}:`, `${texts.join(' ')} ${total(own)}`);
    yield { kind: 'fact', subject: 'heap', values: { name: kind, bytes: own.size, blocks: members.length } };
    sum.size += own.size;
    sum.wasted += own.wasted;
  }
  if (sum.size > 0) yield TABLE.row(`${word} size:`, total(sum));
  else yield line('No unique loader heaps found.');
  yield line(DIVIDER);
  return sum.size;
}

function* codeHeaps(context: CommandContext, loader: LoaderHeaps, inRange: (heap: NativeHeap) => boolean, word: string): Generator<OutputNode, number> {
  yield TABLE.row('JIT Manager:', context.memory.shortHex(loader.jitManager()));
  const rank = (heap: NativeHeap) => (heap.kind === 'LoaderCodeHeap' ? 0 : 1);
  const heaps = loader.codeHeaps().filter(inRange).sort((a, b) => rank(a) - rank(b) || a.start - b.start);
  const sum: Sizes = { size: 0, wasted: 0 };
  for (const heap of heaps) {
    const own: Sizes = { size: 0, wasted: 0 };
    const text = heapText(context, heap, own);
    yield TABLE.row(`${heap.kind}:`, `${text} ${total(own)}`);
    sum.size += own.size;
    sum.wasted += own.wasted;
  }
  yield TABLE.row(`${word} size:`, total(sum));
  yield line(DIVIDER);
  return sum.size;
}

/** `start(reserved:committed)`, adding to the sums; what an inactive block did not commit is wasted. */
function heapText(context: CommandContext, heap: NativeHeap, sum: Sizes): string {
  if (heap.size <= 0) return pointer12(heap.start);
  const size = committed(context, heap);
  sum.size += size;
  if (!heap.active && size < heap.size) sum.wasted += heap.size - size;
  return `${pointer12(heap.start)}(${heap.size.toString(16)}:${size.toString(16)})`;
}

/** Bytes from the start up to the first page that is not in the dump. */
function committed(context: CommandContext, heap: NativeHeap): number {
  let size = 0;
  while (size < heap.size && context.memory.has(heap.start + size, PAGE)) size += PAGE;
  return size;
}
