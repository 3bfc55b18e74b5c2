import { hex } from '../../bytes/index.ts';
import { line, link } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import { fieldRows, moduleFile, sizeText } from './object-text.ts';

export const dumpvc: CommandDef = {
  name: 'dumpvc',
  host: 'sos',
  group: 'objects',
  summary: { en: 'A value type inside another object: dumpvc MethodTable address.', 'zh-tw': '內嵌於其他物件的實值型別：dumpvc MethodTable 位址。' },
  options: [{ name: '-d', help: { en: 'Print links (always on here).', 'zh-tw': '輸出連結（此處一律啟用）。' } }],
  args: [
    { name: 'mt', kind: 'hex', help: { en: 'MethodTable of the value type.', 'zh-tw': '實值型別的 MethodTable。' } },
    { name: 'address', kind: 'hex', help: { en: 'Address of the value.', 'zh-tw': '值的位址。' } },
  ],
  *run(context, args) {
    const table = context.clr.types.find(args.number('mt') ?? 0);
    const address = args.number('address') ?? 0;
    if (!table || !table.isValueType) {
      yield line('Invalid value class: the first argument must be the MethodTable of a value type');
      return;
    }
    yield line(`Name:        ${context.clr.types.name(table.address, 'sos')}`);
    yield line('MethodTable: ', link(context.memory.hex(table.address), `!dumpmt ${hex(table.address)}`));
    yield line(`EEClass:     ${context.memory.hex(table.canonical)}`);
    yield line(`Size:        ${sizeText(table.baseSize)}`);
    yield line(`File:        ${moduleFile(context, table)}`);
    yield line('Fields:');
    yield* fieldRows(context, table, { start: address, shift: 0 }, { fields: true, nested: false });
  },
};
