import { hex } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import type { HandleKind } from '../../heap/index.ts';
import { line, message } from '../../output/index.ts';
import type { CommandRun, OutputNode } from '../../output/index.ts';
import { StressLog } from '../../runtime/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';

const STRONG: ReadonlySet<HandleKind> = new Set<HandleKind>(['Strong', 'Pinned', 'AsyncPinned', 'SizedRef', 'RefCount']);
const PIECE = 1 << 16;
const RULE = '-'.repeat(79);
const SHORT_RULE = '-'.repeat(78);

export const gchandleleaks: CommandDef = {
  name: 'gchandleleaks',
  host: 'sos',
  group: 'gc',
  summary: { en: 'Strong and pinned handles whose address is nowhere in memory: perhaps leaked.', 'zh-tw': '在記憶體中找不到其位址的強式與釘選控制代碼，可能已流失。' },
  details: {
    en: 'All memory of the dump is searched for the addresses of handles. A dump without all private memory (a heap dump, a trimmed sample) leaves handles unfound that are not leaked.',
    'zh-tw': '會在傾印的全部記憶體中搜尋控制代碼的位址。缺少部分私有記憶體的傾印（堆積傾印、裁剪過的範例）會有未流失卻找不到的控制代碼。',
  },
  examples: ['gchandleleaks'],
  *run(context): CommandRun {
    yield line(RULE);
    yield line('GCHandleLeaks will report any GCHandles that couldn\'t be found in memory.      ');
    yield line('Strong and Pinned GCHandles are reported at this time. You can safely abort the');
    yield line('memory scan with Control-C or Control-Break.                                   ');
    yield line(RULE);
    const handles = [...new Set(context.clr.handles.filter((h) => STRONG.has(h.kind)).map((h) => h.address))];
    yield line(`Found ${handles.length} handles:`);
    yield* inFours(handles);
    yield line('Searching memory');
    const ignored = stressLogRanges(context);
    yield line(ignored.length > 0 ? 'Reference found in stress log will be ignored' : 'Failed to read whole or part of stress log, some references may come from stress log');
    const found = new Set<Address>();
    yield* search(context, new Set(handles), ignored, found);
    yield* report(handles.filter((h) => !found.has(h)));
    if (context.dump.comment?.includes('Trimmed')) yield message('dim', { en: 'This dump was trimmed: memory that nobody reads is missing, so more handles are not found than in the whole dump.', 'zh-tw': '這份傾印經過裁剪，缺少沒人讀取的記憶體，因此找不到的控制代碼會比完整傾印多。' });
  },
};

/** Four addresses a line, each followed by a tab. */
function* inFours(list: readonly Address[]): Generator<OutputNode> {
  for (let i = 0; i < list.length; i += 4) yield line(`${list.slice(i, i + 4).map((a) => hex(a)).join('\t')}\t`);
  if (list.length % 4 === 0) yield line();
}

interface Span { readonly start: Address; readonly end: Address }

function stressLogRanges({ clr }: CommandContext): readonly Span[] {
  if (clr.target.layouts.tryGlobal('StressLog') === undefined) return [];
  return StressLog.open(clr.target)?.ranges() ?? [];
}

function* search(context: CommandContext, wanted: ReadonlySet<Address>, ignored: readonly Span[], found: Set<Address>): CommandRun {
  const { dump, memory } = context;
  const p = memory.pointerSize;
  const total = dump.ranges.reduce((sum, r) => sum + r.size, 0);
  let done = 0;
  for (const range of dump.ranges) {
    for (let offset = 0; offset < range.size && found.size < wanted.size; offset += PIECE) {
      const bytes = dump.source.read(range.offset + offset, Math.min(PIECE, range.size - offset));
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      for (let i = 0; i + p <= bytes.byteLength; i += p) {
        const low = view.getUint32(i, true);
        const word = p === 8 ? low + view.getUint32(i + 4, true) * 4294967296 : low;
        const value = word - (word % 2);
        if (!wanted.has(value)) continue;
        const at = range.address + offset + i;
        if (ignored.some((s) => at >= s.start && at < s.end)) yield line(`Found ${hex(value)} in stress log at location ${hex(at)}, reference not counted`);
        else {
          found.add(value);
          yield line(`Found ${hex(value)} at location ${hex(at)}`);
          if (found.size === wanted.size) break;
        }
      }
      done += bytes.byteLength;
      yield { kind: 'progress', done, total };
    }
  }
}

function* report(missing: readonly Address[]): Generator<OutputNode> {
  yield line(SHORT_RULE);
  if (missing.length > 0) {
    yield line('Some handles were not found. If the number of not-found handles grows over the');
    yield line('lifetime of your application, you may have a GCHandle leak. This will cause   ');
    yield line('the GC Heap to grow larger as objects are being kept alive, referenced only   ');
    yield line('by the orphaned handle. If the number doesn\'t grow over time, note that there ');
    yield line('may be some noise in this output, as an unmanaged application may be storing  ');
    yield line('the handle in a non-standard way, perhaps with some bits flipped. The memory  ');
    yield line('scan wouldn\'t be able to find those.                                          ');
    yield line(SHORT_RULE);
    yield line(`Didn't find ${missing.length} handles:`);
    yield* inFours(missing);
    yield { kind: 'fact', subject: 'root', values: { name: 'handles not found', count: missing.length } };
    return;
  }
  yield line('All handles found.');
  yield line('A leak may still exist because in a general scan of process memory SOS can\'t  ');
  yield line('differentiate between garbage and valid structures, so you may have false     ');
  yield line('positives. If you still suspect a leak, use this function over time to        ');
  yield line('identify a possible trend.                                                    ');
  yield line(SHORT_RULE);
}
