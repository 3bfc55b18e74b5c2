import { hex } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import { line, link } from '../../output/index.ts';
import type { OutputNode } from '../../output/index.ts';
import { activeNativeCode, fullMethodDescSize, methodDescSize } from '../../runtime/index.ts';
import type { Method, MethodTable } from '../../runtime/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { classDetails } from './dumpclass.ts';
import { moduleFile, shownBaseSize } from './object-text.ts';
import { heading, upper } from './pointer-text.ts';

/** Virtual slots are reached through chunks of eight (vm/methodtable.h, VTABLE_SLOTS_PER_CHUNK). */
const SLOTS_PER_CHUNK = 8;
const MAX_METHODS = 1 << 14;

export const dumpmt: CommandDef = {
  name: 'dumpmt',
  host: 'sos',
  byShape: true,
  group: 'types',
  summary: { en: 'A type: parent, module, size, number of methods; with -md its methods.', 'zh-tw': '型別的父型別、模組、大小與方法數；加 -md 列出方法。' },
  options: [
    { name: '-md', help: { en: 'Also the methods.', 'zh-tw': '一併列出方法。' } },
    { name: '-all', help: { en: 'Everything.', 'zh-tw': '顯示全部。' } },
    { name: '-d', help: { en: 'Print links (always on here).', 'zh-tw': '輸出連結（此處一律啟用）。' } },
  ],
  args: [{ name: 'mt', kind: 'hex', help: { en: 'Address of the MethodTable.', 'zh-tw': 'MethodTable 位址。' } }],
  examples: ['dumpmt 6823f4a0', 'dumpmt -md 6823f4a0'],
  *run(context, args) {
    const { clr, memory } = context;
    const address = args.number('mt') ?? 0;
    const table = clr.types.find(address);
    if (!table) {
      yield line(`${upper(context, address)} is not a MethodTable`);
      return;
    }
    if (table.isFree) {
      yield line('Free MethodTable');
      return;
    }
    const { layouts } = clr.target;
    const name = clr.types.name(address, 'sos');
    yield line('Parent:              ', link(context.memory.hex(table.parent), `!dumpmt ${hex(table.parent)}`));
    if (table.canonical !== address) yield line('Canonical:           ', link(context.memory.hex(table.canonical), `!dumpmt ${hex(table.canonical)}`));
    yield line('Module:              ', link(upper(context, table.module), `!dumpmodule ${hex(table.module)}`));
    yield line(`Name:                ${name}`);
    yield line(`mdToken:             ${upper(context, 0x02000000 + table.rid)}`);
    yield line(`File:                ${moduleFile(context, table)}`);
    const loadContext = assemblyLoadContext(context, table);
    if (loadContext) yield line('AssemblyLoadContext: ', link(upper(context, loadContext), `!do ${hex(loadContext)}`));
    else if (loadContext === 0) yield line("AssemblyLoadContext: Default ALC - The managed instance of this context doesn't exist yet.");
    yield line(`BaseSize:            0x${hex(shownBaseSize(table))}`);
    if (table.componentSize) yield line(`ComponentSize:       0x${hex(table.componentSize)}`);
    yield line(`Has GC Pointers:     ${table.containsPointers}`);
    const methods = memory.u16(table.eeClass + layouts.offset('EEClass', 'NumMethods'));
    yield line(`Number of Methods:   ${methods}`);
    yield line(`Number of IFaces in IFaceMap: ${memory.u16(address + layouts.offset('MethodTable', 'NumInterfaces'))}`);
    yield { kind: 'fact', subject: 'type', address, values: { name, baseSize: table.baseSize, methods } };
    if (args.has('-md') || args.has('-all')) yield* methodRows(context, table);
    if (!args.has('-all')) return;
    yield line('-'.repeat(38));
    yield line('Additional Details');
    yield* classDetails(context, table);
  },
};

/** Managed AssemblyLoadContext of the type's module: PEAssembly → AssemblyBinder → handle → object; 0 before it is made, undefined where this is not described. */
export function assemblyLoadContext(context: CommandContext, table: MethodTable): Address | undefined {
  const { memory, clr } = context;
  const { layouts } = clr.target;
  let at: Address = table.module;
  for (const [type, field] of [['Module', 'PEAssembly'], ['PEAssembly', 'AssemblyBinder'], ['AssemblyBinder', 'AssemblyLoadContext']] as const) {
    const offset = layouts.tryOffset(type, field);
    if (offset === undefined) return undefined;
    at = memory.tryPointer(at + offset) ?? 0;
    if (!at) return 0;
  }
  return memory.tryPointer(at) ?? 0;
}

function* methodRows(context: CommandContext, table: MethodTable): Generator<OutputNode> {
  const { clr, memory } = context;
  yield line('-'.repeat(38));
  yield line('MethodDesc Table');
  const width = 2 * memory.pointerSize;
  yield line(`${heading(context, 'Entry')} ${heading(context, 'MethodDesc'.slice(0, width))}    JIT ${'Slot'.padEnd(width)} Name`);
  for (const method of slotOrder(context, table)) {
    const start = activeNativeCode(clr.target, method, clr.code);
    const kind = start === undefined ? undefined : clr.code.find(start)?.kind;
    const jit = kind === 'jit' ? 'JIT' : kind === 'r2r' ? 'PreJIT' : 'NONE';
    const entry = slotEntry(context, table, method) ?? 0;
    yield line(`${upper(context, entry)} `, link(upper(context, method.address), `!dumpmd ${hex(method.address)}`), ` ${jit.padStart(6)} ${context.memory.hex(method.slot).toUpperCase()} ${method.signature}`);
  }
}

/**
 * First the slots of the vtable, inherited methods with them, then what else the type declares, in the order of its chunks. Slots
 * of methods that are not virtual belong to the vtable of the canonical type only.
 */
function* slotOrder(context: CommandContext, table: MethodTable): Generator<Method> {
  const { layouts } = context.clr.target;
  const own = [...methodsOf(context, table)];
  const count = virtuals(context, table);
  const more = table.canonical === table.address && layouts.has('EEClass', 'NumNonVirtualSlots') ? context.memory.u16(table.eeClass + layouts.offset('EEClass', 'NumNonVirtualSlots')) : 0;
  const bySlot = new Map<number, Method>();
  for (const method of own) if (!bySlot.has(method.slot)) bySlot.set(method.slot, method);
  let parent = table.parent ? context.clr.types.find(table.parent) : undefined;
  for (let depth = 0; parent && depth < 64; depth++, parent = parent.parent ? context.clr.types.find(parent.parent) : undefined) {
    for (const method of methodsOf(context, parent)) if (method.slot < count && !bySlot.has(method.slot)) bySlot.set(method.slot, method);
  }
  for (let slot = 0; slot < count + more; slot++) {
    const method = bySlot.get(slot);
    if (method) yield method;
  }
  for (const method of own) if (method.slot >= count + more) yield method;
}

function virtuals(context: CommandContext, table: MethodTable): number {
  return context.memory.u16(table.address + context.clr.target.layouts.offset('MethodTable', 'NumVirtuals'));
}

/** Methods a type itself declares: the chunks of its EEClass. */
function* methodsOf(context: CommandContext, table: MethodTable): Generator<Method> {
  const { memory, clr } = context;
  const { layouts } = clr.target;
  let chunk = memory.pointer(table.eeClass + layouts.offset('EEClass', 'MethodDescChunk'));
  const alignment = layouts.tryGlobal('MethodDescAlignment') ?? memory.pointerSize;
  for (let count = 0; chunk && count < MAX_METHODS; ) {
    const size = (memory.u8(chunk + layouts.offset('MethodDescChunk', 'Size')) + 1) * alignment;
    const start = chunk + layouts.size('MethodDescChunk');
    let step = alignment;
    for (let at = start; at < start + size; at += step) {
      step = alignment;
      // Where sizes are not known: inside a MethodDesc the index byte does not equal the distance from the chunk.
      if (memory.u8(at + layouts.offset('MethodDesc', 'ChunkIndex')) !== (at - start) / alignment) continue;
      const method = clr.methods.find(at);
      if (!method) continue;
      step = fullMethodDescSize(clr.target, method) ?? alignment;
      count++;
      yield method;
    }
    chunk = memory.pointer(chunk + layouts.offset('MethodDescChunk', 'Next'));
  }
}

/** What the method's slot points to: its code, or a stub that leads there. */
function slotEntry(context: CommandContext, table: MethodTable, method: Method): Address | undefined {
  const { memory, clr } = context;
  const { layouts } = clr.target;
  const count = virtuals(context, table);
  if (method.slot < count) {
    const chunk = memory.tryPointer(table.address + layouts.size('MethodTable') + memory.pointerSize * Math.floor(method.slot / SLOTS_PER_CHUNK));
    return chunk ? memory.tryPointer(chunk + memory.pointerSize * (method.slot % SLOTS_PER_CHUNK)) : undefined;
  }
  const size = method.flags & 0x08 ? methodDescSize(clr.target, method.kind) : undefined;
  if (size !== undefined) return memory.tryPointer(method.address + size);
  const offset = layouts.tryOffset('MethodTableAuxiliaryData', 'OffsetToNonVirtualSlots');
  if (offset === undefined) return undefined;
  // Instantiations over references share the canonical type's slots.
  const auxiliary = memory.pointer(table.canonical + layouts.offset('MethodTable', 'AuxiliaryData'));
  const distance = (memory.u16(auxiliary + offset) << 16) >> 16;
  return memory.tryPointer(auxiliary + distance - memory.pointerSize * (method.slot - count + 1));
}
