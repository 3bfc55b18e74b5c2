import { hex } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import { left, line, link, pointerColumn, progress, Table } from '../../output/index.ts';
import type { OutputNode } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { heapFilter } from './heap-filter.ts';
import { liveness } from './liveness.ts';

const STEP = 4096;
const MAX_FACTS = 2000;

export const dumpexceptions: CommandDef = {
  name: 'dumpexceptions',
  host: 'sos',
  byShape: true,
  group: 'exceptions',
  summary: { en: 'Every exception object of the heap with its message and the frame it was thrown in.', 'zh-tw': '列出堆積上每個例外狀況物件、訊息與擲回時的框架。' },
  options: [
    { name: '-type', value: 'text', help: { en: 'Only types whose name contains this text (case does not matter).', 'zh-tw': '只看名稱包含此文字的型別（不分大小寫）。' } },
    { name: '-gen', value: 'text', help: { en: 'One generation.', 'zh-tw': '只看一個層代。' } },
    { name: '-live', help: { en: 'Only exceptions that a root keeps alive.', 'zh-tw': '只看仍被根參考的例外狀況。' } },
    { name: '-dead', help: { en: 'Only exceptions that nothing keeps alive.', 'zh-tw': '只看已無人參考的例外狀況。' } },
  ],
  args: [{ name: 'range', kind: 'text', optional: true, many: true, help: { en: 'Only this range.', 'zh-tw': '只看這段範圍。' } }],
  examples: ['dumpexceptions', 'dumpexceptions -type SessionUnavailable'],
  *run(context, args) {
    const { clr } = context;
    const { segments, wants } = heapFilter(clr, args, 'dumpheap');
    const part = args.text('-type')?.toLowerCase();
    const wantLive = args.has('-live') !== args.has('-dead') ? args.has('-live') : undefined;
    const live = wantLive === undefined ? undefined : yield* liveness(context, true);
    const shape = new Table([pointerColumn(clr.memory.pointerSize), pointerColumn(clr.memory.pointerSize, 'MethodTable'), left(0), left(0)]);
    yield shape.row('Address', 'MethodTable', 'Message', 'Name');
    const known = new Map<Address, boolean>();
    const found: { address: Address; table: Address }[] = [];
    const walker = clr.walk(segments);
    let total = 0;
    for (let more = true; more; ) {
      more = walker.step((address, table, _size, segment) => {
        let wanted = known.get(table.address);
        if (wanted === undefined) {
          wanted = clr.types.isException(table) && (part === undefined || clr.types.name(table.address, 'managed').toLowerCase().includes(part));
          known.set(table.address, wanted);
        }
        if (wanted && wants(address, segment) && (!live || live.has(address) === wantLive)) found.push({ address, table: table.address });
      }, STEP);
      for (const { address, table } of found.splice(0)) {
        yield* exceptionRows(context, shape, address, table, total < MAX_FACTS);
        if (++total % 64 === 0) yield progress(walker.doneBytes, walker.totalBytes);
      }
      yield progress(walker.doneBytes, walker.totalBytes);
    }
    yield line();
    yield line(`    Total: ${total} objects`);
  },
};

function* exceptionRows(context: CommandContext, shape: Table, address: Address, table: Address, withFact: boolean): Generator<OutputNode> {
  const { clr } = context;
  const exception = clr.exceptions.find(address);
  const name = clr.types.name(table, 'managed');
  yield shape.row(link(clr.memory.shortHex(address), `!pe ${hex(address)}`), link(clr.memory.shortHex(table), `!dumpheap -mt ${hex(table)}`), name);
  if (!exception) return;
  const [first, ...more] = (exception.message ?? '<null>').split('\n');
  yield line(`        Message: ${first}`);
  for (const text of more) yield line(text);
  const top = exception.frames[0];
  const method = top && clr.methods.find(top.methodDesc);
  if (method) yield line(`        StackFrame: ${method.signature}`);
  if (withFact) yield { kind: 'fact', subject: 'exception', address, values: { type: exception.typeName, message: exception.message ?? '', method: method?.signature ?? '' } };
}
