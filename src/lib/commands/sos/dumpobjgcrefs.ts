import { hex } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import type { Clr } from '../../heap/index.ts';
import { ElementType } from '../../image/index.ts';
import { left, line, link, pointerColumn, right, Table } from '../../output/index.ts';
import type { OutputNode } from '../../output/index.ts';
import type { MethodTable } from '../../runtime/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';

const MAX_REFS = 5000;
const MAX_NESTING = 16;

export const dumpobjgcrefs: CommandDef = {
  name: 'dumpobjgcrefs',
  host: 'sos',
  byShape: true,
  group: 'objects',
  summary: { en: 'The objects an object refers to; dumpobj -refs shows them too.', 'zh-tw': '物件所參考的其他物件；dumpobj -refs 也會顯示。' },
  args: [{ name: 'object', kind: 'hex', help: { en: 'Address of an object.', 'zh-tw': '物件的位址。' } }],
  *run(context, args) {
    const object = args.number('object') ?? 0;
    if (context.clr.objects.find(object)) yield* referenceTable(context, object);
    else yield line('Unable to walk object references, invalid object.');
  },
};

/** Every reference of an object: the field that holds it, its offset, the object and its type. */
export function* referenceTable({ clr }: CommandContext, object: Address): Generator<OutputNode> {
  const table = clr.objects.find(object);
  const found: [target: Address, offset: number][] = [];
  if (table) {
    clr.references.forEach(object, table, (target, offset) => {
      // Counted from behind the MethodTable pointer.
      if (found.length < MAX_REFS) found.push([target, offset - clr.memory.pointerSize]);
    });
  }
  if (!table || found.length === 0) {
    yield line('GC Refs: none');
    return;
  }
  yield line('GC Refs:');
  const names = found.map(([, offset]) => (table.isArray ? '' : fieldName(clr, table, offset)));
  const width = Math.max('Field'.length, ...names.map((n) => n.length));
  const rows = new Table([left(width), right(Math.max('Offset'.length, 2 + hex(found[found.length - 1][1]).length)), pointerColumn(clr.memory.pointerSize), left(0)]);
  yield rows.row('Field', 'Offset', 'Object', 'Type');
  for (const [i, [target, offset]] of found.entries()) {
    const type = clr.objects.find(target);
    yield rows.row(names[i], `0x${hex(offset, 2)}`, link(clr.memory.shortHex(target), `!do ${hex(target)}`), type ? clr.types.name(type.address, 'managed') : '');
  }
}

/** Name of the field at an offset; inside structures with the names around it: `a.b`. */
function fieldName(clr: Clr, table: MethodTable, offset: number, depth = 0): string {
  let best;
  for (const field of clr.fields.instance(table)) if (field.offset <= offset && (!best || field.offset > best.offset)) best = field;
  if (!best) return '';
  const inner = best.element === ElementType.ValueType && depth < MAX_NESTING ? clr.types.find(clr.typeLookup.fieldType(best)) : undefined;
  const rest = inner && fieldName(clr, inner, offset - best.offset, depth + 1);
  return rest ? `${best.name}.${rest}` : best.name;
}
