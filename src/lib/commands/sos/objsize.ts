import { hex } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import { Reach } from '../../heap/index.ts';
import type { Clr } from '../../heap/index.ts';
import { line, link, progress } from '../../output/index.ts';
import type { CommandRun, OutputNode, Progress } from '../../output/index.ts';
import type { MethodTable } from '../../runtime/index.ts';
import type { CommandDef, ParsedArgs } from '../command.ts';
import { ArgumentError } from '../parse.ts';
import { HeapTable } from './heap-table.ts';
import { parseTarget } from './path-target.ts';

const STEP = 4096;

export const objsize: CommandDef = {
  name: 'objsize',
  host: 'sos',
  group: 'heap',
  summary: { en: 'Everything an object refers to, directly or not, and how many bytes that is.', 'zh-tw': '物件直接或間接參考的一切，以及合計的位元組數。' },
  details: {
    en: 'The objects listed need not die with this one: others may refer to them too.',
    'zh-tw': '列出的物件未必會隨這個物件消失，因為其他物件也可能參考它們。',
  },
  options: [
    { name: '-short', help: { en: 'Addresses only.', 'zh-tw': '只列位址。' } },
    { name: '-strings', help: { en: 'Statistics by the text of strings.', 'zh-tw': '依字串內容統計。' } },
    { name: '-stat', aliases: ['-summary'], help: { en: 'Statistics only.', 'zh-tw': '只顯示統計。' } },
    { name: '-mt', value: 'text', help: { en: 'Everything the objects of this MethodTable refer to.', 'zh-tw': '此 MethodTable 的所有物件所參考的一切。' } },
    { name: '-d', help: { en: 'Print links (always on here).', 'zh-tw': '輸出連結（此處一律啟用）。' } },
  ],
  args: [{ name: 'object', kind: 'text', optional: true, help: { en: 'Address of the object.', 'zh-tw': '物件位址。' } }],
  examples: ['objsize 54a7390', 'objsize -stat 54a7390'],
  *run(context, args): CommandRun {
    const { clr } = context;
    const ofType = args.text('-mt');
    if (ofType !== undefined) {
      const table = parseTarget(ofType);
      if (table === undefined) throw new ArgumentError(`Could not parse method table: ${ofType}`);
      yield line(`Objects which (${clr.types.find(table) ? clr.types.name(table, 'managed') : '<unknown type>'}) transitively keep alive:`);
      yield line();
      yield* closure(clr, args, yield* instances(clr, table));
      return;
    }
    const object = parseTarget(args.text('object'));
    if (object === undefined) {
      yield line('ERROR: Could not parse target object address: 0');
      return;
    }
    const table = clr.objects.find(object);
    if (!table) {
      yield line(`${hex(object)} is not a valid object`);
      return;
    }
    yield line('Objects which ', link(hex(object), `!dumpobj ${hex(object)}`), ` (${clr.types.name(table.address, 'managed')}) transitively keep alive:`);
    yield line();
    yield* closure(clr, args, [object]);
  },
};

function* instances(clr: Clr, wanted: Address): Generator<Progress, Address[], void> {
  const found: Address[] = [];
  const walker = clr.walk();
  for (let more = true; more; ) {
    more = walker.step((address, table) => {
      if (table.address === wanted) found.push(address);
    }, STEP);
    yield progress(walker.doneBytes, walker.totalBytes);
  }
  return found;
}

/** Objects in the order they are found: all that the first one leads to, breadth first, then what the next one adds. */
function* closure(clr: Clr, args: ParsedArgs, objects: readonly Address[]): CommandRun {
  const reach = new Reach(clr, true);
  const table = new HeapTable(clr);
  const [short, strings, stat] = [args.has('-short'), args.has('-strings'), args.has('-stat')];
  const output: OutputNode[] = [];
  let headed = false;
  const visit = (address: Address, type: MethodTable) => {
    if (short) {
      output.push(line(hex(address, 12)));
      return;
    }
    const size = clr.objects.size(address, type);
    if (!stat) {
      if (!headed) output.push(table.header());
      headed = true;
      output.push(...table.row(address, type, size));
    }
    if (strings) table.countString(address, size);
    else table.count(type, size);
  };
  for (const object of objects) {
    reach.add(object);
    for (let more = true; more; ) {
      more = reach.step(STEP, visit);
      yield* output.splice(0);
      yield progress(reach.done, reach.found);
    }
  }
  if (short) return;
  if (headed) yield line();
  yield* strings ? table.stringStatistics() : table.statistics(false);
}
