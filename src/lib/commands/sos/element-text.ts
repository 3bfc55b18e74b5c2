import type { Address } from '../../bytes/index.ts';
import type { Clr } from '../../heap/index.ts';
import { ElementType } from '../../image/index.ts';
import { link } from '../../output/index.ts';
import type { Inline } from '../../output/index.ts';
import type { Field } from '../../runtime/index.ts';
import { formatValue } from './field-value.ts';

const MAX_TEXT = 1024;

/** The object a reference leads to, as the collection commands of SOS print it: text of strings, a command for others (with 0x for elements, without for fields). */
export function referenceText(clr: Clr, target: Address, prefix = '0x'): Inline[] {
  if (!target) return ['null'];
  const text = clr.objects.tryString(target, MAX_TEXT);
  if (text !== undefined) return [`"${text}"`];
  const address = target.toString(16);
  return [link(`dumpobj ${prefix}${address.padStart(16, '0')}`, `!dumpobj ${address}`)];
}

/** A value of a simple type, or undefined for structures. */
export function simpleText(clr: Clr, element: number, at: Address): string | undefined {
  switch (element) {
    case ElementType.Char: return `'${String.fromCharCode(clr.memory.u16(at))}'`;
    case ElementType.Boolean: return clr.memory.u8(at) ? 'True' : 'False';
    case ElementType.I:
    case ElementType.U: {
      const value = clr.memory.pointer(at);
      return value ? `0x${value.toString(16)}` : 'null';
    }
    case ElementType.ValueType: return undefined;
    default: return formatValue(clr.memory, element, at);
  }
}

/** The content of a field of an object: references, simple values, and a dumpvc command for structures. */
export function fieldText(clr: Clr, object: Address, field: Field): Inline[] {
  const at = object + 8 + field.offset;
  if (isReference(field.element)) return referenceText(clr, clr.memory.tryPointer(at) ?? 0, '');
  const simple = simpleText(clr, field.element, at);
  if (simple !== undefined) return [simple];
  const type = clr.typeLookup.fieldType(field);
  const command = `dumpvc ${type.toString(16).padStart(16, '0')} ${at.toString(16).padStart(16, '0')}`;
  return type ? [link(command, `!${command}`)] : ['?'];
}

const REFERENCES = new Set<number>([
  ElementType.Class, ElementType.String, ElementType.Object, ElementType.SzArray, ElementType.Array, ElementType.Var, ElementType.GenericInst,
]);

export function isReference(element: number): boolean {
  return REFERENCES.has(element);
}
