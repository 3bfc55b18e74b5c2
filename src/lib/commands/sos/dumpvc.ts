import { line } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import { fieldRows, hasFields } from './field-table.ts';
import { valueHead } from './object-text.ts';

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
    if (!table) {
      yield line('Not a managed object');
      return;
    }
    yield* valueHead(context, table);
    yield line('Fields:');
    if (hasFields(context, table)) yield* fieldRows(context, table, { start: address, shift: 0 }, { fields: true, nested: false });
  },
};
