import { hex } from '../../bytes/index.ts';
import { left, line, link, pointerColumn, Table } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import { instancesNamed } from './heap-instances.ts';

const SLICE = 256;

export const dumpruntimetypes: CommandDef = {
  name: 'dumpruntimetypes',
  host: 'sos',
  group: 'types',
  summary: { en: 'The Type objects (System.RuntimeType) of the heap and the types they stand for.', 'zh-tw': '堆積上的 Type 物件（System.RuntimeType）與其代表的型別。' },
  examples: ['dumpruntimetypes'],
  *run(context) {
    const { managed, memory, types, modules } = context.clr;
    const pointer = pointerColumn(memory.pointerSize);
    const table = new Table([pointer, pointer, pointer, left(0)]);
    const found = yield* instancesNamed(context, 'System.RuntimeType');
    const domain = memory.shortHex(modules.appDomain());
    if (found.length === 0) yield line('No System.RuntimeType objects found.');
    else yield table.row('Address', 'Domain', 'MT', 'Type Name');
    for (const [index, { address }] of found.entries()) {
      if (index % SLICE === 0) yield { kind: 'progress', done: index, total: found.length };
      const handle = managed.pointer(address, 'm_handle');
      if (handle === undefined) continue;
      // Pointers, by-refs and type variables are no MethodTables; SOS cannot name them, this analyzer can.
      const known = types.isTypeDesc(handle) || types.find(handle) !== undefined;
      const name = known ? types.name(handle, 'managed') : memory.shortHex(handle);
      yield table.row(link(memory.shortHex(address), `!do ${hex(address)}`), types.isTypeDesc(handle) ? '' : domain, link(memory.shortHex(handle), `!dumpheap -mt ${hex(handle)}`), name);
    }
  },
};
