import { ContractError } from '../../bytes/index.ts';
import type { Address, LocalText } from '../../bytes/index.ts';
import type { Dump, NativeModule } from '../../container/index.ts';
import type { AddressSpace } from '../../memory/index.ts';
import { fileName } from '../discovery.ts';
import { Fields } from '../fields.ts';
import { FRAMEWORK_TOKEN_REMAINDER_BITS, FRAMEWORK_X64, FRAMEWORK_X86 } from '../layouts/framework.ts';
import { GC_X64, GC_X86 } from '../layouts/gc.ts';
import { Layouts } from '../layouts.ts';
import type { LayoutTable } from '../layouts.ts';
import { Modules } from '../modules.ts';
import { objectShape } from '../object-shape.ts';
import type { ObjectShape } from '../object-shape.ts';
import type { Target } from '../target.ts';
import { Types } from '../types.ts';
import { LEAST_CONFIDENCE, measureConfidence } from './confidence.ts';
import type { Confidence } from './confidence.ts';
import type { Inferred } from './inferred.ts';
import { findModuleImages, managedImages } from './module-images.ts';
import { sampleHeap } from './sample.ts';
import type { HeapSample } from './sample.ts';
import { findSegments } from './segments.ts';
import type { FoundSegment } from './segments.ts';

const HINT: LocalText = {
  en: 'The reader of .NET Framework goes by shapes, because that runtime publishes no layouts. It needs a full dump (procdump -ma, or "Create memory dump file" of a Task Manager of the same bitness). WinDbg with SOS and the matching mscordacwks.dll reads such a dump exactly.',
  'zh-tw': '.NET Framework 沒有公開結構配置，因此這個讀取器只能依形狀推斷，而且需要完整傾印（procdump -ma，或以相同位元數的工作管理員「建立記憶體傾印檔」）。WinDbg 搭配 SOS 與相符的 mscordacwks.dll 可以準確讀取。',
};

/** clr.dll, the runtime of .NET Framework 4.x. */
export function frameworkModule(dump: Dump): NativeModule | undefined {
  return dump.modules.find((m) => /^clr\.dll$/i.test(fileName(m.path)));
}

/** Opens a process of .NET Framework 4.x by heuristics; throws ContractError when too little agrees with the guessed layouts. */
export function openFramework(dump: Dump, memory: AddressSpace, module: NativeModule): Target {
  const tables = dump.architecture === 'x86' ? [FRAMEWORK_X86, GC_X86] : dump.architecture === 'x64' ? [FRAMEWORK_X64, GC_X64] : undefined;
  if (!tables) throw new ContractError(`.NET Framework in a ${dump.architecture} process is not read`, HINT);
  return infer(dump, memory, module, `.NET Framework ${module.version || '4'}`, tables);
}

/** The heuristics for whatever tables: tests run them on runtimes whose truth is known. */
export function infer(dump: Dump, memory: AddressSpace, module: NativeModule, name: string, tables: readonly LayoutTable[]): Target {
  const layouts = new Layouts();
  for (const table of tables) layouts.fill(withoutException(table));
  layouts.setGlobal('MethodDescTokenRemainderBitCount', FRAMEWORK_TOKEN_REMAINDER_BITS);
  const shape = objectShape(dump.pointerSize);
  const segments = findSegments(dump, memory, layouts, module);
  if (segments.length === 0) throw new ContractError(`${name}: no GC segment was found`, HINT);
  const sample = sampleHeap(memory, layouts, shape, segments);
  const modules = modulesOf(memory, layouts, sample);
  const images = findModuleImages(memory, modules, managedImages(dump, memory));
  if (!images) throw new ContractError(`${name}: ${sample.tables.size} types on the heap, but no way from their modules to images`, HINT);

  const state = { confidence: { percent: 0, evidence: [] } as Confidence, wellKnown: { FreeObjectMethodTable: sample.free, StringMethodTable: 0, ObjectMethodTable: 0, ExceptionMethodTable: 0 } };
  const inferred: Inferred = {
    name, segments, modules,
    imageOf: (at) => images.imageOf(at),
    get confidence() { return state.confidence; },
    get wellKnown() { return state.wellKnown; },
    limits: limitsOf(segments),
  };
  const target: Target = {
    dump, memory, layouts, shape, inferred, major: 4, contracts: new Map(), slots: [], warnings: [],
    runtime: { module, base: module.base, end: module.base + module.size, dacTable: 0, descriptor: undefined, singleFile: false },
  };
  const types = new Types(target, new Modules(target));
  state.wellKnown = wellKnown(types, sample, shape);
  state.confidence = measureConfidence(memory, types, sample, sample.texts.filter((at) => memory.tryPointer(at) === state.wellKnown.StringMethodTable));
  if (state.confidence.percent < LEAST_CONFIDENCE) {
    throw new ContractError(`${name}: the guessed layouts do not fit this dump (${state.confidence.evidence.map((e) => `${e.agree} of ${e.of} ${e.what.en}`).join('; ')})`, HINT);
  }
  layouts.fill({ Exception: exceptionFields(types, state.wellKnown.ExceptionMethodTable) });
  for (const table of tables) layouts.fill({ Exception: table['Exception'] ?? {} });
  return target;
}

/** Where an exception keeps things is read from its own fields; the table is for what they do not say. */
function withoutException({ Exception: _, ...rest }: LayoutTable): LayoutTable {
  return rest;
}

function exceptionFields(types: Types, exception: Address): Record<string, number> {
  const table = types.find(exception);
  if (!table) return {};
  const base = types.target.shape.fields;
  return Object.fromEntries(new Fields(types).own(table).filter((f) => !f.isStatic && f.name).map((f) => [f.name, base + f.offset]));
}

/** Modules of the types in the sample, those with the most types first. */
function modulesOf(memory: AddressSpace, layouts: Layouts, sample: HeapSample): Address[] {
  const counts = new Map<Address, number>();
  const offset = layouts.offset('MethodTable', 'Module');
  for (const table of sample.tables.keys()) {
    const module = table === sample.free ? 0 : (memory.tryPointer(table + offset) ?? 0);
    if (module) counts.set(module, (counts.get(module) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1]).map(([module]) => module);
}

/** System.Object and System.Exception among the ancestors of what is on the heap; System.String by its components of two bytes. */
function wellKnown(types: Types, sample: HeapSample, shape: ObjectShape): Inferred['wellKnown'] {
  const found = { FreeObjectMethodTable: sample.free, StringMethodTable: 0, ObjectMethodTable: 0, ExceptionMethodTable: 0 };
  for (const address of sample.tables.keys()) {
    let table = types.find(address);
    if (!table || table.isFree) continue;
    if (table.componentSize === 2 && !table.isArray && types.name(address, 'sos') === 'System.String') found.StringMethodTable = address;
    for (let depth = 0; table && depth < 64; depth++) {
      if (!table.parent && table.baseSize === shape.minSize && !table.isArray) found.ObjectMethodTable ||= table.address;
      if (!found.ExceptionMethodTable && !table.isArray && types.name(table.address, 'sos') === 'System.Exception') found.ExceptionMethodTable = table.address;
      table = table.parent ? types.find(table.parent) : undefined;
    }
  }
  return found;
}

function limitsOf(segments: readonly FoundSegment[]): LocalText[] {
  const limits: LocalText[] = [{
    en: 'Heap, types, strings, fields and exceptions are read. Threads’ managed stacks, handles, roots, locks and generations are not.',
    'zh-tw': '可讀取堆積、型別、字串、欄位與例外狀況；執行緒的受控堆疊、控制代碼、根、鎖定與世代則無法讀取。',
  }];
  if (!segments.some((s) => s.kind === 'ephemeral')) {
    limits.push({
      en: 'The end of the newest allocations was not found (server GC keeps it elsewhere): objects younger than the last GC are not listed.',
      'zh-tw': '找不到最新配置的終點（伺服器 GC 把它放在別處）：上次 GC 之後配置的物件不會列出。',
    });
  }
  return limits;
}
