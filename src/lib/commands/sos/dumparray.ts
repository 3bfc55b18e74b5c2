import { hex } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import { line, link, progress } from '../../output/index.ts';
import type { CommandRun, OutputNode } from '../../output/index.ts';
import type { MethodTable } from '../../runtime/index.ts';
import type { CommandDef, ParsedArgs } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { fieldRows, hasFields } from './field-table.ts';
import type { ObjectStyle } from './field-table.ts';
import { elementTypeName, objectText, sizeText, valueHead } from './object-text.ts';

const ROWS_PER_STEP = 256;

export const dumparray: CommandDef = {
  name: 'dumparray',
  aliases: ['da'],
  host: 'sos',
  byShape: true,
  group: 'objects',
  summary: { en: 'Lists the elements of an array.', 'zh-tw': '列出陣列的元素。' },
  options: [
    { name: '-start', value: 'decimal', help: { en: 'First element to show.', 'zh-tw': '從第幾個元素開始。' } },
    { name: '-length', value: 'decimal', help: { en: 'How many elements to show.', 'zh-tw': '要顯示幾個元素。' } },
    { name: '-details', help: { en: 'Every element as dumpobj or dumpvc shows it.', 'zh-tw': '以 dumpobj 或 dumpvc 的形式顯示每個元素。' } },
    { name: '-nofields', help: { en: 'With -details: without fields.', 'zh-tw': '與 -details 併用：不列出欄位。' } },
    { name: '-d', help: { en: 'Print links (always on here).', 'zh-tw': '輸出連結（此處一律啟用）。' } },
  ],
  args: [{ name: 'address', kind: 'hex', help: { en: 'Address of the array.', 'zh-tw': '陣列的位址。' } }],
  examples: ['dumparray 540b148', 'dumparray -details -length 2 540b148'],
  *run(context, args) {
    const { clr } = context;
    const address = args.number('address') ?? 0;
    const table = clr.objects.find(address);
    if (!table) {
      yield line('<Note: this object has an invalid CLASS field>');
      yield line('Invalid object');
      return;
    }
    if (!table.isArray) {
      yield line('Not an array, please use dumpobj instead');
      return;
    }
    const several = clr.types.rank(table) !== 1;
    if (several && (args.has('-length') || args.number('-start'))) {
      yield line('For multi-dimension array, length and start index are supported');
      return;
    }
    if ((args.number('-start') ?? 0) > clr.objects.length(address)) {
      yield line('Start index out of range');
      return;
    }
    if (args.has('-nofields') && !args.has('-details')) yield line('-nofields has no effect unless -details is specified');
    yield* head(context, address, table);
    yield* elements(context, args, address, table);
  },
};

function* head(context: CommandContext, address: Address, table: MethodTable): Generator<OutputNode> {
  const { clr } = context;
  const name = clr.types.name(table.address, 'sos');
  const size = clr.objects.size(address, table);
  yield line(`Name:        ${name}`);
  yield line('MethodTable: ', link(context.memory.hex(table.address), `!dumpmt ${hex(table.address)}`));
  yield line(`EEClass:     ${context.memory.hex(table.canonical)}`);
  yield line(`Size:        ${sizeText(size)}`);
  yield line(`Array:       Rank ${clr.types.rank(table)}, Number of elements ${clr.objects.length(address)}, Type ${elementTypeName(context, table)}`);
  yield line('Element Methodtable: ', link(context.memory.hex(table.perInstInfo), `!dumpmt ${hex(table.perInstInfo)}`));
  yield { kind: 'fact', subject: 'object', address, values: { type: name, mt: hex(table.address), size, elements: clr.objects.length(address) } };
}

function* elements(context: CommandContext, args: ParsedArgs, address: Address, table: MethodTable): CommandRun {
  const { clr } = context;
  const bounds = arrayBounds(context, address, table);
  const count = clr.objects.length(address);
  const first = args.number('-start') ?? 0;
  const end = Math.min(count, first + (args.number('-length') ?? count));
  const elementTable = clr.types.isTypeDesc(table.perInstInfo) ? undefined : clr.types.find(table.perInstInfo);
  // Elements that are pointers are followed like references.
  const isReference = !elementTable?.isValueType;
  const start = clr.objects.elementsStart(address, table);
  const details = args.has('-details');
  const style = { fields: !args.has('-nofields'), nested: true };
  for (let i = first; i < end; i++) {
    const at = start + i * table.componentSize;
    const target = isReference ? context.memory.pointer(at) : at;
    const index = indexText(i, bounds);
    if (isReference && target === 0) yield line(`${index} null`);
    else {
      const command = isReference ? `!do ${hex(target)}` : `!dumpvc ${hex(table.perInstInfo)} ${hex(target)}`;
      yield line(`${index} `, link(context.memory.hex(target), command));
      if (details && isReference) yield* objectText(context, target, style);
      else if (details && elementTable) yield* valueText(context, elementTable, at, style);
    }
    if ((i - first) % ROWS_PER_STEP === ROWS_PER_STEP - 1) yield progress(i - first, end - first);
  }
}

function* valueText(context: CommandContext, table: MethodTable, at: Address, style: ObjectStyle): Generator<OutputNode> {
  yield* valueHead(context, table, '    ');
  if (!style.fields) return;
  yield line('    Fields:');
  if (hasFields(context, table)) yield* fieldRows(context, table, { start: at, shift: 0 }, style);
}

interface Bound { readonly length: number; readonly lower: number }

/** Lengths and lower bounds of a multi-dimensional array, which lie in front of its elements. */
function arrayBounds(context: CommandContext, address: Address, table: MethodTable): Bound[] {
  if (context.clr.types.isSzArray(table)) return [];
  const rank = context.clr.types.rank(table);
  const first = address + context.clr.target.shape.elements;
  return Array.from({ length: rank }, (_, i) => ({ length: context.memory.u32(first + 4 * i), lower: context.memory.i32(first + 4 * (rank + i)) }));
}

function indexText(index: number, bounds: readonly Bound[]): string {
  if (bounds.length === 0) return `[${index}]`;
  const parts: number[] = [];
  let rest = index;
  for (const { length, lower } of [...bounds].reverse()) {
    parts.unshift((length ? rest % length : 0) + lower);
    rest = length ? Math.floor(rest / length) : 0;
  }
  return parts.map((p) => `[${p}]`).join('');
}
