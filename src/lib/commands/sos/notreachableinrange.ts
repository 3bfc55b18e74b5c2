import { hex } from '../../bytes/index.ts';
import { line, message } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import { HeapTable } from './heap-table.ts';
import { liveness } from './liveness.ts';

const MAX_WORDS = 1 << 20;
const SLICE = 4096;

export const notreachableinrange: CommandDef = {
  name: 'notreachableinrange',
  host: 'sos',
  group: 'gc',
  summary: { en: 'Objects that a range of memory points to and nothing keeps alive (finalizequeue uses it).', 'zh-tw': '某段記憶體指向、但已無人參考的物件（供 finalizequeue 使用）。' },
  options: [
    { name: '-short', help: { en: 'Addresses only.', 'zh-tw': '只列位址。' } },
    { name: '-nofinalizer', help: { en: 'The finalizer queue does not count as a root.', 'zh-tw': '不把完成項佇列視為根。' } },
  ],
  args: [
    { name: 'start', kind: 'hex', help: { en: 'Start of the range.', 'zh-tw': '範圍起點。' } },
    { name: 'end', kind: 'hex', help: { en: 'End of the range.', 'zh-tw': '範圍終點。' } },
  ],
  *run(context, args) {
    const { clr, memory } = context;
    const start = Math.floor((args.number('start') ?? 0) / 8) * 8;
    const end = Math.min(args.number('end') ?? 0, start + 8 * MAX_WORDS);
    const live = yield* liveness(context, true);
    const table = new HeapTable(clr);
    let headed = false;
    for (let at = start, done = 0; at < end; at += 8, done++) {
      if (done % SLICE === 0) yield { kind: 'progress', done: at - start, total: end - start };
      const object = memory.pointer(at);
      const type = clr.objects.find(object);
      if (!type) {
        yield message('warning', { en: `Warning: ${hex(object)} is not a valid object`, 'zh-tw': `警告：${hex(object)} 不是有效的物件` });
        continue;
      }
      if (live.has(object)) continue;
      if (args.has('-short')) {
        yield line(hex(object, 12));
        continue;
      }
      if (!headed) yield table.header();
      headed = true;
      const size = clr.objects.size(object, type);
      table.count(type, size);
      yield* table.row(object, type, size);
    }
    if (!headed) return;
    yield line();
    yield* table.statistics(false);
  },
};
