import { hex } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import { ElementType } from '../../image/index.ts';
import type { AddressSpace } from '../../memory/index.ts';

/** C's %f: six digits behind the point. */
function fixed(value: number): string {
  if (Number.isFinite(value)) return value.toFixed(6);
  return Number.isNaN(value) ? 'nan' : value < 0 ? '-inf' : 'inf';
}

/** A primitive field as native SOS prints it: integers decimal, chars and pointers hexadecimal. */
export function formatValue(memory: AddressSpace, element: number, at: Address): string {
  switch (element) {
    case ElementType.Boolean:
    case ElementType.U1: return String(memory.u8(at));
    case ElementType.I1: return String((memory.u8(at) << 24) >> 24);
    case ElementType.I2: return String((memory.u16(at) << 16) >> 16);
    case ElementType.U2: return String(memory.u16(at));
    case ElementType.Char: return hex(memory.u16(at));
    case ElementType.I4: return String(memory.i32(at));
    case ElementType.U4: return String(memory.u32(at));
    case ElementType.I8: return String(memory.i64(at));
    case ElementType.U8: return String(memory.big64(at));
    case ElementType.R4: return fixed(memory.f32(at));
    case ElementType.R8: return fixed(memory.f64(at));
    case ElementType.I:
    case ElementType.U: return memory.hex(memory.word(at)).toUpperCase();
    default: return memory.hex(memory.word(at));
  }
}
