import type { Registers } from '../../container/index.ts';

const LEGACY: Readonly<Record<string, string>> = { ax: 'rax', bx: 'rbx', cx: 'rcx', dx: 'rdx', si: 'rsi', di: 'rdi', bp: 'rbp', sp: 'rsp', ip: 'rip' };

/** Where a part of an x64 register lies: the register, its lowest bit and width. */
function part(name: string): { readonly register: string; readonly shift: number; readonly bits: number } | undefined {
  const whole = LEGACY[name];
  if (whole) return { register: whole, shift: 0, bits: 16 };
  if (name.startsWith('e') && LEGACY[name.slice(1)]) return { register: LEGACY[name.slice(1)], shift: 0, bits: 32 };
  const numbered = /^(r(?:8|9|1[0-5]))([dwb])$/.exec(name);
  if (numbered) return { register: numbered[1], shift: 0, bits: { d: 32, w: 16, b: 8 }[numbered[2]] ?? 64 };
  const low = /^([abcd])([lh])$/.exec(name);
  if (low) return { register: `r${low[1]}x`, shift: low[2] === 'h' ? 8 : 0, bits: 8 };
  return /^(si|di|bp|sp)l$/.test(name) ? { register: `r${name.slice(0, 2)}`, shift: 0, bits: 8 } : undefined;
}

/** A register by name, or a part of one (`eax`, `al`, `r8d`), with its width in bits. */
export function registerValue(registers: Registers, name: string, pointerSize: 4 | 8): { readonly value: bigint; readonly bits: number } | undefined {
  const value = registers[name] ?? (name === 'efl' ? registers['eflags'] : undefined);
  if (value !== undefined) return { value, bits: /^([cdefgs]s)$/.test(name) ? 16 : /^efl/.test(name) ? 32 : pointerSize * 8 };
  const of = part(name);
  const container = of && (registers[of.register] ?? registers[`e${of.register.slice(1)}`]);
  if (!of || container === undefined) return undefined;
  return { value: BigInt.asUintN(of.bits, container >> BigInt(of.shift)), bits: of.bits };
}
