import type { Address } from '../../bytes/index.ts';
import { left, line, progress, right } from '../../output/index.ts';
import type { CommandRun, OutputNode } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import { describeAddressSpace } from './address-regions.ts';
import { Bordered } from './bordered.ts';
import { addPointer, groupTable, RegionFinder } from './pointer-groups.ts';
import type { PointerGroups } from './pointer-groups.ts';

const WIDTH = 120;
const STEP = 1024;
/** An object larger than this is looked at in its first part only: buffers hold data that look like pointers. */
const MAX_OBJECT = 1 << 22;
const MAX_LISTED = 100_000;

export const gctonative: CommandDef = {
  name: 'gctonative',
  host: 'sos',
  group: 'memory',
  summary: { en: 'Objects that hold pointers to native memory of a use (PAGE_READWRITE …), by type.', 'zh-tw': '持有某種用途原生記憶體（PAGE_READWRITE 等）指標的物件，依型別統計。' },
  details: {
    en: 'Uses are those that maddress prints. Any word of an object that is an address there counts, also one that only looks like it.',
    'zh-tw': '用途名稱與 maddress 顯示的相同。物件中只要有字組的值落在該區域就會計入，包括碰巧相同的數值。',
  },
  options: [{ name: '--all', aliases: ['-a'], help: { en: 'Every pointer, not only the summary.', 'zh-tw': '列出每個指標，不只統計。' } }],
  args: [{ name: 'types', kind: 'text', optional: true, many: true, help: { en: 'Uses of memory, as maddress names them.', 'zh-tw': '記憶體用途，名稱同 maddress。' } }],
  examples: ['gctonative PAGE_READWRITE'],
  *run(context, args): CommandRun {
    const wanted = args.all('types');
    if (wanted.length === 0) {
      yield line('Must specify at least one memory region type to search for.');
      return;
    }
    const regions = describeAddressSpace(context, false).filter((r) => wanted.some((w) => w.toLowerCase() === r.name.toLowerCase()));
    if (regions.length === 0) {
      yield line('No matching memory ranges.');
      yield line();
      return;
    }
    yield line('Walking GC heap to find pointers...');
    const { clr, memory } = context;
    const finder = new RegionFinder(regions);
    const low = regions.reduce((least, r) => Math.min(least, r.start), Infinity);
    const high = regions.reduce((most, r) => Math.max(most, r.end), 0);
    const byUse = new Map<string, { readonly groups: PointerGroups; readonly list: { pointer: Address; object: Address; name: string }[] }>(wanted.map((w) => [w.toLowerCase(), { groups: new Map(), list: [] }]));
    const p = memory.pointerSize;
    const listing = args.has('--all');
    const walker = clr.walk();
    for (let more = true; more; ) {
      more = walker.step((object, table, size) => {
        if (table.address === clr.types.freeMethodTable) return;
        const end = object + Math.min(size, MAX_OBJECT);
        for (let at = object + p; at + p <= end; at += p) {
          const pointer = memory.pointer(at);
          if (pointer < low || pointer >= high) continue;
          const region = finder.find(pointer);
          const use = region && byUse.get(region.name.toLowerCase());
          if (!use) continue;
          const name = clr.types.name(table.address, 'managed');
          addPointer(use.groups, collapse(name), pointer);
          if (listing && use.list.length < MAX_LISTED) use.list.push({ pointer, object, name });
        }
      }, STEP);
      yield progress(walker.doneBytes, walker.totalBytes);
    }
    yield line('Resolving object names...');
    for (const type of wanted) {
      const header = ` ${type} Regions `;
      yield line(header.padStart(WIDTH - ((WIDTH - header.length) >> 1), '=').padEnd(WIDTH, '='));
      yield line();
      const use = byUse.get(type.toLowerCase());
      if (!use || use.groups.size === 0) yield line(`No GC heap pointers to '${type}' regions.`);
      else {
        if (listing) yield* allPointers(use.list, 2 * p);
        yield line('Other memory pointer summary:');
        yield* groupTable(context, 'Type', use.groups, false);
      }
    }
  },
};

function* allPointers(list: readonly { pointer: Address; object: Address; name: string }[], digits: number): Generator<OutputNode> {
  yield line('All memory pointers:');
  const table = new Bordered([right(digits), right(digits), left(list.reduce((w, l) => Math.max(w, l.name.length), 4))]);
  yield table.border();
  yield table.row('Pointer', 'Object', 'Type');
  yield table.border();
  for (const { pointer, object, name } of list) yield table.row(pointer.toString(16), object.toString(16), name);
  yield table.border();
  yield line();
}

/** `Dictionary<...>+Entry[]`: what is between the outermost angle brackets becomes dots, as SOS does. */
function collapse(name: string): string {
  let result = '';
  let depth = 0;
  for (let i = 0; i < name.length; i++) {
    const c = name[i];
    if (c === '<') {
      if (depth++ === 0) result += name[i + 1] === '>' ? '<>' : '<...>';
    } else if (c === '>') depth--;
    else if (depth === 0) result += c;
  }
  return result;
}
