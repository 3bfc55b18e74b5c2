import { FormatError } from '../../bytes/index.ts';
import type { InfoReader } from './bytes.ts';
import { has, Reg } from './header.ts';
import type { X86GcInfo } from './header.ts';

const MAX_STEPS = 1 << 20;
const MAX_PUSHED = 1 << 16;
const END = 0xff;

/** What the code at an offset has in registers and on top of the stack. */
export interface Pushed {
  /** Bytes of arguments pushed; 0 where an ebp frame does not count them. */
  readonly bytes: number;
  /** Bits of registers that hold references, and of those that point inside objects. */
  readonly registers: number;
  readonly interior: number;
  /** Pushed references, by their distance in bytes above the stack pointer. */
  readonly arguments: readonly { readonly distance: number; readonly interior: boolean }[];
}

const NOTHING: Pushed = { bytes: 0, registers: 0, interior: 0, arguments: [] };

/**
 * State at a code offset (vm/gc_unwind_x86.inl, scanArgRegTable and scanArgRegTableI). Registers of fully interruptible code may be
 * looked at one byte earlier than its arguments: the call itself decides them.
 */
export function pushedAt(info: X86GcInfo, offset: number, registerOffset = offset): Pushed {
  const r = info.transitions.at(info.transitions.position);
  if (has(info, 'i')) return interruptible(r, offset, registerOffset);
  return has(info, 'f') ? callsOfEbpFrame(r, offset) : callsOfEspFrame(r, offset);
}

/** Every change is told: registers that become live or dead, arguments pushed and popped. */
function interruptible(r: InfoReader, offset: number, registerOffset: number): Pushed {
  /** Arguments from the first pushed on: 0 no reference, 1 reference, 2 interior. */
  const stack: (0 | 1 | 2)[] = [];
  let registers = 0;
  let interior = 0;
  let at = 0;
  let isInterior = false;
  const push = (value: 0 | 1 | 2, count = 1) => {
    if (stack.length + count > MAX_PUSHED) throw new FormatError('GC info pushes too many arguments');
    for (let i = 0; i < count; i++) stack.push(value);
  };
  const argument = (pop: boolean, count: number) => {
    if (pop) stack.length = Math.max(0, stack.length - count);
    else {
      while (stack.length < Math.min(count, MAX_PUSHED)) stack.push(0);
      push(isInterior ? 2 : 1);
      isInterior = false;
    }
  };
  for (let steps = 0; ; steps++) {
    if (steps > MAX_STEPS) throw new FormatError('the transitions of GC info do not end');
    const code = r.u8();
    if (code === END) break;
    const kind = (code >> 3) & 7;
    if (code < 0x80) {
      at += code & 7;
      if (at > offset) break;
      if (at <= registerOffset) {
        const bit = 1 << kind;
        registers = code & 0x40 ? registers | bit : registers & ~bit;
        interior = code & 0x40 && isInterior ? interior | bit : interior & ~bit;
      }
      isInterior = false;
    } else if (kind < 6) {
      at += code & 7;
      if (at > offset) break;
      argument((code & 0x40) !== 0, kind);
    } else if (kind === 6 && code & 0x40) {
      at += ((code & 7) + 1) * 8;
      if (at > offset) break;
    } else if (kind === 6) {
      at += code & 7;
      if (at > offset) break;
      push(0);
    } else if (code === 0xb8) {
      at += r.unsigned();
      if (at > offset) break;
    } else if (code === 0xbf) isInterior = true;
    else if (code === 0xf8 || code === 0xfc) argument(code === 0xfc, r.unsigned());
    else if (code === 0xf9) push(0, r.unsigned());
    else if (code === 0xfd) {
      // Popped by the caller later: still on the stack, but dead.
      for (let i = stack.length - 1, left = r.unsigned(); i >= 0 && left > 0; i--) {
        if (stack[i]) left--;
        stack[i] = 0;
      }
    } else if (code !== 0xbc) throw new FormatError(`GC info has an unknown transition ${code.toString(16)}`);
  }
  const top = stack.length - 1;
  return {
    bytes: 4 * stack.length, registers, interior,
    arguments: stack.flatMap((value, i) => (value ? [{ distance: 4 * (top - i), interior: value === 2 }] : [])),
  };
}

/** Bits of a mask as distances: the last pushed argument is the lowest bit. */
function fromMask(mask: number, interior: number): Pushed['arguments'] {
  const found: { distance: number; interior: boolean }[] = [];
  for (let i = 0; i < 32; i++) if ((mask >>> i) & 1) found.push({ distance: 4 * i, interior: ((interior >>> i) & 1) === 1 });
  return found;
}

/** EDI, ESI, EBX, EBP from the lowest bit on. */
function calleeSaved(mask: number): number {
  return [Reg.edi, Reg.esi, Reg.ebx, Reg.ebp].reduce((all, register, i) => ((mask >> i) & 1 ? all | (1 << register) : all), 0);
}

function fromTable(r: InfoReader, count: number): Pushed['arguments'] {
  if (count > MAX_PUSHED) throw new FormatError(`GC info has ${count} pushed arguments`);
  return Array.from({ length: count }, () => {
    const value = r.unsigned();
    return { distance: value & ~3, interior: (value & 1) === 1 };
  });
}

/** Only calls are told, each by the distance to the one before; a call that is not told holds nothing. */
function callsOfEbpFrame(r: InfoReader, offset: number): Pushed {
  let at = 0;
  let state = NOTHING;
  const call = (registers: number, interior: number, list: Pushed['arguments']): void => {
    state = { bytes: 0, registers: calleeSaved(registers), interior: calleeSaved(interior), arguments: list };
  };
  for (let steps = 0; at < offset; steps++) {
    if (steps > MAX_STEPS) throw new FormatError('the calls of GC info do not end');
    const code = r.u8();
    if (code === END) return NOTHING;
    if (code < 0x80) {
      // Without a distance it tells which register holds `this`.
      if ((code & 15) === 0) continue;
      at += code & 15;
      call((code >> 4) & 7, 0, []);
    } else if (code === 0xfd) {
      const [low, middle, high] = [r.u8(), r.u8(), r.u8()];
      at += (middle & 15) + ((high & 0x1f) << 4);
      call(high >> 5, 0, fromMask(low | ((middle & 0xf0) << 4), 0));
    } else if (code === 0xf9) {
      at += r.u8();
      const [live, inside] = [r.u8(), r.u8()];
      call(live >> 5, inside >> 5, fromMask(live & 0x1f, inside & 0x1f));
    } else if (code === 0xfe || code === 0xfa) {
      const registers = r.u8();
      at += r.u32();
      const mask = r.u32();
      call(registers & 7, registers >> 4, fromMask(mask, code === 0xfa ? r.u32() : 0));
    } else if (code === 0xfb) {
      const registers = r.u8();
      at += r.u32();
      const count = r.u32();
      const end = r.u32() + r.position;
      call(registers & 7, registers >> 4, fromTable(r, count));
      r.position = end;
    } else {
      at += code & 0x7f;
      const live = r.u8();
      call(live >> 5, 0, fromMask(live & 0x1f, 0));
    }
  }
  return at === offset ? state : NOTHING;
}

/** The commonest calls: distance, references among pushed arguments, registers, arguments popped (inc/gcdecoder.cpp, callPatternTable). */
const CALL_PATTERNS = (
  'a02 c02 c02+1 a03 c03 e02 1002 b02 d02 802 c03+1 1102 e03 1202 1003 1103 a02+1 a01 f02 1302 803 1502 d02+1 c01 d03 2302 1b02 1402 f03 a07 902 1203 1602 702 903 c07 c06 e01 1a02 1802 '
  + '1702 1f02 1303 a06 e06 802+1 b03 a03+1 701 1301 903+1 1902 1107 2102 d02+2 1001 f06 1403 c05 803+1 2002 1007 f01 1e02 c04 1603 1206 2202 1d02 c0f e07 a04 902+1 1006 1503 a01+1 a0b c06+1 907 703'
).split(' ').map((text) => {
  const [packed, popped] = text.split('+');
  const value = parseInt(packed, 16);
  return { distance: value >> 8, registers: value & 15, popped: Number(popped ?? 0) };
});
const COMMON_DISTANCES = [6, 8, 10, 12] as const;

/** Pushes and pops are told too: without a frame pointer they are needed to find the return address. */
function callsOfEspFrame(r: InfoReader, offset: number): Pushed {
  let at = 0;
  let depth = 0;
  let state = NOTHING;
  let inside = 0;
  for (let steps = 0; at <= offset; steps++) {
    if (steps > MAX_STEPS) throw new FormatError('the calls of GC info do not end');
    const before = inside;
    inside = 0;
    const code = r.u8();
    if (code < 0x80) {
      const change = stackChange(r, code, at < offset);
      if (!change || at + change.distance > offset) break;
      at += change.distance;
      depth += change.pushed;
      state = NOTHING;
      continue;
    }
    if (code === END) break;
    const kind = (code >> 4) & 7;
    if (kind === 7 && (code & 0x0c) === 0) inside = r.unsigned();
    else if (kind === 7 && (code & 0x0c) === 4) continue;
    else {
      const call = readCall(r, code, kind, before);
      if (at === offset && call.distance > 0) break;
      if (at + call.distance > offset) {
        at = -1;
        break;
      }
      at += call.distance;
      depth -= call.popped;
      state = { bytes: 0, registers: call.registers, interior: call.interior, arguments: call.list };
    }
  }
  if (depth < 0 || depth > MAX_PUSHED) throw new FormatError(`GC info has ${depth} arguments on the stack`);
  return { ...(at === offset ? state : NOTHING), bytes: 4 * depth };
}

/** push, pop or skip; undefined for a skip that leads beyond the place looked for. */
function stackChange(r: InfoReader, code: number, more: boolean): { distance: number; pushed: number } | undefined {
  if ((code & 0x60) === 0) return { distance: code & 0x1f, pushed: 1 };
  if ((code & 0x40) === 0) return { distance: 0, pushed: r.unsigned() };
  if (code & 0x3f) return { distance: code & 15, pushed: -((code & 0x30) >> 4) };
  return more ? { distance: r.unsigned(), pushed: 0 } : undefined;
}

interface Call { readonly distance: number; readonly popped: number; readonly registers: number; readonly interior: number; readonly list: Pushed['arguments'] }

function readCall(r: InfoReader, code: number, kind: number, inside: number): Call {
  const masks = (registers: number, mask: number) => ({ registers: calleeSaved(registers), interior: calleeSaved(inside & 15), list: fromMask(mask, inside >>> 4) });
  if (kind === 5) {
    const next = r.u8();
    return { distance: COMMON_DISTANCES[next >> 6], popped: (next >> 3) & 7, ...masks(code & 15, next & 7) };
  }
  if (kind === 6) return { distance: 0, popped: r.unsigned(), ...masks(code & 15, r.unsigned()) };
  if (kind === 7) {
    if (code !== 0xf8) throw new FormatError(`GC info has an unknown call ${code.toString(16)}`);
    const registers = r.u8();
    const [distance, popped, count] = [r.u32(), r.u32(), r.u32()];
    const end = r.u32() + r.position;
    const list = fromTable(r, count);
    r.position = end;
    return { distance, popped, registers: calleeSaved(registers & 15), interior: calleeSaved(registers >> 4), list };
  }
  const pattern = CALL_PATTERNS[code & 0x7f];
  if (!pattern) throw new FormatError(`GC info has an unknown call pattern ${code & 0x7f}`);
  return { distance: pattern.distance, popped: pattern.popped, ...masks(pattern.registers, 0) };
}
