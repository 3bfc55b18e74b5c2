import { hex } from '../../bytes/index.ts';
import { pointers } from '../../container/index.ts';
import { left, line, link, pointerColumn, progress, Table } from '../../output/index.ts';
import type { CommandRun, OutputNode } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';

/** TEB.NtTib.StackBase on x64. */
const STACK_BASE = 8;
const MAX_BYTES = 16 << 20;
const WORDS_PER_STEP = 8192;
const MAX_FACTS = 500;

export const dumpstackobjects: CommandDef = {
  name: 'dumpstackobjects',
  aliases: ['dso'],
  host: 'sos',
  group: 'threads',
  summary: { en: 'Every object the stack and registers of the current thread point at, live or left over.', 'zh-tw': '列出目前執行緒的堆疊與暫存器所指向的所有物件（包含殘留值）。' },
  options: [{ name: '-verify', aliases: ['-v'], help: { en: 'Only objects whose references are sound.', 'zh-tw': '只列參考完整的物件。' } }],
  examples: ['dso', '~3s; !dso'],
  *run(context): CommandRun {
    const { dump, memory, session, clr } = context;
    const thread = dump.threads[session.thread];
    if (!thread) return;
    yield line(`OS Thread Id: 0x${hex(thread.id)} (${session.thread})`);
    const p = memory.pointerSize;
    const table = new Table([pointerColumn(p), pointerColumn(p), left(0)]);
    yield table.row('SP/REG', 'Object', 'Name');
    let found = 0;
    const show = function* (place: string, value: number): Generator<OutputNode> {
      const segment = value % p === 0 ? clr.segmentOf(value) : undefined;
      const type = segment && clr.objects.find(value);
      if (!type || type.isFree) return;
      const name = clr.types.name(type.address, 'managed');
      yield table.row(place, link(memory.shortHex(value), `!do ${hex(value)}`), name);
      if (found++ < MAX_FACTS) yield { kind: 'fact', subject: 'object', address: value, values: { type: name } };
    };
    for (const [name, value] of Object.entries(thread.registers)) yield* show(name, Number(value));
    const { sp } = pointers(thread.registers);
    const end = stackEnd(context, sp, thread.teb);
    for (let at = sp - (sp % p), i = 0; at + p <= end; at += p, i++) {
      const value = memory.tryPointer(at);
      if (value === undefined) break;
      yield* show(memory.shortHex(at), value);
      if (i % WORDS_PER_STEP === 0) yield progress(at - sp, end - sp);
    }
  },
};

/** Base of the stack: from the TEB on Windows, the end of its mapping on Linux. */
function stackEnd(context: CommandContext, sp: number, teb: number): number {
  const { dump, memory } = context;
  const base = dump.os === 'windows' ? (memory.tryPointer(teb + STACK_BASE) ?? 0) : (dump.regions.find((r) => sp >= r.address && sp < r.address + r.size) ?? { address: sp, size: 0 });
  const end = typeof base === 'number' ? base : base.address + base.size;
  return Math.min(end, sp + MAX_BYTES);
}
