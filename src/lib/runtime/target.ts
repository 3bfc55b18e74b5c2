import { ContractError } from '../bytes/index.ts';
import type { Address } from '../bytes/index.ts';
import type { Dump } from '../container/index.ts';
import type { AddressSpace } from '../memory/index.ts';
import { imageIdentity } from '../image/index.ts';
import { readDescriptors, searchDescriptor } from './descriptor.ts';
import { dataAreas, fileName, findRuntime, quickMajor, usualModules } from './discovery.ts';
import type { RuntimeModule } from './discovery.ts';
import { frameworkModule, openFramework } from './framework/open.ts';
import type { Inferred } from './framework/inferred.ts';
import { Layouts } from './layouts.ts';
import { versionTables } from './layouts/versions.ts';
import { objectShape } from './object-shape.ts';
import type { ObjectShape } from './object-shape.ts';

const MAX_SLOTS = 500;

/** The runtime inside the dump: where it is and how its structures are laid out. */
export interface Target {
  readonly dump: Dump;
  readonly memory: AddressSpace;
  readonly runtime: RuntimeModule;
  readonly major: number;
  readonly layouts: Layouts;
  readonly shape: ObjectShape;
  readonly contracts: ReadonlyMap<string, string>;
  /** g_dacTable: addresses of the runtime's variables in the order of dacvars.h. */
  readonly slots: readonly Address[];
  readonly warnings: readonly string[];
  /** Present where everything had to be found by its shape (.NET Framework). */
  readonly inferred?: Inferred;
}

/** Finds the runtime and its layouts: descriptor first, then tables for what it leaves out. */
export function openTarget(dump: Dump, memory: AddressSpace): Target {
  const framework = usualModules(dump).length === 0 ? frameworkModule(dump) : undefined;
  if (framework) return openFramework(dump, memory, framework);
  const runtime = findRuntime(dump, memory);
  const warnings: string[] = [];
  const exported = runtime.descriptor === undefined ? [] : readDescriptors(memory, runtime.descriptor, warnings);
  const major = quickMajor(runtime, memory, exported[0]?.globals ?? new Map());
  const known = versionTables(major, dump.os, dump.architecture);
  if (!known) {
    throw new ContractError(`.NET ${major} in a ${dump.architecture} ${dump.os} process: its structures are not known here`, {
      en: 'Threads, modules and memory can still be looked at; for commands on the managed heap see which runtimes are readable (docs/runtimes.md).',
      'zh-tw': '仍可檢視執行緒、模組與記憶體；受控堆積的指令能讀哪些執行階段，請見 docs/runtimes.md。',
    });
  }
  const layouts = new Layouts();
  const header = runtime.descriptor ?? (known.complete ? undefined : searchDescriptor(memory, dataAreas(dump, memory, runtime)));
  const descriptors = runtime.descriptor !== undefined || header === undefined ? exported : readDescriptors(memory, header, warnings);
  const contracts = new Map<string, string>();
  for (const { types, globals, contracts: versions } of descriptors) {
    layouts.fill(types);
    for (const [name, value] of globals) layouts.setGlobal(name, value);
    for (const [name, version] of versions) contracts.set(name, version);
  }
  const alone = descriptors.length === 0;
  const undescribed = alone && header === undefined && !known.complete && hasAllData(dump, memory, runtime);
  if (undescribed && !known.undescribed) throw noDescriptor(major, runtime);
  if (alone && !undescribed && !known.complete) throw missingPages(memory, runtime);
  for (const table of [...((undescribed && known.undescribed?.tables) || []), ...known.tables]) layouts.fill(table);
  const slots = readSlots(memory, runtime.dacTable);
  if (alone) for (const [name, slot] of Object.entries({ ...known.slots, ...known.undescribed?.slots })) if (slots[slot]) layouts.setGlobal(name, slots[slot]);
  return { dump, memory, runtime, major, layouts, shape: objectShape(memory.pointerSize), contracts, slots, warnings };
}

function hasAllData(dump: Dump, memory: AddressSpace, runtime: RuntimeModule): boolean {
  return dataAreas(dump, memory, runtime).every(({ address, size }) => memory.has(address, size));
}

function missingPages(memory: AddressSpace, runtime: RuntimeModule): ContractError {
  const name = fileName(runtime.module.path);
  const wanted = [runtime.module.version || /[/\\](\d+\.\d+\.\d+[^/\\]*)[/\\][^/\\]+$/.exec(runtime.module.path)?.[1], imageIdentity(memory, runtime.base)].filter(Boolean).join(', ');
  return new ContractError(`the read-only pages of the runtime are not in the dump: ${name} is needed (${wanted || 'build unknown'})`, {
    en: `Heap-only dumps leave out what is in files. Give the process's own ${name} as well (command line: --runtime FILE; lab: choose both files), or take a full dump (dotnet-dump collect --type Full).`,
    'zh-tw': `僅含堆積的傾印不包含檔案裡的內容。請一併提供該處理序的 ${name}（命令列：--runtime FILE；實驗室：同時選取兩個檔案），或改用完整傾印（dotnet-dump collect --type Full）。`,
  });
}

/** All of the runtime's data is there, and no descriptor in it: the dump is not to blame. */
function noDescriptor(major: number, runtime: RuntimeModule): ContractError {
  return new ContractError(`the .NET ${major} runtime in ${fileName(runtime.module.path)} does not describe its structures`, {
    en: 'Nothing is missing from the dump. Threads, modules and memory can still be looked at.',
    'zh-tw': '傾印並未缺少任何內容；仍可檢視執行緒、模組與記憶體。',
  });
}

function readSlots(memory: AddressSpace, table: Address): Address[] {
  const slots: Address[] = [];
  for (let i = 0; i < MAX_SLOTS; i++) {
    const value = memory.tryPointer(table + i * memory.pointerSize);
    if (value === undefined) break;
    slots.push(value);
  }
  return slots;
}
