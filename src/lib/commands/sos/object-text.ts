import { hex } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import { line, lines, link } from '../../output/index.ts';
import type { Inline, OutputNode } from '../../output/index.ts';
import { fileName } from '../../runtime/index.ts';
import type { MethodTable } from '../../runtime/index.ts';
import type { CommandContext } from '../context.ts';
import { fieldRows, hasFields, indent } from './field-table.ts';
import type { FieldPlace, ObjectStyle } from './field-table.ts';
import { thinLock } from './thin-lock.ts';

const MAX_STRING = 0x200000;

/** Debuggers leave out the terminating NUL of strings. */
export function shownBaseSize(table: MethodTable): number {
  return table.isString ? table.baseSize - 2 : table.baseSize;
}

/** Head of a value: name, MethodTable, canonical MethodTable where it is another, size and file. */
export function* valueHead(context: CommandContext, table: MethodTable, pad = ''): Generator<OutputNode> {
  yield line(`${pad}Name:        ${context.clr.types.name(table.address, 'sos')}`);
  yield line(`${pad}MethodTable: `, methodTableLink(context, table.address));
  if (table.canonical !== table.address) yield line(`${pad}Canonical: `, methodTableLink(context, table.canonical));
  yield line(`${pad}Size:        ${sizeText(shownBaseSize(table))}`);
  yield line(`${pad}File:        ${moduleFile(context, table)}`);
}

export function sizeText(size: number): string {
  return `${size}(0x${hex(size)}) bytes`;
}

export function moduleFile(context: CommandContext, table: MethodTable): string {
  const path = context.clr.types.moduleOf(context.clr.types.get(definingTable(context, table))).path;
  return path || 'Unknown Module';
}

/** Arrays belong to the module of their element type. */
function definingTable(context: CommandContext, table: MethodTable): Address {
  let current = table;
  for (let depth = 0; current.isArray && depth < 16; depth++) {
    const element = context.clr.types.find(current.perInstInfo);
    if (!element) break;
    current = element;
  }
  return current.address;
}

/** Name, MethodTable, size, file, string text and fields of an object: the body of dumpobj. */
export function* objectText(context: CommandContext, address: Address, style: ObjectStyle): Generator<OutputNode> {
  const { clr } = context;
  const table = clr.objects.find(address);
  const pad = indent(style, 1);
  if (!table) {
    yield line(`${pad}<Note: this object has an invalid CLASS field>`);
    yield line(`${pad}Invalid object`);
    return;
  }
  const size = clr.objects.bareSize(address, table);
  if (table.isFree) {
    yield line(`${pad}Free Object`);
    yield line(`${pad}Size:        ${sizeText(size)}`);
    return;
  }
  const name = clr.types.name(table.address, 'sos');
  yield line(`${pad}Name:        ${name}`);
  yield line(`${pad}MethodTable: `, methodTableLink(context, table.address));
  yield line(`${pad}Size:        ${sizeText(size)}`);
  yield* runtimeTypeLines(context, address, name, pad);
  if (table.isArray) {
    // Consoles without links do not get this one.
    const more = context.session.host.debugger === 'windbg' ? [' (', link('Print Array', `!dumparray ${hex(address)}`), ')'] : [pad];
    yield line(`${pad}Array:       Rank ${clr.types.rank(table)}, Number of elements ${clr.objects.length(address)}, Type ${elementTypeName(context, table)}`, ...more);
    yield* arrayContent(context, address, table, pad);
  } else yield line(`${pad}File:        ${moduleFile(context, table)}`);
  if (table.isString) yield* stringLines(context, address, style);
  if (style.fields) {
    yield line(`${pad}Fields:`);
    if (hasFields(context, table)) yield* fieldRows(context, table, objectPlace(context, address), style);
    else yield line(`${pad}None`);
  }
  yield* thinLockLine(context, address, pad);
  yield fact(context, address, table, size, name);
}

function fact(context: CommandContext, address: Address, table: MethodTable, size: number, name: string): OutputNode {
  const text = table.isString ? (context.clr.objects.tryString(address, 1024) ?? '') : '';
  return { kind: 'fact', subject: 'object', address, values: { type: name, mt: hex(table.address), size, ...(table.isString && { text }) } };
}

/** What a System.RuntimeType stands for; its cache names it through the type it belongs to. */
function* runtimeTypeLines(context: CommandContext, address: Address, name: string, pad: string): Generator<OutputNode> {
  const { clr, memory } = context;
  let object = address;
  if (name === 'System.RuntimeType+RuntimeTypeCache') object = memory.tryPointer(fieldAt(context, address, 'm_runtimeType')) ?? 0;
  else if (name !== 'System.RuntimeType') return;
  const handle = memory.tryPointer(fieldAt(context, object, 'm_handle'));
  if (!handle) return;
  if (clr.types.isTypeDesc(handle)) {
    yield line(`${pad}TypeDesc:    ${context.memory.hex(handle - (handle % 4)).toUpperCase()}`);
    return;
  }
  yield line(`${pad}Type Name:   ${clr.types.name(handle, 'sos')}`);
  yield line(`${pad}Type MT:     `, methodTableLink(context, handle));
}

/** Fields of objects begin behind the MethodTable pointer, and offsets are printed from there. */
function objectPlace({ memory }: CommandContext, address: Address): FieldPlace {
  return { start: address + memory.pointerSize, shift: memory.pointerSize };
}

/** Address of an instance field of an object; 0 when it has none of this name. */
function fieldAt({ clr, memory }: CommandContext, object: Address, name: string): Address {
  const table = clr.objects.find(object);
  const field = table && clr.fields.find(table, name);
  return field ? object + memory.pointerSize + field.offset : 0;
}

function* thinLockLine(context: CommandContext, address: Address, pad: string): Generator<OutputNode> {
  const lock = thinLock(context.clr, address);
  if (lock) yield line(`${pad}ThinLock owner ${hex(lock.managedId)} (${context.memory.hex(lock.thread).toUpperCase()}), Recursive ${hex(lock.recursion)}`);
}

/** The text as a console shows it: its line breaks break lines. */
function stringLines(context: CommandContext, address: Address, style: ObjectStyle): Generator<OutputNode> {
  const { objects } = context.clr;
  const text = objects.length(address) > MAX_STRING ? '<String is invalid or too large to print>' : (objects.tryString(address) ?? '<unreadable>');
  return lines(style.nested ? `    String:          ${text}    ` : `String:      ${text}`);
}

/** Characters of byte and char arrays, as dumpobj shows them. */
function* arrayContent(context: CommandContext, address: Address, table: MethodTable, pad: string): Generator<OutputNode> {
  const element = context.clr.types.find(table.perInstInfo);
  const name = element ? context.clr.types.name(element.address, 'sos') : '';
  if (name !== 'System.Byte' && name !== 'System.Char' && name !== 'System.SByte') return;
  const width = name === 'System.Char' ? 2 : 1;
  const count = Math.min(context.clr.objects.length(address), 128);
  const bytes = context.memory.readUpTo(address + context.clr.target.shape.elements, count * width);
  let text = '';
  for (let i = 0; i + width <= bytes.length; i += width) {
    const code = width === 2 ? bytes[i] | (bytes[i + 1] << 8) : bytes[i];
    text += code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : '.';
  }
  yield line(`${pad}Content:     ${pad}${text}${pad}`);
}

/** CorElementType of array elements, as SOS spells it. */
export function elementTypeName(context: CommandContext, table: MethodTable): string {
  const { types } = context.clr;
  if (types.isTypeDesc(table.perInstInfo)) return 'PTR';
  const element = types.find(table.perInstInfo);
  if (!element) return 'CLASS';
  if (element.isArray) return types.isSzArray(element) ? 'SZARRAY' : 'ARRAY';
  const name = types.name(element.address, 'sos');
  const plain = /^System\.(Boolean|Char|SByte|Byte|Int16|UInt16|Int32|UInt32|Int64|UInt64|Single|Double|IntPtr|UIntPtr)$/.exec(name);
  if (plain) return plain[1];
  return element.isValueType ? 'VALUETYPE' : 'CLASS';
}

function methodTableLink(context: CommandContext, address: Address): Inline {
  return link(context.memory.hex(address), `!dumpmt ${hex(address)}`);
}

/** Short module name for texts that name the module of a type. */
export function moduleShortName(context: CommandContext, address: Address): string {
  return fileName(context.clr.modules.at(address).path);
}
