import { openPackedDirectory } from '../../src/cli/packed-directory.ts';
import type { Address } from '../../src/lib/bytes/index.ts';
import { openDump } from '../../src/lib/container/index.ts';
import { openClr } from '../../src/lib/heap/index.ts';
import type { Clr } from '../../src/lib/heap/index.ts';
import { openMemory } from '../../src/lib/memory/index.ts';
import type { MethodTable } from '../../src/lib/runtime/index.ts';
import { fileName } from '../../src/lib/runtime/index.ts';
import { fileSource } from '../../tests/support/dumps.ts';
import { statSync } from 'node:fs';

/**
 * Commands about the whole dump. Those that walk stacks are not among them: in trimmed dumps SOS's own unwinder misses pages that
 * this analyzer does not need.
 */
const WHOLE = [
  'eeversion', 'dumpheap -stat', 'dumpheap -stat -gen gen0', 'dumpheap -stat -gen gen2', 'dumpheap -gen loh', 'dumpheap -gen poh', 'dumpheap -stat -gen foh', 'dumpheap -thinlock', 'dumpheap -type Exception',
  'dumpheap -min 20000', 'dumpheap -stat -bycount -min 200', 'dumpheap -type NoSuchType', 'dumpheap -gen gen3', 'dumpheap -heap 9', 'dumpheap zzzz', 'dumpexceptions', 'dumpgen gen2', 'dumpgen loh', 'dumpgen poh', 'dumpgen foo', 'dumpgen',
  'eeheap -gc', 'eeheap -loader', 'gcheapstat', 'gchandles -stat', 'gchandles -type Pinned', 'gchandles -type Nothing', 'finalizequeue -stat', 'finalizequeue -short', 'sizestats', 'clrthreads', 'clrthreads -live', 'syncblk', 'syncblk -all', 'syncblk 1',
  'threadpool', 'threadpoolqueue', 'timerinfo', 'dumpasync', 'dumpasync --stats', 'dumpasync --coalesce', 'dumpasync --tasks --stats', 'dumphttp', 'dumprequests', 'ephrefs', 'ephtoloh', 'verifyheap', 'verifyheap -heap 0', 'analyzeoom', 'dumpdomain', 'crashinfo', 'pe',
  'dumpobj', 'dumpobj 1234', 'dumparray', 'dumpmt', 'dumpmt 1234', 'dumpclass', 'dumpmd', 'ip2md', 'ip2md 1234', 'dumpmodule', 'dumpassembly', 'dumpvc', 'dumpdelegate', 'gcroot', 'gcwhere 1234', 'verifyobj 1234', 'listnearobj 1234', 'findappdomain', 'threadstate 0',
  'name2ee', 'token2ee', 'token2ee nothing.dll 02000002', 'taskstate -v 1000000', 'clrthreads -nothing', 'dumpobj -nothing', 'dumpheap 1 2 3',
];

/** Opens a dump file or a folder of public/sample-dumps. */
function open(path: string): Clr {
  const dump = openDump(statSync(path).isDirectory() ? openPackedDirectory(path) : fileSource(path));
  return openClr(dump, openMemory(dump));
}

/** Command lines that show the edge cases of a dump: the same for the same dump, and again worth having when it is made anew. */
export function chooseCommands(path: string): string[] {
  const clr = open(path);
  const last = new Map<MethodTable, Address>();
  const walker = clr.walk();
  while (walker.step((address, table) => last.set(table, address)));
  const tables = [...last.keys()];
  const name = (table: MethodTable) => clr.types.name(table.address, 'managed');
  const isApplication = (table: MethodTable) => !table.isFree && clr.types.moduleOf(table).path.startsWith('/srv/');
  const pick = (wants: (table: MethodTable) => boolean, count: number) => tables.filter(wants).slice(0, count);
  const named = (pattern: RegExp, count: number) => pick((table) => pattern.test(name(table)), count);
  const has = (test: (f: { isThreadStatic: boolean; isStatic: boolean; element: number }) => boolean) => pick((table) => clr.fields.own(table).some(test), 2);
  const hex = (address: Address) => address.toString(16);
  const at = (table: MethodTable) => hex(last.get(table) ?? 0);
  const shown = [...new Set([
    ...named(/^System\.String$/, 1), ...pick((t) => t.isValueType, 6), ...pick((t) => t.isArray, 6), ...named(/\[(,|\]\[)/, 2), ...named(/^System\.(Byte|Char)\[\]$/, 2), ...named(/^System\.(Action|Func|EventHandler)/, 3),
    ...named(/^System\.RuntimeType(\+RuntimeTypeCache)?$/, 2), ...named(/Exception$/, 3), ...named(/^System\.Threading\.(Thread|Tasks\.Task)/, 4), ...named(/^System\.Collections\.(Concurrent|Generic)\./, 5), ...pick(isApplication, 12),
    ...has((f) => f.isThreadStatic), ...has((f) => f.isStatic && f.element === 17), ...pick((t) => t.isFree, 1),
  ])];
  const types = [...new Set([...pick(isApplication, 5), ...named(/</, 2), ...pick((t) => t.isArray, 1), ...named(/^System\.String$/, 1)])];
  const module = clr.modules.list().find((m) => m.path.startsWith('/srv/')) ?? clr.modules.list()[0];
  const file = fileName(module.path);
  return [
    ...WHOLE,
    ...shown.map((t) => `dumpobj ${at(t)}`),
    ...shown.slice(0, 16).flatMap((t) => [`dumpobjgcrefs ${at(t)}`, `gcwhere ${at(t)}`, `verifyobj ${at(t)}`, `listnearobj ${at(t)}`, `objsize ${at(t)}`]),
    ...pick((t) => t.isArray, 4).flatMap((t) => [`dumparray ${at(t)}`, `dumparray -details -length 2 ${at(t)}`, `dumparray -start 1 -length 1 ${at(t)}`]),
    ...named(/^System\.Collections\.Concurrent\.ConcurrentDictionary</, 1).map((t) => `dumpconcurrentdictionary ${at(t)}`),
    ...named(/^System\.Collections\.Concurrent\.ConcurrentQueue</, 1).map((t) => `dumpconcurrentqueue ${at(t)}`),
    ...named(/^System\.(Action|Func|EventHandler)/, 3).map((t) => `dumpdelegate ${at(t)}`),
    ...named(/^System\.Threading\.Tasks\.Task/, 3).map((t) => `taskstate ${at(t)}`),
    ...named(/Exception$/, 3).flatMap((t) => [`printexception ${at(t)}`, `printexception -nested ${at(t)}`]),
    ...pick(isApplication, 3).map((t) => `findappdomain ${at(t)}`),
    ...types.flatMap((t) => [`dumpmt ${hex(t.address)}`, `dumpclass ${hex(t.address)}`, `dumpheap -mt ${hex(t.address)} -max 100`]),
    `dumpmodule ${hex(module.address)}`, `dumpassembly ${hex(module.assembly)}`, `name2ee ${file} Program`, `name2ee *!Program`, `name2ee ${file}!NoSuchType`, `token2ee ${file} 02000002`, `token2ee ${file} 06000001`, `token2ee ${file} 04000001`, `token2ee ${file} 0200ffff`,
  ];
}
