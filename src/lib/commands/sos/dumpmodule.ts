import { hex } from '../../bytes/index.ts';
import { Table } from '../../image/index.ts';
import { line, link, progress } from '../../output/index.ts';
import type { CommandRun, OutputNode } from '../../output/index.ts';
import type { ClrModule, LookupMap } from '../../runtime/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { heading, upper } from './pointer-text.ts';

const MAPS: readonly (readonly [label: string, map: LookupMap | undefined])[] = [
  ['TypeDefToMethodTableMap', 'TypeDefToMethodTableMap'], ['TypeRefToMethodTableMap', 'TypeRefToMethodTableMap'], ['MethodDefToDescMap', 'MethodDefToDescMap'],
  ['FieldDefToDescMap', 'FieldDefToDescMap'], ['MemberRefToDescMap', 'MemberRefToDescMap'], ['FileReferencesMap', undefined], ['AssemblyReferencesMap', 'ManifestModuleReferencesMap'],
];

export const dumpmodule: CommandDef = {
  name: 'dumpmodule',
  host: 'sos',
  group: 'modules',
  summary: { en: 'A managed module: file, assembly, tables; with -mt the types it defines and uses.', 'zh-tw': '受控模組的檔案、組件與查詢表；加 -mt 列出其定義與參考的型別。' },
  options: [
    { name: '-mt', help: { en: 'Types defined and referenced in the module.', 'zh-tw': '模組定義與參考的型別。' } },
    { name: '-prof', help: { en: 'Profiler data (not in dumps).', 'zh-tw': '分析工具資料（傾印中沒有）。' } },
    { name: '-d', help: { en: 'Print links (always on here).', 'zh-tw': '輸出連結（此處一律啟用）。' } },
  ],
  args: [{ name: 'module', kind: 'hex', help: { en: 'Address of the module.', 'zh-tw': '模組位址。' } }],
  examples: ['dumpmodule 681b8b20', 'dumpmodule -mt 681b8b20'],
  *run(context, args): CommandRun {
    const { clr, memory } = context;
    const address = args.number('module') ?? 0;
    const module = clr.modules.list().find((m) => m.address === address);
    if (!module) {
      yield line(`Fail to fill Module ${upper(context, address)}`);
      return;
    }
    const { layouts } = clr.target;
    const allocator = layouts.tryOffset('Module', 'LoaderAllocator');
    yield line(`Name: ${module.path || 'Unknown Module'}`);
    yield line(`Attributes:              ${module.base ? `PEFile ${isFlat(context, module) ? 'IsFileLayout ' : ''}` : 'Reflection IsDynamic IsInMemory '}`);
    yield line('Assembly:                ', link(context.memory.hex(module.assembly), `!dumpassembly ${hex(module.assembly)}`));
    yield line(`BaseAddress:             ${upper(context, module.base)}`);
    yield line(`LoaderHeap:              ${upper(context, allocator === undefined ? 0 : memory.pointer(module.address + allocator))}`);
    for (const [label, map] of MAPS) {
      const table = map ? memory.pointer(module.address + layouts.offset('Module', map) + layouts.offset('ModuleLookupMap', 'TableData')) : 0;
      yield line(`${`${label}:`.padEnd(25)}${upper(context, table)}`);
    }
    if (module.base && module.metadata) yield line(`MetaData start address:  ${upper(context, module.metadata.address)} (${module.metadata.size} bytes)`);
    yield { kind: 'fact', subject: 'module', address, values: { path: module.path } };
    if (args.has('-mt')) yield* types(context, module);
    if (!args.has('-prof')) return;
    // Rewritten IL is kept by the runtime's profiling side, which dumps do not describe.
    yield line();
    yield line('This module has no methods with profiler modified IL.');
  },
};

/** Flat images keep the layout of their file: metadata is not where the mapped section would put it. */
function isFlat(context: CommandContext, module: ClrModule): boolean {
  const { memory, clr } = context;
  const { layouts } = clr.target;
  if (!module.image || context.dump.os === 'windows') return false;
  const follow = (from: number, type: string, field: string) => (from ? (memory.tryPointer(from + layouts.offset(type, field)) ?? 0) : 0);
  const layout = follow(follow(follow(module.address, 'Module', 'PEAssembly'), 'PEAssembly', 'PEImage'), 'PEImage', 'LoadedImageLayout');
  return layout !== 0 && (memory.u32(layout + layouts.offset('PEImageLayout', 'Flags')) & 1) === 0;
}

function* types(context: CommandContext, module: ClrModule): CommandRun {
  yield* typeTable(context, module, 'Types defined in this module', heading(context, 'TypeDef'), Table.TypeDef, 'TypeDefToMethodTableMap', 0x02000000);
  // SOS prints rows of TypeRef with the token prefix of TypeDef.
  yield* typeTable(context, module, 'Types referenced in this module', `  ${heading(context, 'TypeRef')}`, Table.TypeRef, 'TypeRefToMethodTableMap', 0x02000000);
}

function* typeTable(context: CommandContext, module: ClrModule, title: string, kind: string, table: number, map: LookupMap, token: number): Generator<OutputNode | ReturnType<typeof progress>, void, void> {
  const { clr } = context;
  const rows = module.metadata?.rows(table) ?? 0;
  yield line();
  yield line(title);
  yield line();
  yield line(`${heading(context, 'MT')} ${kind} Name`);
  yield line('-'.repeat(78));
  for (let rid = 1; rid <= rows; rid++) {
    const handle = clr.modules.lookup(module.address, map, rid);
    if (!handle) continue;
    yield line(link(context.memory.hex(handle), `!dumpmt ${hex(handle)}`), ` 0x${hex(token + rid, 8)} ${clr.types.name(handle, 'sos')}`);
    if (rid % 200 === 0) yield progress(rid, rows);
  }
}
