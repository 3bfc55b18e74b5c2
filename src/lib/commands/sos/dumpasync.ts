import type { Address } from '../../bytes/index.ts';
import { AsyncReader } from '../../heap/index.ts';
import type { AsyncObject } from '../../heap/index.ts';
import { message, progress } from '../../output/index.ts';
import type { OutputNode, Progress } from '../../output/index.ts';
import type { MethodTable } from '../../runtime/index.ts';
import type { CommandDef, ParsedArgs } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { parseNumber } from '../parse.ts';
import { runtimeAsyncStacks } from './dumpasync-runtime.ts';
import { AsyncText } from './dumpasync-text.ts';

const STEP = 8192;
/** Tasks and boxes are larger than the smallest object. */
const SMALLEST = 24;
/** Objects handled between two looks at the clock. */
const SLICE = 256;

export const dumpasync: CommandDef = {
  name: 'dumpasync',
  host: 'sos',
  group: 'threads',
  summary: { en: 'Async methods that wait: one "stack" for each chain of awaits.', 'zh-tw': '等待中的非同步方法：每條 await 鏈顯示為一個「堆疊」。' },
  details: {
    en: 'An async method that awaits is on no thread’s stack. Its state is an object on the heap that knows what continues after it: from those objects the stacks are rebuilt. The number in parentheses is the await it stands at.',
    'zh-tw': '正在 await 的非同步方法不在任何執行緒的堆疊上，它的狀態是堆積上的物件，並記得完成後要接續什麼；堆疊就是由這些物件重建的。括號內的數字表示停在第幾個 await。',
  },
  options: [
    { name: '-address', aliases: ['-addr'], value: 'hex', help: { en: 'Only stacks with this object.', 'zh-tw': '只看包含此物件的堆疊。' } },
    { name: '-methodtable', aliases: ['-mt'], value: 'hex', help: { en: 'Only stacks with an object of this MethodTable.', 'zh-tw': '只看包含此 MethodTable 物件的堆疊。' } },
    { name: '-type', value: 'text', help: { en: 'Only stacks with an object whose type name contains this text (case matters).', 'zh-tw': '只看型別名稱包含此文字的堆疊（區分大小寫）。' } },
    { name: '-tasks', aliases: ['-t'], help: { en: 'Also stacks of plain tasks without an async method.', 'zh-tw': '一併列出沒有非同步方法的 Task。' } },
    { name: '-completed', aliases: ['-c'], help: { en: 'Also tasks that have completed.', 'zh-tw': '一併列出已完成的 Task。' } },
    { name: '-fields', aliases: ['-f'], help: { en: 'Also the fields of each state machine: the locals of the method.', 'zh-tw': '一併列出狀態機的欄位，也就是方法的區域變數。' } },
    { name: '-stats', aliases: ['-stat'], help: { en: 'Only counts by async method.', 'zh-tw': '只依非同步方法統計。' } },
    { name: '-coalesce', help: { en: 'Equal stacks as one, with their number.', 'zh-tw': '合併相同的堆疊並顯示數量。' } },
    { name: '-waiting', help: { en: 'Accepted as in SOS of .NET Core 3: only stacks that wait, which is the default today.', 'zh-tw': '沿用 .NET Core 3 時期 SOS 的寫法：只看等待中的堆疊，現在預設即是如此。' } },
  ],
  args: [{ name: 'object', kind: 'hex', optional: true, help: { en: 'Same as -address.', 'zh-tw': '等同 -address。' } }],
  examples: ['dumpasync', 'dumpasync --stats', 'dumpasync --coalesce', 'dumpasync --type Redis --fields'],
  run,
};

function* run(context: CommandContext, args: ParsedArgs): ReturnType<CommandDef['run']> {
  const { clr } = context;
  if (clr.target.major >= 11) {
    // In the words of SOS, which leaves such methods out; here their stacks follow the others.
    yield message('warning', {
      en: 'Warning: .NET 11+ uses runtime-async which changes how async state machines work.',
      'zh-tw': '警告：.NET 11 以後由執行階段直接暫停與繼續非同步方法，狀態機的運作方式因此不同。',
    });
    yield message('warning', {
      en: "The dump async command doesn't fully support .NET 11+ async stacks. They may be incomplete or missing.",
      'zh-tw': '這類方法的堆疊可能不完整或遺漏。',
    });
  }
  const reader = new AsyncReader(clr);
  const wanted = filter(context, args);
  const stats = args.has('-stats');
  const objects = yield* collect(context, reader, (address, table) => {
    if (stats) return wanted(address, table) && (args.has('-tasks') || reader.isBox(table));
    return true;
  }, args.has('-completed'));
  const text = new AsyncText(context, reader, objects, { tasks: args.has('-tasks'), completed: args.has('-completed') });
  if (stats) yield* text.statistics();
  else {
    const tops: AsyncObject[] = [];
    let done = 0;
    for (const object of objects.values()) {
      if (object.topLevel && included(object, objects, wanted, args.has('-tasks'))) tops.push(object);
      if (++done % SLICE === 0) yield progress(done, objects.size);
    }
    if (args.has('-coalesce')) yield* text.coalesced(tops);
    else yield* text.stacks(tops, args.has('-fields'));
    yield* runtimeAsyncStacks(context, objects, wanted, tops.length);
  }
}

/** Which objects the options ask for. */
function filter(context: CommandContext, args: ParsedArgs): (address: Address, table: MethodTable) => boolean {
  const wantedAddress = args.number('-address') ?? args.number('object');
  const wantedTable = parseNumber(args.text('-methodtable') ?? '');
  const part = args.text('-type');
  return (address, table) =>
    (wantedAddress === undefined || address === wantedAddress) &&
    (wantedTable === undefined || table.address === wantedTable) &&
    (part === undefined || context.clr.types.name(table.address, 'managed').includes(part));
}

function* collect(context: CommandContext, reader: AsyncReader, wants: (address: Address, table: MethodTable) => boolean, completed: boolean): Generator<OutputNode | Progress, Map<Address, AsyncObject>> {
  const found: { address: Address; table: MethodTable }[] = [];
  const walker = context.clr.walk();
  for (let more = true; more; ) {
    more = walker.step((address, table, size) => {
      if (size > SMALLEST && reader.isTask(table) && wants(address, table)) found.push({ address, table });
    }, STEP);
    yield progress(walker.doneBytes, walker.totalBytes);
  }
  const objects = new Map<Address, AsyncObject>();
  for (const [index, { address, table }] of found.entries()) {
    if (index % SLICE === 0) yield progress(index, found.length);
    const flags = reader.flags(address);
    if (flags === undefined || (!completed && reader.isCompleted(flags))) continue;
    const object = reader.read(address, table);
    if (object) objects.set(address, object);
  }
  for (const object of objects.values()) {
    for (const next of object.continuations) {
      const continuation = objects.get(next);
      if (continuation) continuation.topLevel = false;
    }
  }
  return objects;
}

/** A stack is shown when it holds a wanted object and, unless plain tasks are asked for, an async method. */
function included(top: AsyncObject, objects: ReadonlyMap<Address, AsyncObject>, wanted: (address: Address, table: MethodTable) => boolean, tasks: boolean): boolean {
  let sawWanted = false;
  let sawMachine = tasks;
  const seen = new Set<AsyncObject>();
  const stack = [top];
  for (let object = stack.pop(); object; object = stack.pop()) {
    if (seen.has(object)) continue;
    seen.add(object);
    sawWanted ||= wanted(object.address, object.table);
    sawMachine ||= object.isBox;
    if (sawWanted && sawMachine) return true;
    for (const next of object.continuations) {
      const continuation = objects.get(next);
      if (continuation) stack.push(continuation);
    }
  }
  return false;
}
