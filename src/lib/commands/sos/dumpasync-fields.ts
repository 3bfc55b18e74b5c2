import { hex } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import { ElementType } from '../../image/index.ts';
import type { Field } from '../../runtime/index.ts';
import type { CommandContext } from '../context.ts';

const MAX_STRING = 256;

/** Value of a field as dumpasync --fields shows it, before it is cut to its column. */
export function displayValue(context: CommandContext, field: Field, at: Address): string {
  const { memory, clr } = context;
  switch (field.element) {
    case ElementType.Boolean: return memory.u8(at) ? 'true' : 'false';
    case ElementType.Char: {
      const code = memory.u16(at);
      return code >= 32 && code < 127 ? `'${String.fromCharCode(code)}'` : `'\\u${hex(code, 4).toUpperCase()}'`;
    }
    case ElementType.I1: return String((memory.u8(at) << 24) >> 24);
    case ElementType.U1: return String(memory.u8(at));
    case ElementType.I2: return String((memory.u16(at) << 16) >> 16);
    case ElementType.U2: return String(memory.u16(at));
    case ElementType.I4: return String(memory.i32(at));
    case ElementType.U4: return String(memory.u32(at));
    case ElementType.I8: return String(memory.i64(at));
    case ElementType.U8: return String(memory.big64(at));
    case ElementType.R4: return String(memory.f32(at));
    case ElementType.R8: return String(memory.f64(at));
    // SOS adds what a boxed value would have in front.
    case ElementType.ValueType: return context.memory.hex(at + memory.pointerSize);
    case ElementType.I:
    case ElementType.U:
    case ElementType.Ptr:
    case ElementType.FnPtr: return context.memory.hex(memory.word(at));
    default: {
      const target = memory.pointer(at);
      const table = target ? clr.objects.find(target) : undefined;
      if (!table) return target ? context.memory.hex(target) : 'null';
      if (table.isString) return `"${clr.objects.tryString(target, MAX_STRING) ?? ''}"`;
      if (table.isArray) return `${clr.types.name(table.perInstInfo, 'managed')}[${clr.objects.length(target)}]`;
      return context.memory.hex(target);
    }
  }
}
