import { hex } from '../../bytes/index.ts';
import { line, link } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';

export const findappdomain: CommandDef = {
  name: 'findappdomain',
  host: 'sos',
  group: 'objects',
  summary: { en: 'The AppDomain of an object; since .NET Core there is only one.', 'zh-tw': '物件所屬的 AppDomain；自 .NET Core 起只有一個。' },
  args: [{ name: 'object', kind: 'hex', optional: true, help: { en: 'Address of an object.', 'zh-tw': '物件的位址。' } }],
  *run(context, args) {
    const { clr, memory } = context;
    const object = args.number('object') ?? 0;
    if (!clr.objects.find(object)) {
      yield line(`${context.memory.hex(object).toUpperCase()} is not a valid object`);
      return;
    }
    const domain = clr.modules.appDomain();
    const field = clr.target.layouts.tryOffset('AppDomain', 'FriendlyName');
    const name = field === undefined ? 0 : memory.tryPointer(domain + field);
    yield line('AppDomain: ', link(context.memory.hex(domain), `!dumpdomain ${hex(domain)}`));
    yield line(`Name:      ${name ? memory.utf16(name) : 'None'}`);
    yield line('ID:        1');
  },
};
