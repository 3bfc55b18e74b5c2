import { hex } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import { generationOf } from '../../heap/index.ts';
import { line, link, progress } from '../../output/index.ts';
import type { CommandRun } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import { ArgumentError, parseNumber } from '../parse.ts';

const STEP = 8192;
const MAX_FACTS = 2000;
const GENERATIONS: Readonly<Record<string, string>> = { gen0: 'gen0', gen1: 'gen1', gen2: 'gen2', loh: 'loh', poh: 'poh', foh: 'frozen' };

export const dumpgen: CommandDef = {
  name: 'dumpgen',
  aliases: ['dg'],
  host: 'sos',
  group: 'heap',
  summary: { en: 'The types of one generation, or the objects of one type in it.', 'zh-tw': '單一層代中的型別統計，或其中某型別的物件。' },
  options: [
    { name: '-type', value: 'text', help: { en: 'Only types whose name contains this text.', 'zh-tw': '只看名稱包含此文字的型別。' } },
    { name: '-mt', value: 'hex', help: { en: 'The objects of this MethodTable.', 'zh-tw': '列出此 MethodTable 的物件。' } },
  ],
  args: [{ name: 'generation', kind: 'text', help: { en: 'gen0, gen1, gen2, loh, poh or foh.', 'zh-tw': 'gen0、gen1、gen2、loh、poh 或 foh。' } }],
  examples: ['dumpgen gen0', 'dumpgen loh'],
  *run(context, args): CommandRun {
    const { clr } = context;
    const text = args.text('generation') ?? '';
    const generation = GENERATIONS[text.toLowerCase()];
    if (!generation) throw new ArgumentError(`${text} is not a supported generation (gen0, gen1, gen2, loh, poh, foh)`);
    const part = args.text('-type');
    const wanted = parseNumber(args.text('-mt') ?? '');
    const totals = new Map<Address, { count: number; bytes: number }>();
    const found: { address: Address; table: Address; size: number }[] = [];
    const walker = clr.walk(clr.segmentsByAddress().filter((s) => s.kind === generation || s.kind === 'ephemeral'));
    let count = 0;
    if (wanted !== undefined) yield line('         Address               MT     Size');
    for (let more = true; more; ) {
      more = walker.step((address, table, size, segment) => {
        if (generationOf(segment, address) !== generation) return;
        if (wanted !== undefined) {
          if (table.address === wanted) found.push({ address, table: table.address, size });
          return;
        }
        const total = totals.get(table.address);
        if (total) {
          total.count++;
          total.bytes += size;
        } else totals.set(table.address, { count: 1, bytes: size });
      }, STEP);
      for (const { address, table, size } of found.splice(0)) {
        yield line(link(context.memory.hex(address), `!do ${hex(address)}`), ' ', link(context.memory.hex(table), `!dumpheap -mt ${hex(table)}`), ` ${String(size).padStart(8)}`);
        if (count++ < MAX_FACTS) yield { kind: 'fact', subject: 'object', address, values: { type: clr.types.name(table, 'managed'), size } };
      }
      yield progress(walker.doneBytes, walker.totalBytes);
    }
    if (wanted === undefined) {
      yield line('Statistics:');
      yield line('              MT    Count    TotalSize Class Name');
      for (const [table, total] of [...totals].sort(([, a], [, b]) => a.bytes - b.bytes)) {
        const name = clr.types.name(table, 'managed');
        if (part !== undefined && !name.includes(part)) continue;
        count += total.count;
        yield line(link(context.memory.hex(table), `!dumpgen ${text} -mt ${hex(table)}`), ` ${String(total.count).padStart(8)} ${String(total.bytes).padStart(12)} ${name}`);
        yield { kind: 'fact', subject: 'type', address: table, values: { name, count: total.count, bytes: total.bytes, generation } };
      }
    }
    yield line(`Total ${count} objects`);
    yield line();
  },
};
