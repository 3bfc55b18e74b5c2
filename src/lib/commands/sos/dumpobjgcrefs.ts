import { hex } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import { line, link } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';

const MAX_REFS = 5000;

export const dumpobjgcrefs: CommandDef = {
  name: 'dumpobjgcrefs',
  host: 'sos',
  group: 'objects',
  summary: { en: 'The objects an object refers to; dumpobj -refs shows them too.', 'zh-tw': '物件所參考的其他物件；dumpobj -refs 也會顯示。' },
  args: [{ name: 'object', kind: 'hex', help: { en: 'Address of an object.', 'zh-tw': '物件的位址。' } }],
  *run(context, args) {
    const { clr } = context;
    const object = args.number('object') ?? 0;
    const table = clr.objects.find(object);
    if (!table) {
      yield line('Unable to walk object references, invalid object.');
      return;
    }
    const found: [target: Address, offset: number][] = [];
    clr.references.forEach(object, table, (target, offset) => {
      if (found.length < MAX_REFS) found.push([target, offset]);
    });
    yield line('GC Refs:');
    if (found.length > 0) yield line('    offset            object');
    for (const [target, offset] of found) yield line(`${hex(offset).padStart(10)}  `, link(context.memory.hex(target), `!do ${hex(target)}`));
  },
};
