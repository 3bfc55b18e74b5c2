import { hex, isDumpError } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import { threadStaticAddress } from '../../heap/index.ts';
import { ElementType, primitiveName } from '../../image/index.ts';
import { line, link } from '../../output/index.ts';
import type { Inline, OutputNode } from '../../output/index.ts';
import type { Field, MethodTable } from '../../runtime/index.ts';
import type { CommandContext } from '../context.ts';
import { formatValue } from './field-value.ts';
import { heading } from './pointer-text.ts';

const TYPE_WIDTH = 20;

/** How an object is shown: alone, or indented inside `dumparray -details`. */
export interface ObjectStyle { readonly fields: boolean; readonly nested: boolean }

/** Indents as native SOS does inside an array: every piece it prints separately gets the indent again. */
export function indent(style: ObjectStyle, level: number): string {
  return style.nested ? '    '.repeat(level) : '';
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
  yield line(`${indent(style, 2)}${heading(context, 'MT')}    Field   Offset                 Type   VT     Attr ${heading(context, 'Value')} Name`);
  for (const field of fields) {
    yield fieldRow(context, field, place, style);
    if (field.isThreadStatic) yield* threadStaticRows(context, field, indent(style, 1));
  }
}

/** Instance fields of the type and its ancestors, or statics of its own: SOS prints a table then. */
export function hasFields(context: CommandContext, table: MethodTable): boolean {
  const { fields } = context.clr;
  return fields.instance(table).length > 0 || fields.own(table).some((f) => f.isStatic);
}

/** The value of a thread static on every thread that has one. */
function* threadStaticRows(context: CommandContext, field: Field, gap: string): Generator<OutputNode> {
  const { clr } = context;
  yield line(`${gap}    Thread static values (Thread:Value)`);
  for (const thread of clr.threads.list()) {
    if (!thread.osId) continue;
    try {
      const at = threadStaticAddress(clr, thread, field);
      if (at) yield line(`${gap}        ${hex(thread.osId)}:${gap}`, ...valueColumn(context, field, clr.typeLookup.fieldType(field), at, isValueField(field), false), gap);
    } catch (error) {
      if (!isDumpError(error)) throw error;
    }
  }
  yield line(gap);
}

/** Element types SOS counts as references: pointers, too. */
const NOT_VALUES: ReadonlySet<number> = new Set([ElementType.Class, ElementType.Object, ElementType.String, ElementType.SzArray, ElementType.Array, ElementType.Ptr, ElementType.FnPtr]);

function isValueField({ element }: Field): boolean {
  return !NOT_VALUES.has(element);
}

function fieldRow(context: CommandContext, field: Field, place: FieldPlace | undefined, style: ObjectStyle): OutputNode {
  const found = context.clr.typeLookup.fieldType(field);
  const unloaded = found ? undefined : context.clr.typeLookup.unloaded(field);
  const type = found || (unloaded?.handle ?? 0);
  const gap = indent(style, 1);
  const isValue = isValueField(field);
  const attr = field.isStatic ? (field.isThreadStatic ? 'TLstatic' : 'static') : 'instance';
  const at = field.isStatic ? staticAddress(context, field) : place && place.start + field.offset;
  const shift = field.isThreadStatic ? 0 : (place?.shift ?? context.memory.pointerSize);
  const head = `${indent(style, 2)}${context.memory.hex(type)} ${hex(field.token, 8)} ${hex(field.offset + shift).padStart(8)} `;
  const middle = `${gap}${typeColumn(context, field, type, unloaded?.name)} ${gap}${(isValue ? 'Yes' : 'No').padStart(4)} ${gap}${attr.padStart(8)} ${gap}`;
  if (field.isThreadStatic) return line(head, middle, ` ${field.name}`);
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
function typeColumn(context: CommandContext, field: Field, type: Address, unloaded: string | undefined): string {
  const name = primitiveField(field) ?? unloaded ?? context.clr.types.name(type, 'sos');
  return name.length > TYPE_WIDTH ? `...${name.slice(name.length - (TYPE_WIDTH - 3))}` : name.padStart(TYPE_WIDTH);
}

/** Enums and primitives are shown by the width they have in memory. */
function primitiveField(field: Field): string | undefined {
  const { element } = field;
  if (element === ElementType.Ptr) return 'PTR';
  if (element === ElementType.FnPtr) return 'FNPTR';
  if (element === ElementType.Object || element === ElementType.String) return undefined;
  const name = primitiveName(element);
  return name && `System.${name}`;
}

function valueColumn(context: CommandContext, field: Field, type: Address, at: Address | undefined, isValue: boolean, aligned = true): Inline[] {
  if (at === undefined) return [heading(context, '')];
  try {
    if (field.element === ElementType.ValueType) {
      // Static structures are boxed: SOS prints where the reference is, which dumpvc cannot use; the link leads to the value.
      const boxed = field.isStatic ? context.memory.pointer(at) : undefined;
      if (boxed === 0) return [context.memory.hex(0)];
      const address = boxed === undefined ? at : boxed + context.memory.pointerSize;
      const text = context.memory.hex(at);
      return type ? [link(text, `!dumpvc ${hex(type)} ${hex(address)}`)] : [text];
    }
    if (!isValue) {
      const target = context.memory.pointer(at);
      const text = context.memory.hex(target);
      return target ? [link(text, `!do ${hex(target)}`)] : [text];
    }
    const isFloat = field.element === ElementType.R4 || field.element === ElementType.R8;
    const text = formatValue(context.memory, field.element, at);
    return [aligned && !isFloat ? heading(context, text) : text];
  } catch (error) {
    if (isDumpError(error)) return [heading(context, '')];
    throw error;
  }
}

