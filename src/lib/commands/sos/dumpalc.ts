import { line } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import { parseArguments } from '../parse.ts';
import { assemblyLoadContext } from './dumpmt.ts';
import { dumpobj } from './dumpobj.ts';

export const dumpalc: CommandDef = {
  name: 'dumpalc',
  host: 'sos',
  group: 'modules',
  summary: { en: 'The AssemblyLoadContext that the type of an object was loaded into.', 'zh-tw': '物件的型別是由哪個 AssemblyLoadContext 載入的。' },
  options: [{ name: '-d', help: { en: 'Print links (always on here).', 'zh-tw': '輸出連結（此處一律啟用）。' } }],
  args: [{ name: 'object', kind: 'hex', help: { en: 'Address of an object.', 'zh-tw': '物件的位址。' } }],
  examples: ['dumpalc 790f018'],
  *run(context, args) {
    const object = args.number('object') ?? 0;
    const table = context.clr.objects.find(object);
    if (object === 0) yield line(`Invalid parameter ${args.raw}`);
    else if (!table) {
      yield line('<Note: this object has an invalid CLASS field>');
      yield line('Invalid object');
    } else if (table.address === context.clr.types.freeMethodTable) {
      const size = context.clr.objects.size(object, table);
      yield line('Free Object');
      yield line(`Size:        ${size}(0x${size.toString(16)}) bytes`);
    } else {
      const loadContext = assemblyLoadContext(context, table);
      if (loadContext === undefined) yield line('Failed to get the AssemblyLoadContext');
      else if (loadContext === 0) {
        yield line('Name:        System.Runtime.Loader.DefaultAssemblyLoadContext');
        yield line("The managed instance of this context doesn't exist yet");
      } else yield* dumpobj.run(context, parseArguments(dumpobj, loadContext.toString(16)));
    }
  },
};
