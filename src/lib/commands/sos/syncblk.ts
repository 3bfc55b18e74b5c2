import { hex } from '../../bytes/index.ts';
import { comWrappers, readSyncBlock, syncBlockIndex } from '../../heap/index.ts';
import type { SyncBlock } from '../../heap/index.ts';
import { line, link, progress } from '../../output/index.ts';
import type { CommandRun, OutputNode, Progress } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { upper } from './pointer-text.ts';

const STEP = 8192;

export const syncblk: CommandDef = {
  name: 'syncblk',
  host: 'sos',
  group: 'threads',
  summary: { en: 'Locks that are held: object, owner and how many wait (MonitorHeld = 1 for the owner + 2 for each waiter).', 'zh-tw': '目前被持有的鎖：物件、擁有者與等待數（MonitorHeld＝擁有者 1＋每個等待者 2）。' },
  options: [
    { name: '-all', help: { en: 'All sync blocks, held or not.', 'zh-tw': '所有同步區塊。' } },
    { name: '-d', help: { en: 'Print links (always on here).', 'zh-tw': '輸出連結（此處一律啟用）。' } },
  ],
  args: [{ name: 'index', kind: 'decimal', optional: true, help: { en: 'One sync block.', 'zh-tw': '單一同步區塊。' } }],
  examples: ['syncblk', 'syncblk -all'],
  *run(context, args): CommandRun {
    const { clr, dump } = context;
    const last = yield* lastSyncBlock(context);
    const only = args.number('index');
    let free = 0;
    const com = { ccw: 0, rcw: 0 };
    const width = 2 * clr.memory.pointerSize;
    yield line(`Index ${'SyncBlock'.padStart(width + 1)} MonitorHeld Recursion Owning Thread Info ${'SyncBlock'.padStart(width + 2)} Owner`);
    for (let index = 1; index <= last; index++) {
      const block = readSyncBlock(clr, index);
      if (!block || block.object === 0) free++;
      const wrappers = block?.object && block.address ? comWrappers(clr, block.address) : undefined;
      if (wrappers?.ccw) com.ccw++;
      if (wrappers?.rcw) com.rcw++;
      if (!block || (only !== undefined && only !== index)) continue;
      if (block.object && (args.has('-all') || only !== undefined || block.held || block.waiters)) yield* row(context, block);
    }
    yield line('-'.repeat(29));
    yield line(`Total           ${last}`);
    if (dump.os === 'windows') for (const [label, count] of [['CCW', com.ccw], ['RCW', com.rcw], ['ComClassFactory', 0]] as const) yield line(`${label.padEnd(16)}${count}`);
    yield line(`Free            ${free}`);
  },
};

/** The table's own length is not published: the highest index an object uses ends it. */
export function* lastSyncBlock({ clr }: CommandContext): Generator<Progress, number> {
  let last = 0;
  const walker = clr.walk();
  for (let more = true; more; ) {
    more = walker.step((address) => {
      const index = syncBlockIndex(clr, address);
      if (index > last) last = index;
    }, STEP);
    yield progress(walker.doneBytes, walker.totalBytes);
  }
  return last;
}

function* row(context: CommandContext, block: SyncBlock): Generator<OutputNode> {
  const { clr, dump } = context;
  const table = clr.objects.find(block.object);
  const held = (block.held ? 1 : 0) + 2 * block.waiters;
  const index = dump.threads.findIndex((t) => t.id === block.ownerOsId);
  const owner = block.held ? `${upper(context, block.owner)} ${hex(block.ownerOsId)} ` : `${upper(context, 0)}     none `;
  const thread = block.held ? link((index >= 0 ? String(index) : 'XXX').padStart(3), `~${index}s`) : '';
  const name = table ? clr.types.name(table.address, 'sos') : '';
  yield line(`${String(block.index).padStart(5)} ${upper(context, block.address)} ${String(held).padStart(12)} ${String(block.recursion).padStart(9)} ${owner}`, thread, '   ', link(context.memory.hex(block.object), `!do ${hex(block.object)}`), ` ${name}`);
  yield { kind: 'fact', subject: 'lock', address: block.object, values: { type: name, held: block.held, waiters: block.waiters, owner: hex(block.ownerOsId), ownerThread: index } };
}
