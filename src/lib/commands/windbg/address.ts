import type { Address } from '../../bytes/index.ts';
import type { NativeModule } from '../../container/index.ts';
import { line, link, message } from '../../output/index.ts';
import type { CommandRun, OutputNode } from '../../output/index.ts';
import { fileName } from '../../runtime/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { describeAddressSpace, protectionText, stateText, typeText } from '../sos/address-regions.ts';
import type { DescribedRegion } from '../sos/address-regions.ts';
import { evaluateAddress, moduleLabel, tick } from './expression.ts';

const SLICE = 200;
const COMMIT = 0x1000;
const UNITS = ['B ', 'kB', 'MB', 'GB', 'TB'];

export const address: CommandDef = {
  name: 'address',
  host: 'sos',
  group: 'memory',
  summary: { en: 'The address space: what one address belongs to, a summary by use, or every region.', 'zh-tw': '位址空間：某個位址屬於什麼、依用途的摘要，或每個區域。' },
  details: {
    en: 'Uses of the runtime (GCHeap, loader heaps, code) are named here, where WinDbg says <unknown>. Free space is not in a dump and is left out of the sums.',
    'zh-tw': 'WinDbg 顯示 <unknown> 的區域，這裡會指出是執行階段的哪一部分（GCHeap、載入器堆積、程式碼）。傾印沒有記錄未配置的空間，因此不列入統計。',
  },
  options: [{ name: '-summary', help: { en: 'Only sums by use, type, state and protection.', 'zh-tw': '只顯示依用途、類型、狀態與保護的統計。' } }],
  args: [{ name: 'address', kind: 'rest', optional: true, help: { en: 'An address or expression.', 'zh-tw': '位址或運算式。' } }],
  examples: ['!address -summary', '!address @rsp'],
  *run(context, args): CommandRun {
    const regions = describeAddressSpace(context, true);
    if (regions.length === 0) {
      yield message('warning', { en: 'This dump does not list the memory regions of its process.', 'zh-tw': '這個傾印沒有記錄處理序的記憶體區域。' });
      return;
    }
    const expression = args.raw.replace(/(^|\s)-summary\b/i, '').trim();
    if (expression) yield* one(context, regions, evaluateAddress(context, expression));
    else if (args.has('-summary')) yield* summary(regions);
    else yield* all(context, regions);
  },
};

const length = (r: DescribedRegion) => r.end - r.start;

function moduleAt(context: CommandContext, at: Address): NativeModule | undefined {
  return context.dump.modules.find((m) => at >= m.base && at < m.base + m.size);
}

/** `( 788.000 kB)`: a size for people, as the debugger prints it behind the exact one. */
function human(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `(${value.toFixed(3).padStart(8)} ${UNITS[unit]})`;
}

/** Hexadecimal with a backquote where there are more than eight digits. */
function size(bytes: number): string {
  const digits = bytes.toString(16);
  return digits.length > 8 ? `${digits.slice(0, -8)}\`${digits.slice(-8)}` : digits;
}

function* one(context: CommandContext, regions: readonly DescribedRegion[], at: Address): Generator<OutputNode> {
  const { dump, memory } = context;
  const width = dump.pointerSize;
  const region = regions.find((r) => at >= r.start && at < r.end);
  yield line();
  if (!region) {
    const next = regions.reduce((low, r) => (r.start > at && r.start < low ? r.start : low), Infinity);
    const previous = regions.reduce((high, r) => (r.end <= at && r.end > high ? r.end : high), 0);
    yield line('Usage:                  Free');
    yield line(`Base Address:           ${tick(previous, width)}`);
    if (Number.isFinite(next)) {
      yield line(`End Address:            ${tick(next, width)}`);
      yield line(`Region Size:            ${tick(next - previous, width)} ${human(next - previous)}`);
    }
    yield line('State:                  00010000          MEM_FREE');
    return;
  }
  const module = region.image ? moduleAt(context, at) : undefined;
  const field = (value: number, text: string) => `${value.toString(16).padStart(8, '0')}          ${text}`;
  yield line(`Usage:                  ${region.name}`);
  yield line(`Base Address:           ${tick(region.start, width)}`);
  yield line(`End Address:            ${tick(region.end, width)}`);
  yield line(`Region Size:            ${tick(length(region), width)} ${human(length(region))}`);
  yield line(`State:                  ${field(region.state, stateText(region.state))}`);
  yield line(`Protect:                ${field(region.protection, protectionText(region.protection))}`);
  yield line(`Type:                   ${field(region.type, typeText(region.type))}`);
  if (region.image) yield line(`Image Path:             ${region.image}`);
  if (module) {
    const name = moduleLabel(module.path);
    yield line(`Module Name:            ${name}`);
    yield line('More info:              ', link(`lmv m ${name}`, `lmv m ${name}`));
  }
  yield* hint(context, region, at);
  yield line();
  const captured = memory.has(at);
  yield line(captured ? 'Content source: 1 (target)' : 'Content source: 0 (invalid): these bytes are not in the dump');
  yield { kind: 'fact', subject: 'heap', address: region.start, values: { name: region.name, bytes: length(region), file: fileName(region.image) } };
}

/** Where to go on for memory of the runtime. */
function* hint(context: CommandContext, region: DescribedRegion, at: Address): Generator<OutputNode> {
  const text = at.toString(16);
  if (region.name === 'GCHeap') yield line('More info:              ', link(`!listnearobj ${text}`, `!listnearobj ${text}`));
  else if (region.name === 'Stack') yield line('More info:              ', link('~*', '~*'));
  else if (/Code|Jit/i.test(region.name) || (region.image && context.dump.modules.length > 0)) yield line('More info:              ', link(`!ip2md ${text}`, `!ip2md ${text}`));
}

function* all(context: CommandContext, regions: readonly DescribedRegion[]): CommandRun {
  const width = context.dump.pointerSize;
  const digits = width * 2 + (width === 8 ? 1 : 0);
  yield line(`  ${'BaseAddress'.padStart(digits)} ${'EndAddress+1'.padStart(digits)} ${'RegionSize'.padStart(digits)} Type         State        Protect                          Usage`);
  yield line('-'.repeat(3 * digits + 66));
  for (const [i, r] of regions.entries()) {
    if (i % SLICE === 0) yield { kind: 'progress', done: i, total: regions.length };
    const start = link(tick(r.start, width), `!address ${r.start.toString(16)}`);
    const use = r.image ? `${r.name.padEnd(10)} [${fileName(r.image)}]` : r.name;
    yield line('  ', start, ` ${tick(r.end, width)} ${tick(length(r), width)} ${typeText(r.type).padEnd(12)} ${stateText(r.state).padEnd(12)} ${(r.state === COMMIT ? protectionText(r.protection) : '').padEnd(32)} ${use}`);
  }
}

interface Sum { count: number; bytes: number; largest: DescribedRegion }

function sums(regions: readonly DescribedRegion[], key: (r: DescribedRegion) => string): [string, Sum][] {
  const found = new Map<string, Sum>();
  for (const r of regions) {
    const name = key(r);
    const sum = found.get(name);
    if (!sum) found.set(name, { count: 1, bytes: length(r), largest: r });
    else {
      sum.count++;
      sum.bytes += length(r);
      if (length(r) > length(sum.largest)) sum.largest = r;
    }
  }
  return [...found].sort(([, a], [, b]) => b.bytes - a.bytes);
}

function* summary(regions: readonly DescribedRegion[]): CommandRun {
  const busy = regions.reduce((sum, r) => sum + length(r), 0);
  const committed = regions.filter((r) => r.state === COMMIT);
  const parts: readonly (readonly [title: string, list: readonly DescribedRegion[], key: (r: DescribedRegion) => string])[] = [
    ['Usage Summary', regions, (r) => r.name],
    ['Type Summary (for busy)', regions, (r) => typeText(r.type) || '<unknown>'],
    ['State Summary', regions, (r) => stateText(r.state)],
    ['Protect Summary (for commit)', committed, (r) => protectionText(r.protection) || '<unknown>'],
  ];
  for (const [title, list, key] of parts) {
    yield line();
    yield line(`${`--- ${title} `.padEnd(34, '-')} RgnCount ----------- Total Size -------- %ofBusy`);
    for (const [name, { count, bytes }] of sums(list, key)) {
      yield line(`${name.padEnd(34)}${String(count).padStart(9)}${size(bytes).padStart(18)} ${human(bytes)} ${`${((100 * bytes) / busy).toFixed(2)}%`.padStart(7)}`);
      if (title === 'Usage Summary') yield { kind: 'fact', subject: 'heap', values: { name, count, bytes } };
    }
    yield { kind: 'progress', done: 0, total: 0 };
  }
  yield line();
  yield line('--- Largest Region by Usage ----------- Base Address -------- Region Size ----------');
  for (const [name, { largest }] of sums(regions, (r) => r.name)) {
    const base = size(largest.start);
    yield line(name.padEnd(34), ' '.repeat(Math.max(1, 20 - base.length)), link(base, `!address ${largest.start.toString(16)}`), `${size(length(largest)).padStart(18)} ${human(length(largest))}`);
  }
}
