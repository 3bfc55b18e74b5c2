import { hex } from '../../bytes/index.ts';
import { line, link } from '../../output/index.ts';
import { Table, TypeDefColumn } from '../../image/index.ts';
import type { OutputNode } from '../../output/index.ts';
import type { MethodTable } from '../../runtime/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { fieldRows, hasFields } from './field-table.ts';
import { moduleFile } from './object-text.ts';

/** TypeAttributes (ECMA-335 II.23.1.15) that SOS spells out. */
const ATTRIBUTES: readonly (readonly [bit: number, name: string])[] = [[0x20, 'Interface'], [0x80, 'Abstract'], [0x100, 'Sealed'], [0x1000, 'ComImport']];

export const dumpclass: CommandDef = {
  name: 'dumpclass',
  host: 'sos',
  byShape: true,
  group: 'types',
  summary: { en: 'A class: parent, module, attributes, numbers of fields, and the fields.', 'zh-tw': '類別的父類別、模組、屬性、欄位數與欄位清單。' },
  options: [{ name: '-d', help: { en: 'Print links (always on here).', 'zh-tw': '輸出連結（此處一律啟用）。' } }],
  args: [{ name: 'class', kind: 'hex', help: { en: 'Address of the MethodTable (or EEClass as other commands print it).', 'zh-tw': 'MethodTable 位址（或其他指令顯示的 EEClass）。' } }],
  *run(context, args) {
    const { clr } = context;
    const table = clr.types.find(args.number('class') ?? 0);
    if (!table || table.isFree) {
      yield line('Invalid EEClass address');
      return;
    }
    yield line(`Class Name:      ${clr.types.name(table.address, 'sos')}`);
    yield line(`mdToken:         ${context.memory.hex(0x02000000 + table.rid).toUpperCase()}`);
    yield line(`File:            ${moduleFile(context, table)}`);
    yield line('Parent:    ', link(context.memory.hex(table.parent), `!dumpmt ${hex(table.parent)}`));
    yield line('Module:          ', link(context.memory.hex(table.module), `!dumpmodule ${hex(table.module)}`));
    yield line('Method Table:    ', link(context.memory.hex(table.address), `!dumpmt ${hex(table.address)}`));
    if (table.canonical !== table.address) yield line('Canonical:    ', link(context.memory.hex(table.canonical), `!dumpmt ${hex(table.canonical)}`));
    yield* classDetails(context, table);
  },
};

/** Attributes, numbers of fields and the fields: what dumpclass and dumpmt -all share. */
export function* classDetails(context: CommandContext, table: MethodTable): Generator<OutputNode> {
  const { clr, memory } = context;
  const { layouts } = clr.target;
  const metadata = clr.types.moduleOf(table).metadata;
  const attributes = layouts.tryOffset('EEClass', 'CorTypeAttr');
  const flags = attributes !== undefined ? memory.u32(table.eeClass + attributes) : metadata && table.rid ? metadata.cell(Table.TypeDef, table.rid, TypeDefColumn.Flags) : 0;
  const counts = (field: string) => memory.u16(table.eeClass + layouts.offset('EEClass', field));
  yield line(`Class Attributes:    ${hex(flags, 8)}  ${ATTRIBUTES.filter(([bit]) => flags & bit).map(([, name]) => `${name} `).join('')}`);
  yield line(`NumInstanceFields:   ${counts('NumInstanceFields')}`);
  yield line(`NumStaticFields:     ${counts('NumStaticFields')}`);
  const threadStatics = layouts.has('EEClass', 'NumThreadStaticFields') ? counts('NumThreadStaticFields') : 0;
  if (threadStatics) yield line(`NumThreadStaticFields: ${threadStatics}`);
  if (hasFields(context, table)) yield* fieldRows(context, table, undefined, { fields: true, nested: false });
}
