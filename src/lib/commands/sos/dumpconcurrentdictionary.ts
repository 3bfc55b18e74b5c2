import type { Address } from '../../bytes/index.ts';
import type { Clr } from '../../heap/index.ts';
import { line, progress } from '../../output/index.ts';
import type { CommandRun, Inline } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import { collectionOf } from './collection.ts';
import { fieldText } from './element-text.ts';

const BREATH = 256;
const SHOWN = 100;
const MAX_CHAIN = 1 << 20;

/** Nodes bucket by bucket. Since .NET 8 a bucket is a structure around the node; its first word is the node either way. */
function* nodes(clr: Clr, dictionary: Address): Generator<Address> {
  const tables = clr.managed.ref(dictionary, '_tables');
  const buckets = tables ? clr.managed.ref(tables, '_buckets') : undefined;
  const table = buckets ? clr.objects.find(buckets) : undefined;
  if (!buckets || !table?.isArray || table.componentSize !== 8) return;
  const start = clr.objects.elementsStart(buckets, table);
  const count = clr.objects.length(buckets);
  let chained = 0;
  for (let i = 0; i < count; i++) {
    if (!clr.memory.has(start + 8 * i, 8)) return;
    for (let node = clr.memory.pointer(start + 8 * i); node && clr.objects.find(node); node = clr.managed.ref(node, '_next') ?? 0) {
      yield node;
      // A damaged chain may lead back into itself.
      if (++chained > MAX_CHAIN) return;
    }
  }
}

/** Cut at 100 characters, with three dots, as SOS does. */
function cut(parts: readonly Inline[]): readonly Inline[] {
  const [first] = parts;
  return typeof first === 'string' && first.length > SHOWN ? [`${first.slice(0, SHOWN - 3)}...`] : parts;
}

export const dumpconcurrentdictionary: CommandDef = {
  name: 'dumpconcurrentdictionary',
  aliases: ['dcd'],
  host: 'sos',
  group: 'objects',
  summary: { en: 'Keys and values of a ConcurrentDictionary.', 'zh-tw': 'ConcurrentDictionary 的鍵與值。' },
  args: [{ name: 'address', kind: 'text', help: { en: 'Address of the dictionary.', 'zh-tw': '字典的位址。' } }],
  examples: ['dumpheap -type ConcurrentDictionary -short'],
  *run({ clr }, args): CommandRun {
    const { address, type } = collectionOf(clr, args.text('address'), 'ConcurrentDictionary');
    yield line(type);
    // Types nested in a dictionary are called like it.
    if (clr.managed.ref(address, '_tables') === undefined) {
      yield line(`Type '${type}' does not contain a field named '_tables'`);
      yield line();
      return;
    }
    let count = 0;
    for (const node of nodes(clr, address)) {
      const table = clr.objects.find(node);
      const key = table && clr.managed.field(table, '_key');
      const value = table && clr.managed.field(table, '_value');
      if (!key || !value) break;
      yield line('    -----');
      yield line('      Key: ', ...cut(fieldText(clr, node, key)));
      yield line('    Value: ', ...cut(fieldText(clr, node, value)));
      if (++count % BREATH === 0) yield progress(0, 0);
    }
    yield line('---------------------------------------------');
    yield line(`${count} items`);
    yield line();
    yield { kind: 'fact', subject: 'object', address, values: { type, items: count } };
  },
};
