import { hex, isDumpError } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import { ElementType, primitiveName } from '../../image/index.ts';
import { line, lines, link } from '../../output/index.ts';
import type { Inline, OutputNode } from '../../output/index.ts';
import { fileName } from '../../runtime/index.ts';
import type { Field, MethodTable } from '../../runtime/index.ts';
import type { CommandContext } from '../context.ts';
import { formatValue } from './field-value.ts';

const TYPE_WIDTH = 20;
const MAX_STRING = 0x200000;
/** Bytes of the MethodTable pointer in front of an object's fields. */
const OBJECT_SHIFT = 8;
const HEADER = '              MT    Field   Offset                 Type   VT     Attr            Value Name';

/** How an object is shown: alone, or indented inside `dumparray -details`. */
export interface ObjectStyle { readonly fields: boolean; readonly nested: boolean }

/** Indents as native SOS does inside an array: every piece it prints separately gets the indent again. */
function indent(style: ObjectStyle, level: number): string {
  return style.nested ? '    '.repeat(level) : '';
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
  const size = clr.objects.size(address, table);
  if (table.isFree) {
    yield line(`${pad}Free Object`);
    yield line(`${pad}Size:        ${sizeText(size)}`);
    return;
  }
  const name = clr.types.name(table.address, 'sos');
  yield line(`${pad}Name:        ${name}`);
  yield line(`${pad}MethodTable: `, methodTableLink(context, table.address));
  if (table.isArray) yield line(`${pad}EEClass:     ${context.memory.hex(table.canonical)}`);
  yield line(`${pad}Size:        ${sizeText(size)}`);
  if (table.isArray) {
    yield line(`${pad}Array:       Rank ${clr.types.rank(table)}, Number of elements ${clr.objects.length(address)}, Type ${elementTypeName(context, table)} (`, link('Print Array', `!dumparray ${hex(address)}`), ')');
    yield* arrayContent(context, address, table);
  } else yield line(`${pad}File:        ${moduleFile(context, table)}`);
  if (table.isString) yield* stringLines(context, address, style);
  if (style.fields && !table.isArray) {
    yield line(`${pad}Fields:`);
    yield* fieldRows(context, table, { start: address + OBJECT_SHIFT, shift: OBJECT_SHIFT }, style);
  }
  yield fact(context, address, table, size, name);
}

function fact(context: CommandContext, address: Address, table: MethodTable, size: number, name: string): OutputNode {
  const text = table.isString ? (context.clr.objects.tryString(address, 1024) ?? '') : '';
  return { kind: 'fact', subject: 'object', address, values: { type: name, mt: hex(table.address), size, ...(table.isString && { text }) } };
}

/** The text as a console shows it: its line breaks break lines. */
function stringLines(context: CommandContext, address: Address, style: ObjectStyle): Generator<OutputNode> {
  const { objects } = context.clr;
  const text = objects.length(address) > MAX_STRING ? '<String is invalid or too large to print>' : (objects.tryString(address) ?? '<unreadable>');
  return lines(style.nested ? `    String:          ${text}    ` : `String:      ${text}`);
}

/** Characters of byte and char arrays, as dumpobj shows them. */
function* arrayContent(context: CommandContext, address: Address, table: MethodTable): Generator<OutputNode> {
  const element = context.clr.types.find(table.perInstInfo);
  const name = element ? context.clr.types.name(element.address, 'sos') : '';
  if (name !== 'System.Byte' && name !== 'System.Char' && name !== 'System.SByte') return;
  const width = name === 'System.Char' ? 2 : 1;
  const count = Math.min(context.clr.objects.length(address), 128);
  const bytes = context.memory.readUpTo(address + 16, count * width);
  let text = '';
  for (let i = 0; i + width <= bytes.length; i += width) {
    const code = width === 2 ? bytes[i] | (bytes[i + 1] << 8) : bytes[i];
    text += code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : '.';
  }
  yield line(`Content:     ${text}`);
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

/** Where the values of a field table are; without it only the fields are listed. */
export interface FieldPlace {
  /** First byte behind the MethodTable pointer, or of the value itself. */
  readonly start: Address;
  /** Added to printed offsets: objects count from their MethodTable pointer. */
  readonly shift: number;
}

/** The field table of a type: with values when it is known where they are. */
export function* fieldRows(context: CommandContext, table: MethodTable, place: FieldPlace | undefined, style: ObjectStyle): Generator<OutputNode> {
  const chain: MethodTable[] = [];
  for (let t: MethodTable | undefined = table; t && chain.length < 256; t = t.parent ? context.clr.types.find(t.parent) : undefined) chain.push(t);
  const fields = chain.reverse().flatMap((t) => context.clr.fields.own(t));
  if (fields.length === 0) {
    yield line(`${indent(style, 2)}None`);
    return;
  }
  yield line(indent(style, 2) + HEADER);
  for (const field of fields) yield fieldRow(context, field, place, style);
}

function fieldRow(context: CommandContext, field: Field, place: FieldPlace | undefined, style: ObjectStyle): OutputNode {
  const type = context.clr.typeLookup.fieldType(field);
  const gap = indent(style, 1);
  const isValue = field.element !== ElementType.Class && field.element !== ElementType.Object && field.element !== ElementType.String && field.element !== ElementType.SzArray && field.element !== ElementType.Array;
  const attr = field.isStatic ? (field.isThreadStatic ? 'TLstatic' : 'static') : 'instance';
  const at = place === undefined ? undefined : field.isStatic ? staticAddress(context, field) : place.start + field.offset;
  const head = `${indent(style, 2)}${context.memory.hex(type)} ${hex(field.token, 8)} ${hex(field.offset + (place?.shift ?? OBJECT_SHIFT)).padStart(8)} `;
  const middle = `${gap}${typeColumn(context, field, type)} ${gap}${(isValue ? 'Yes' : 'No').padStart(4)} ${gap}${attr.padStart(8)} ${gap}`;
  return line(head, middle, ...valueColumn(context, field, type, at, isValue), ` ${gap}${field.name}`);
}

function staticAddress(context: CommandContext, field: Field): Address | undefined {
  try {
    return context.clr.fields.staticAddress(field);
  } catch (error) {
    if (isDumpError(error)) return undefined;
    throw error;
  }
}

/** Last 17 characters after "..." when the name is longer than its column. */
function typeColumn(context: CommandContext, field: Field, type: Address): string {
  const name = primitiveField(field) ?? (type ? context.clr.types.name(type, 'sos') : field.signature?.kind === 'szarray' ? 'SZARRAY' : '');
  return name.length > TYPE_WIDTH ? `...${name.slice(name.length - (TYPE_WIDTH - 3))}` : name.padStart(TYPE_WIDTH);
}

/** Enums and primitives are shown by the width they have in memory. */
function primitiveField(field: Field): string | undefined {
  const { element } = field;
  if (element === ElementType.Ptr || element === ElementType.FnPtr) return 'PTR';
  if (element === ElementType.Object || element === ElementType.String) return undefined;
  const name = primitiveName(element);
  return name && `System.${name}`;
}

function valueColumn(context: CommandContext, field: Field, type: Address, at: Address | undefined, isValue: boolean): Inline[] {
  if (at === undefined) return [' '.repeat(16)];
  try {
    if (field.element === ElementType.ValueType) {
      const address = field.isStatic ? context.memory.pointer(at) + 8 : at;
      const text = context.memory.hex(address);
      return type ? [link(text, `!dumpvc ${hex(type)} ${hex(address)}`)] : [text];
    }
    if (!isValue) {
      const target = context.memory.pointer(at);
      const text = context.memory.hex(target);
      return target ? [link(text, `!do ${hex(target)}`)] : [text];
    }
    return [formatValue(context.memory, field.element, at).padStart(16)];
  } catch (error) {
    if (isDumpError(error)) return [' '.repeat(16)];
    throw error;
  }
}

/** Short module name for texts that name the module of a type. */
export function moduleShortName(context: CommandContext, address: Address): string {
  return fileName(context.clr.modules.at(address).path);
}
