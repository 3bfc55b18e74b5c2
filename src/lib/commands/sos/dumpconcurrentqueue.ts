import { hex } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import type { Clr } from '../../heap/index.ts';
import { line, link, progress } from '../../output/index.ts';
import type { CommandRun, Inline } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import { isReference, referenceText, simpleText } from './element-text.ts';
import { collectionOf } from './collection.ts';

const BREATH = 256;
const MAX_SEGMENTS = 1 << 16;

/** Texts of the items: slots of each segment from the head, in memory order. */
function* items(clr: Clr, queue: Address): Generator<Inline[]> {
  const { managed } = clr;
  const seen = new Set<Address>();
  for (let segment = managed.ref(queue, '_head'); segment && !seen.has(segment) && seen.size < MAX_SEGMENTS; segment = managed.ref(segment, '_nextSegment')) {
    seen.add(segment);
    const slots = managed.ref(segment, '_slots');
    const table = slots ? clr.objects.find(slots) : undefined;
    if (!slots || !table?.isArray) continue;
    const slot = clr.types.find(table.perInstInfo);
    const item = slot && managed.field(slot, 'Item');
    const start = clr.objects.elementsStart(slots, table) + (item?.offset ?? 0);
    const count = clr.objects.length(slots);
    for (let i = 0; i < count; i++) {
      const at = start + i * table.componentSize;
      if (!item || !clr.memory.has(at, 8)) break;
      if (isReference(item.element)) {
        const target = clr.memory.pointer(at);
        if (target) yield referenceText(clr, target);
        continue;
      }
      const text = simpleText(clr, item.element, at);
      yield text === undefined ? [link(`dumparray ${hex(slots, 16)}`, `!dumparray ${hex(slots)}`)] : [text];
      if (text === undefined) break;
    }
  }
}

export const dumpconcurrentqueue: CommandDef = {
  name: 'dumpconcurrentqueue',
  aliases: ['dcq'],
  host: 'sos',
  group: 'objects',
  summary: { en: 'Items of a ConcurrentQueue.', 'zh-tw': 'ConcurrentQueue 的項目。' },
  args: [{ name: 'address', kind: 'text', help: { en: 'Address of the queue.', 'zh-tw': '佇列的位址。' } }],
  examples: ['dumpconcurrentqueue 5459698'],
  *run({ clr }, args): CommandRun {
    const { address, type } = collectionOf(clr, args.text('address'), 'ConcurrentQueue');
    yield line(type);
    let count = 0;
    for (const text of items(clr, address)) {
      yield line(`${String(++count).padStart(4)} - `, ...text);
      if (count % BREATH === 0) yield progress(0, 0);
    }
    yield line('---------------------------------------------');
    yield line(`${count} items`);
    yield line();
    yield { kind: 'fact', subject: 'object', address, values: { type, items: count } };
  },
};
