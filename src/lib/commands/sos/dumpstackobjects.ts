import { hex } from '../../bytes/index.ts';
import { pointers, regionAt } from '../../container/index.ts';
import { left, line, link, pointerColumn, progress, Table } from '../../output/index.ts';
import type { CommandRun, OutputNode } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { ArgumentError, parseNumber } from '../parse.ts';
import { currentRegisters } from '../windbg/scope.ts';
import { badReferences } from './verify.ts';

/** TEB.NtTib.StackBase on x64. */
const MAX_BYTES = 16 << 20;
const WORDS_PER_STEP = 8192;
const MAX_FACTS = 500;

export const dumpstackobjects: CommandDef = {
  name: 'dumpstackobjects',
  aliases: ['dso'],
  host: 'sos',
  byShape: true,
  group: 'threads',
  summary: { en: 'Every object the stack and registers of the current thread point at, live or left over.', 'zh-tw': '列出目前執行緒的堆疊與暫存器所指向的所有物件（包含殘留值）。' },
  options: [{ name: '-verify', aliases: ['-v'], help: { en: 'Only objects whose references are sound.', 'zh-tw': '只列參考完整的物件。' } }],
  args: [{ name: 'stackbounds', kind: 'hex', optional: true, many: true, help: { en: 'Two addresses: only this part of the stack.', 'zh-tw': '兩個位址：只看堆疊的這一段。' } }],
  examples: ['dso', '~3s; !dso', 'dso -verify'],
  *run(context, args): CommandRun {
    const { dump, memory, session, clr } = context;
    const thread = dump.threads[session.thread];
    const registers = currentRegisters(context);
    if (!thread || !registers) return;
    const bounds = args.all('stackbounds').map((text) => parseNumber(text) ?? 0);
    if (bounds.length !== 0 && bounds.length !== 2) throw new ArgumentError('Invalid arguments.');
    const verify = args.has('-verify');
    yield line(`OS Thread Id: 0x${hex(thread.id)} (${session.thread})`);
    const p = memory.pointerSize;
    const table = new Table([pointerColumn(p), pointerColumn(p), left(0)]);
    yield table.row('SP/REG', 'Object', 'Name');
    let found = 0;
    const show = function* (place: string, value: number): Generator<OutputNode> {
      const segment = value % p === 0 ? clr.segmentOf(value) : undefined;
      const type = segment && clr.objects.find(value);
      if (!type || type.isFree || (verify && !badReferences(context, value).next().done)) return;
      const name = clr.types.name(type.address, 'managed');
      yield table.row(place, link(memory.shortHex(value), `!do ${hex(value)}`), name);
      if (found++ < MAX_FACTS) yield { kind: 'fact', subject: 'object', address: value, values: { type: name } };
    };
    for (const [name, value] of Object.entries(registers)) yield* show(name, Number(value));
    const { sp } = pointers(registers);
    const [start, end] = bounds.length ? [...bounds].sort((a, b) => a - b) : [sp, stackEnd(context, sp, thread.teb)];
    for (let at = start - (start % p), i = 0; at + p <= Math.min(end, start + MAX_BYTES); at += p, i++) {
      const value = memory.tryPointer(at);
      if (value === undefined) break;
      yield* show(memory.shortHex(at), value);
      if (i % WORDS_PER_STEP === 0) yield progress(at - start, end - start);
    }
  },
};

/** Base of the stack: from the TEB on Windows, the end of its mapping on Linux. */
function stackEnd(context: CommandContext, sp: number, teb: number): number {
  const { dump, memory } = context;
  const base = dump.os === 'windows' ? (memory.tryPointer(teb + memory.pointerSize) ?? 0) : (regionAt(dump.regions, sp) ?? { address: sp, size: 0 });
  const end = typeof base === 'number' ? base : base.address + base.size;
  return Math.min(end, sp + MAX_BYTES);
}
