import { left, line, message, pointer12, right, Table, thousands } from '../../output/index.ts';
import type { CommandRun } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import { describeAddressSpace, imageName, protectionText, stateText, typeText } from './address-regions.ts';
import type { DescribedRegion } from './address-regions.ts';
import { Bordered } from './bordered.ts';

const SLICE = 200;

export const maddress: CommandDef = {
  name: 'maddress',
  host: 'sos',
  byShape: true,
  group: 'memory',
  summary: { en: 'The address space of the process by use: GC heap, loader heaps, code, stacks, images.', 'zh-tw': '處理序的位址空間用途：GC 堆積、載入器堆積、程式碼、堆疊與映像。' },
  details: {
    en: 'When the process is large but the GC heap is not, the memory is native: look for PAGE_READWRITE in the summary.',
    'zh-tw': '處理序很大而 GC 堆積不大時，記憶體屬於原生端：請看統計中的 PAGE_READWRITE。',
  },
  options: [
    { name: '-summary', aliases: ['-stat'], help: { en: 'Only the table by use.', 'zh-tw': '只顯示依用途的統計表。' } },
    { name: '-images', help: { en: 'Also a table by image.', 'zh-tw': '一併顯示依映像的統計表。' } },
    { name: '-reserve', help: { en: 'Also reserved memory.', 'zh-tw': '一併列出保留的記憶體。' } },
    { name: '-orderbysize', help: { en: 'Largest region first.', 'zh-tw': '由大到小排列。' } },
    { name: '-list', value: 'text', help: { en: 'Only regions of these uses, separated by commas.', 'zh-tw': '只列出這些用途的區域，以逗號分隔。' } },
  ],
  examples: ['maddress -summary', 'maddress -list GCHeap,HighFrequencyHeap'],
  *run(context, args) {
    const regions = describeAddressSpace(context, args.has('-reserve'));
    if (regions.length === 0) {
      yield message('warning', { en: 'This dump does not list the memory regions of its process.', 'zh-tw': '這個傾印沒有記錄處理序的記憶體區域。' });
      return;
    }
    const wanted = args.text('-list');
    if (!args.has('-summary') && wanted === undefined) yield* all(regions, args.has('-orderbysize'));
    if (args.has('-images')) {
      yield* totals(regions.filter((r) => r.image), (r) => imageName(r.image), 'Image');
      yield line();
    }
    if (wanted !== undefined) for (const name of wanted.split(/[, ]+/).filter(Boolean)) yield* list(regions, name);
    if (wanted === undefined || args.has('-summary')) yield* totals(regions, (r) => r.name, 'Memory Type', true);
  },
};

/** Sizes as SOS writes them for people. */
function human(bytes: number): string {
  const kb = bytes / 1024;
  if (kb < 1024) return `${kb.toFixed(2)}kb`;
  return kb < 1024 * 1024 ? `${(kb / 1024).toFixed(2)}mb` : `${(kb / 1024 / 1024).toFixed(2)}gb`;
}

const length = (r: DescribedRegion) => r.end - r.start;

function* all(regions: readonly DescribedRegion[], bySize: boolean): CommandRun {
  const width = (title: string, text: (r: DescribedRegion) => string) => left(regions.reduce((w, r) => Math.max(w, text(r).length), title.length));
  const table = new Bordered([
    width('Memory Kind', (r) => r.name), right(16), right(16), right(12), left('MEM_PRIVATE'.length), left('MEM_RESERVE'.length),
    width('Protect', (r) => protectionText(r.protection)), width('Image', (r) => imageName(r.image)),
  ]);
  yield table.border();
  yield table.row('Memory Kind', 'StartAddr', 'EndAddr-1', 'Size', 'Type', 'State', 'Protect', 'Image');
  yield table.border();
  const ordered = bySize ? [...regions].sort((a, b) => length(b) - length(a) || a.start - b.start) : regions;
  for (const [index, r] of ordered.entries()) {
    if (index % SLICE === 0) yield { kind: 'progress', done: index, total: ordered.length };
    yield table.row(r.name, pointer12(r.start), pointer12(r.end), human(length(r)), typeText(r.type), stateText(r.state), protectionText(r.protection), imageName(r.image));
  }
  yield table.border();
}

function* totals(regions: readonly DescribedRegion[], key: (r: DescribedRegion) => string, title: string, facts = false): CommandRun {
  const sums = new Map<string, { count: number; bytes: number }>();
  for (const r of regions) {
    const name = key(r);
    const sum = sums.get(name);
    if (sum) {
      sum.count++;
      sum.bytes += length(r);
    } else sums.set(name, { count: 1, bytes: length(r) });
  }
  const table = new Bordered([left([...sums.keys()].reduce((w, name) => Math.max(w, name.length), title.length)), right(14), right(12), right(14)]);
  yield table.border();
  yield table.row(title, 'Count', 'Size', 'Size (bytes)');
  yield table.border();
  for (const [name, { count, bytes }] of [...sums].sort(([, a], [, b]) => b.bytes - a.bytes)) {
    yield table.row(name, thousands(count), human(bytes), thousands(bytes));
    if (facts) yield { kind: 'fact', subject: 'heap', values: { name, count, bytes } };
  }
  const count = regions.length;
  const bytes = regions.reduce((sum, r) => sum + length(r), 0);
  yield table.border();
  yield table.row('[TOTAL]', thousands(count), human(bytes), thousands(bytes));
  yield table.border();
}

function* list(regions: readonly DescribedRegion[], name: string): CommandRun {
  const members = regions.filter((r) => r.name.toLowerCase() === name.toLowerCase()).sort((a, b) => length(b) - length(a));
  if (members.length === 0) {
    yield line(`No memory regions match '${name}'.`);
    return;
  }
  const table = new Table([right(16), right(14), right(12), left('MEM_RESERVE'.length), left('MEM_PRIVATE'.length), left(0)]);
  yield line(`${name} Memory Regions:`);
  yield table.row('Base Address', 'Size (bytes)', 'Size', 'Mem State', 'Mem Type', 'Mem Protect');
  for (const r of members) yield table.row(pointer12(r.start), thousands(length(r)), human(length(r)), stateText(r.state), typeText(r.type), protectionText(r.protection));
  const bytes = members.reduce((sum, r) => sum + length(r), 0);
  yield line(`${thousands(bytes)} bytes (${human(bytes)}) in ${thousands(members.length)} memory regions`);
  yield line();
}
