import type { CommandDef } from '../command.ts';
import { referenceTable } from './dumpobjgcrefs.ts';
import { objectText } from './object-text.ts';

export const dumpobj: CommandDef = {
  name: 'dumpobj',
  aliases: ['do'],
  host: 'sos',
  byShape: true,
  group: 'objects',
  summary: { en: 'Shows an object: type, size, file and every field with its value.', 'zh-tw': '顯示一個物件的型別、大小、檔案，以及每個欄位與其值。' },
  options: [
    { name: '-nofields', help: { en: 'Without the fields.', 'zh-tw': '不列出欄位。' } },
    { name: '-refs', help: { en: 'Also the objects it refers to.', 'zh-tw': '一併列出它所參考的物件。' } },
    { name: '-d', help: { en: 'Print links (always on here).', 'zh-tw': '輸出連結（此處一律啟用）。' } },
  ],
  args: [{ name: 'address', kind: 'hex', help: { en: 'Address of the object.', 'zh-tw': '物件的位址。' } }],
  examples: ['dumpobj 54a7390', 'dumpobj -nofields 54a7390'],
  *run(context, args) {
    const address = args.number('address') ?? 0;
    yield* objectText(context, address, { fields: !args.has('-nofields'), nested: false });
    if (args.has('-refs') && context.clr.objects.find(address)) yield* referenceTable(context, address);
  },
};
