import { hex } from '../../bytes/index.ts';
import { queuedObjects, READY_SEGMENTS, readFinalizeQueues } from '../../heap/index.ts';
import { line, pointerColumn, progress, Table } from '../../output/index.ts';
import type { CommandRun } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import { ArgumentError } from '../parse.ts';
import { HeapTable } from './heap-table.ts';
import { liveness } from './liveness.ts';

const CLEANUP = ['SyncBlock', 'RCW', 'CCW', 'ComClassFactory'];

export const finalizequeue: CommandDef = {
  name: 'finalizequeue',
  aliases: ['fq'],
  host: 'sos',
  group: 'gc',
  summary: { en: 'Objects registered for finalization, and those ready for it.', 'zh-tw': '已登錄完成項的物件，以及等待執行完成項的物件。' },
  options: [
    { name: '-stat', help: { en: 'Statistics only.', 'zh-tw': '只顯示統計。' } },
    { name: '-short', help: { en: 'Addresses only.', 'zh-tw': '只列位址。' } },
    { name: '-allready', help: { en: 'Only what is ready for finalization, and what the next GC would make ready: nothing holds it any more.', 'zh-tw': '只看等待執行完成項的物件，以及已無人參考、下次 GC 就會排入的物件。' } },
    { name: '-mt', value: 'hex', help: { en: 'Only objects of this MethodTable.', 'zh-tw': '只看這個 MethodTable 的物件。' } },
    { name: '-detail', help: { en: 'Ignored: the details are always shown.', 'zh-tw': '忽略：一律顯示細節。' } },
  ],
  examples: ['finalizequeue', 'finalizequeue -stat', 'finalizequeue -allready'],
  *run(context, args): CommandRun {
    const { clr } = context;
    const queues = readFinalizeQueues(clr.target, clr.gc);
    const short = args.has('-short');
    if (short && args.has('-stat')) throw new ArgumentError('Cannot specify both -short and -stat.');
    const live = args.has('-allready') ? yield* liveness(context, true) : undefined;
    if (!short) {
      const cleanup = new Table(CLEANUP.map((title) => pointerColumn(clr.memory.pointerSize, title)));
      yield cleanup.row(...CLEANUP);
      yield cleanup.row(...CLEANUP.map(() => clr.memory.shortHex(0)));
      yield line('SyncBlocks to be cleaned up: 1');
      yield line('Free-Threaded Interfaces to be released: 0');
      yield line('MTA Interfaces to be released: 0');
      yield line('STA Interfaces to be released: 0');
      yield line('-'.repeat(34));
      yield line();
      for (const queue of queues) {
        yield line(`Heap ${queue.heap}`);
        const range = (s: { start: number; end: number }) => `${(s.end - s.start) / clr.memory.pointerSize} objects (${hex(s.start)}->${hex(s.end)})`;
        // SOS counts segments as runtimes with four generations had them: its "generation n" is segment 3 - n.
        for (const n of [0, 1, 2]) yield line(`generation ${n} has ${range(queue.segments[3 - n])}`);
        const [first, last] = [queue.segments[READY_SEGMENTS[0]], queue.segments[READY_SEGMENTS[READY_SEGMENTS.length - 1]]];
        yield line(`Ready for finalization ${range({ start: first.start, end: last.end })}`);
        yield line('-'.repeat(30));
      }
      yield line(live ? 'Statistics for all finalizable objects that are no longer rooted:' : 'Statistics for all finalizable objects (including all objects ready for finalization):');
    }
    const table = new HeapTable(clr);
    const wanted = args.number('-mt');
    let headed = false;
    for (const queue of queues) {
      for (const [i, segment] of queue.segments.entries()) {
        const ready = (READY_SEGMENTS as readonly number[]).includes(i);
        for (const object of queuedObjects(clr.target, segment)) {
          const type = clr.objects.find(object);
          if (live && !ready && live.has(object)) continue;
          if (!type || (wanted !== undefined && type.address !== wanted)) continue;
          const size = clr.objects.size(object, type);
          if (short) yield line(hex(object, 12));
          else if (!args.has('-stat')) {
            if (!headed) yield table.header();
            headed = true;
            yield* table.row(object, type, size);
          }
          table.count(type, size);
          if (table.objects % 256 === 0) yield progress(table.objects, 0);
        }
      }
    }
    if (short) return;
    if (headed) yield line();
    yield* table.statistics(false);
  },
};
