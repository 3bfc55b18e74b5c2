import { readHandleData } from '../../container/index.ts';
import type { HandleData } from '../../container/index.ts';
import { line, link, message } from '../../output/index.ts';
import type { CommandRun, OutputNode } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import { evaluate, tick } from './expression.ts';

const SLICE = 200;
const BASIC = 1;
const NAMES = 4;

/** `!handle [handle [flags [type]]]`: handles of the process, where the dump has a handle stream (.dump /mh, procdump -ma, /ma). */
export const handle: CommandDef = {
  name: '!handle',
  host: 'windbg',
  group: 'session',
  summary: { en: 'Handles of the process: files, events, threads, sockets, by type.', 'zh-tw': '處理序的控制代碼：檔案、事件、執行緒、通訊端等，依類型統計。' },
  details: {
    en: 'Only minidumps that were written with handle data have them (procdump -ma, .dump /mah, Task Manager). Flags: 1 type and counts, 4 names, f all; a type name as the third argument shows only that type.',
    'zh-tw': '只有寫入時包含控制代碼資料的小型傾印才有（procdump -ma、.dump /mah、工作管理員）。旗標：1 類型與計數、4 名稱、f 全部；第三個參數可指定類型。',
  },
  args: [{ name: 'handle', kind: 'rest', optional: true, help: { en: '[handle [flags [type]]]; 0 for all handles.', 'zh-tw': '[控制代碼 [旗標 [類型]]]；0 表示全部。' } }],
  examples: ['!handle', '!handle 0 f Event'],
  *run(context, args): CommandRun {
    const handles = readHandleData(context.dump);
    if (!handles) {
      yield line('Unable to read handle information');
      yield message('dim', context.dump.format === 'minidump'
        ? { en: 'This dump was written without handle data. procdump -ma and .dump /mah write it.', 'zh-tw': '這份傾印寫入時未包含控制代碼資料；procdump -ma 與 .dump /mah 會寫入。' }
        : { en: 'A Linux core file has no table of open files; /proc/PID/fd of the live process does.', 'zh-tw': 'Linux core 檔沒有已開啟檔案的清單；存活處理序請看 /proc/PID/fd。' });
      return;
    }
    const [first, second, ...rest] = args.raw.split(/\s+/).filter(Boolean);
    const wanted = first === undefined ? 0 : Number(evaluate(context, first));
    const flags = second === undefined ? (wanted ? BASIC : 0) : Number(evaluate(context, second));
    const type = rest.join(' ').toLowerCase();
    const shown = handles.filter((h) => (wanted === 0 || h.handle === wanted) && (type === '' || h.type.toLowerCase() === type));
    for (const [i, h] of shown.entries()) {
      if (i % SLICE === 0) yield { kind: 'progress', done: i, total: shown.length };
      yield* one(h, flags, context.dump.pointerSize);
    }
    if (wanted === 0) yield* totals(shown);
    else if (shown.length === 0) yield line(`Handle ${tick(wanted, context.dump.pointerSize)} is not in the table`);
  },
};

function* one(h: HandleData, flags: number, pointerSize: 4 | 8): Generator<OutputNode> {
  yield line('Handle ', link(tick(h.handle, pointerSize), `!handle ${h.handle.toString(16)} f`));
  if (flags & BASIC) {
    yield line(`  Type         \t${h.type}`);
    yield line(`  Attributes   \t${h.attributes.toString(16)}`);
    yield line(`  GrantedAccess\t0x${h.access.toString(16)}`);
    yield line(`  HandleCount  \t${h.handleCount}`);
    yield line(`  PointerCount \t${h.pointerCount}`);
  } else yield line(`  Type         \t${h.type}`);
  if (flags & NAMES) yield line(`  Name         \t${h.name || '<none>'}`);
}

function* totals(handles: readonly HandleData[]): Generator<OutputNode> {
  const counts = new Map<string, number>();
  for (const { type } of handles) counts.set(type || 'None', (counts.get(type || 'None') ?? 0) + 1);
  yield line(`${handles.length} Handles`);
  yield line('Type           \tCount');
  for (const [type, count] of [...counts].sort(([, a], [, b]) => b - a)) {
    yield line(`${type.padEnd(15)}\t${count}`);
    yield { kind: 'fact', subject: 'setting', values: { name: 'handles', type, count } };
  }
}
