import { line } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import { ArgumentError } from '../parse.ts';

/** `n`: the radix of plain numbers. Commands of SOS keep reading hexadecimal, whatever it is. */
export const numberBase: CommandDef = {
  name: 'n',
  host: 'windbg',
  group: 'script',
  summary: { en: 'Radix of plain numbers in expressions: n 8, n 10, n 16; alone it tells.', 'zh-tw': '運算式中數字的進位：n 8、n 10、n 16；不加參數則顯示目前設定。' },
  args: [{ name: 'radix', kind: 'text', optional: true, help: { en: '8, 10 or 16.', 'zh-tw': '8、10 或 16。' } }],
  examples: ['n 10', 'n 16'],
  withoutDump: true,
  *run(context, args) {
    const text = args.text('radix');
    const radix = ([8, 10, 16] as const).find((r) => String(r) === text);
    if (text !== undefined && !radix) throw new ArgumentError(`Invalid radix '${text}': 8, 10 or 16`);
    if (radix) context.session.radix = radix;
    yield line(`base is ${context.session.radix}`);
  },
};
