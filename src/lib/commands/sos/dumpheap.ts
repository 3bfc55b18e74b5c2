import type { Address } from '../../bytes/index.ts';
import { hex } from '../../bytes/index.ts';
import { line, message, progress } from '../../output/index.ts';
import type { OutputNode } from '../../output/index.ts';
import type { MethodTable } from '../../runtime/index.ts';
import type { CommandDef, ParsedArgs } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { ArgumentError } from '../parse.ts';
import { heapFilter } from './heap-filter.ts';
import { HeapTable } from './heap-table.ts';
import { liveness } from './liveness.ts';
import { thinLock, thinLockHeader, thinLockRow } from './thin-lock.ts';

/** Objects between two looks at the clock. */
const STEP = 4096;

export const dumpheap: CommandDef = {
  name: 'dumpheap',
  host: 'sos',
  byShape: true,
  group: 'heap',
  summary: { en: 'Lists the objects of the managed heap, or counts them by type.', 'zh-tw': '列出受控堆積上的物件，或依型別統計。' },
  options: [
    { name: '-stat', help: { en: 'Statistics by type only.', 'zh-tw': '只顯示依型別的統計。' } },
    { name: '-type', value: 'text', help: { en: 'Only types whose name contains this text (case matters).', 'zh-tw': '只看名稱包含此文字的型別（區分大小寫）。' } },
    { name: '-mt', value: 'text', help: { en: 'Only objects of this MethodTable.', 'zh-tw': '只看這個 MethodTable 的物件。' } },
    { name: '-short', help: { en: 'Addresses only, one a line: food for .foreach.', 'zh-tw': '只列位址，一行一個，供 .foreach 使用。' } },
    { name: '-min', value: 'decimal', help: { en: 'Only objects of at least this many bytes (decimal; 0x for hexadecimal).', 'zh-tw': '只看至少這麼多位元組的物件（十進位；十六進位請加 0x）。' } },
    { name: '-max', value: 'decimal', help: { en: 'Only objects of at most this many bytes.', 'zh-tw': '只看至多這麼多位元組的物件。' } },
    { name: '-strings', help: { en: 'Strings, with statistics by text.', 'zh-tw': '只看字串，並依內容統計。' } },
    { name: '-gen', value: 'text', help: { en: 'One generation: gen0, gen1, gen2, loh, poh or foh.', 'zh-tw': '只看一個層代：gen0、gen1、gen2、loh、poh 或 foh。' } },
    { name: '-live', help: { en: 'Only objects that a root keeps alive.', 'zh-tw': '只看仍被根參考的物件。' } },
    { name: '-dead', help: { en: 'Only objects that nothing keeps alive: the next GC may take them.', 'zh-tw': '只看已無人參考、下次 GC 可回收的物件。' } },
    { name: '-bycount', help: { en: 'Statistics sorted by count instead of bytes.', 'zh-tw': '統計依數量排序，而非位元組數。' } },
    { name: '-heap', value: 'decimal', help: { en: 'One GC heap of a server GC.', 'zh-tw': '伺服器 GC 的其中一個堆積。' } },
    { name: '-segment', value: 'text', help: { en: 'One segment or region.', 'zh-tw': '單一區段或區域。' } },
    { name: '-thinlock', help: { en: 'Objects with a thin lock, and its owner.', 'zh-tw': '列出帶有精簡鎖的物件與擁有者。' } },
    { name: '-ignoregcstate', help: { en: 'Also when the dump was taken in the middle of a GC.', 'zh-tw': '即使傾印時正在 GC 也照樣走訪。' } },
    { name: '-noprogress', help: { en: 'No progress text for -live and -dead.', 'zh-tw': '-live 與 -dead 不顯示進度文字。' } },
    { name: '-d', help: { en: 'Print links (always on here).', 'zh-tw': '輸出連結（此處一律啟用）。' } },
  ],
  args: [{ name: 'range', kind: 'text', optional: true, many: true, help: { en: 'Only this range: start [end], or start Llength.', 'zh-tw': '只看這段範圍：start [end] 或 start Llength。' } }],
  examples: ['dumpheap -stat', 'dumpheap -type Exception -stat', 'dumpheap -mt 681fcb58', 'dumpheap -strings -stat'],
  run,
};

function* run(context: CommandContext, args: ParsedArgs): ReturnType<CommandDef['run']> {
  const { clr } = context;
  if (clr.inGc && !args.has('-ignoregcstate')) {
    yield line('The GC heap is not in a valid state for traversal.  (Use -ignoreGCState to override.)');
    return;
  }
  const { segments, wants } = heapFilter(clr, args, 'dumpheap');
  const wantsTable = tableFilter(context, args);
  const min = args.number('-min') ?? 0;
  const max = args.number('-max') || Infinity;
  const strings = args.has('-strings');
  const short = args.has('-short') && !strings;
  const thin = args.has('-thinlock');
  const rows = !args.has('-stat') && !short && !thin;
  const wantLive = args.has('-live') !== args.has('-dead') ? args.has('-live') : undefined;
  const live = wantLive === undefined ? undefined : yield* liveness(context, !short);

  const table = new HeapTable(clr);
  const output: OutputNode[] = [];
  const walker = clr.walk(segments);
  let headed = false;
  for (let more = true; more; ) {
    more = walker.step((address, type, size, segment) => {
      if (size < min || size > max || !wantsTable(type) || !wants(address, segment)) return;
      if (live && live.has(address) !== wantLive) return;
      if (short) {
        output.push(line(hex(address, 12)));
        table.objects++;
        return;
      }
      if (thin) {
        const lock = thinLock(clr, address);
        if (lock) output.push(...(table.objects++ ? [] : [thinLockHeader()]), thinLockRow(address, lock));
        return;
      }
      if (rows) {
        if (!headed) output.push(table.header());
        headed = true;
        output.push(...table.row(address, type, size));
        table.fragment(address, type, size, segment.kind === 'loh');
      }
      if (strings) table.countString(address, size);
      else table.count(type, size);
    }, STEP);
    yield* output.splice(0);
    yield progress(walker.doneBytes, walker.totalBytes);
  }
  if (table.objects === 0 && !thin && context.session.host.debugger === 'windbg') yield message('dim', { en: 'No objects match.', 'zh-tw': '沒有符合條件的物件。' });
  if (rows && table.objects) yield line();
  yield* strings ? table.stringStatistics() : table.statistics(args.has('-bycount'));
  yield* table.fragmentation();
  yield* walkWarnings(walker.errors);
}

function* walkWarnings(errors: readonly { address: Address; message: string; skipped: number }[]): Generator<OutputNode> {
  if (errors.length === 0) return;
  const skipped = errors.reduce((sum, e) => sum + e.skipped, 0);
  const first = errors[0];
  yield message('warning', {
    en: `WARNING: ${errors.length} places of the heap could not be read (${skipped} bytes skipped); the first at ${hex(first.address)}: ${first.message}`,
    'zh-tw': `警告：堆積有 ${errors.length} 處無法讀取（略過 ${skipped} 位元組）；第一處在 ${hex(first.address)}：${first.message}`,
  });
}

/** Decides by type, once a type. */
function tableFilter(context: CommandContext, args: ParsedArgs): (table: MethodTable) => boolean {
  const { clr } = context;
  const wanted = args.text('-mt');
  const part = args.text('-type');
  let address: Address | undefined;
  if (wanted !== undefined) {
    address = parseInt(wanted.replace(/`|^0x/gi, ''), 16);
    if (!/^(0x)?[0-9a-f`]+$/i.test(wanted)) throw new ArgumentError(`Invalid MethodTable: ${wanted}`);
  }
  if (args.has('-strings')) address = clr.types.stringMethodTable;
  if (address === undefined && part === undefined) return () => true;
  const known = new Map<Address, boolean>();
  return (table) => {
    let wants = known.get(table.address);
    if (wants === undefined) {
      wants = (address === undefined || table.address === address) && (part === undefined || clr.types.name(table.address, 'managed').includes(part));
      known.set(table.address, wants);
    }
    return wants;
  };
}
