import { hex } from '../../bytes/index.ts';
import { line, link } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';

export const dumpassembly: CommandDef = {
  name: 'dumpassembly',
  host: 'sos',
  group: 'modules',
  summary: { en: 'An assembly: its domain and module.', 'zh-tw': '組件所屬的定義域與模組。' },
  options: [{ name: '-d', help: { en: 'Print links (always on here).', 'zh-tw': '輸出連結（此處一律啟用）。' } }],
  args: [{ name: 'assembly', kind: 'hex', optional: true, help: { en: 'Address of the assembly.', 'zh-tw': '組件位址。' } }],
  *run(context, args) {
    const address = args.number('assembly') ?? 0;
    if (!address) {
      yield line('Invalid Assembly ');
      return;
    }
    const module = context.clr.modules.list().find((m) => m.assembly === address);
    if (!module) {
      yield line('Fail to fill Assembly');
      return;
    }
    yield line('Parent Domain:      ', link(context.memory.hex(context.clr.modules.appDomain()), '!dumpdomain'));
    yield line(`Name:               ${module.path || 'Unknown'}`);
    yield line('  Module');
    yield line('  ', link(context.memory.hex(module.address), `!dumpmodule ${hex(module.address)}`), `    ${module.path || 'Dynamic Module'}`);
  },
};
