import { BinaryReader, FormatError } from '../bytes/index.ts';
import type { Address } from '../bytes/index.ts';
import type { AddressSpace } from '../memory/index.ts';
import { OPCODES, PREFIXED_OPCODES } from './il-opcodes.ts';
import type { OperandKind } from './il-opcodes.ts';

const MAX_CODE = 1 << 20;
const MAX_CLAUSES = 4096;
const PREFIX = 0xfe;

/** A protected block (ECMA-335 II.25.4.6); offsets in bytes from the start of the code. */
export interface ExceptionClause {
  readonly kind: 'catch' | 'filter' | 'finally' | 'fault';
  readonly tryStart: number;
  readonly tryEnd: number;
  readonly handlerStart: number;
  readonly handlerEnd: number;
}

/** The body of a method (ECMA-335 II.25.4). */
export interface MethodBody {
  readonly code: Uint8Array;
  readonly maxStack: number;
  /** Token of the local variables' signature, 0 when there are none. */
  readonly locals: number;
  readonly clauses: readonly ExceptionClause[];
}

/** Reads the body at an address; throws FormatError or ReadError. */
export function readMethodBody(memory: AddressSpace, at: Address): MethodBody {
  const first = memory.u8(at);
  if ((first & 3) === 2) return { code: memory.read(at + 1, first >>> 2), maxStack: 8, locals: 0, clauses: [] };
  if ((first & 3) !== 3) throw new FormatError('error decoding IL');
  const flags = memory.u16(at);
  const header = (flags >>> 12) * 4;
  const size = memory.u32(at + 4);
  if (header < 12 || size > MAX_CODE) throw new FormatError(`a method body of ${size} bytes`);
  const code = memory.read(at + header, size);
  const end = at + header + size;
  const clauses = flags & 8 ? readClauses(memory, end + ((4 - (end % 4)) % 4)) : [];
  return { code, maxStack: memory.u16(at + 2), locals: memory.u32(at + 8), clauses };
}

function readClauses(memory: AddressSpace, at: Address): ExceptionClause[] {
  const kind = memory.u8(at);
  if ((kind & 1) === 0) return [];
  const fat = (kind & 0x40) !== 0;
  const bytes = fat ? memory.u32(at) >>> 8 : memory.u8(at + 1);
  const count = Math.min(Math.floor((bytes - 4) / (fat ? 24 : 12)), MAX_CLAUSES);
  return Array.from({ length: Math.max(0, count) }, (_, i) => {
    const c = at + 4 + i * (fat ? 24 : 12);
    const [flags, tryStart, tryLength, handlerStart, handlerLength] = fat
      ? [0, 4, 8, 12, 16].map((offset) => memory.u32(c + offset))
      : [memory.u16(c), memory.u16(c + 2), memory.u8(c + 4), memory.u16(c + 5), memory.u8(c + 7)];
    const name = flags === 1 ? 'filter' : flags === 2 ? 'finally' : flags === 4 ? 'fault' : 'catch';
    return { kind: name, tryStart, tryEnd: tryStart + tryLength, handlerStart, handlerEnd: handlerStart + handlerLength };
  });
}

export interface Instruction {
  /** Bytes from the start of the code. */
  readonly offset: number;
  readonly name: string;
  readonly operand: OperandKind;
  /** Number, variable, token or branch target (as offset). */
  readonly value: number | bigint;
  /** Targets of a switch. */
  readonly targets: readonly number[];
}

/** Decodes instructions one after the other; an unknown opcode ends with FormatError. */
export function* instructions(code: Uint8Array): Generator<Instruction> {
  const reader = new BinaryReader(code);
  for (let at = 0; at < code.length; ) {
    const offset = at;
    const first = reader.u8(at++);
    const opcode = first === PREFIX ? PREFIXED_OPCODES[reader.u8(at++)] : OPCODES[first];
    if (!opcode) throw new FormatError(`unknown IL opcode 0x${first.toString(16)} at IL_${offset.toString(16).padStart(4, '0')}`);
    let value: number | bigint = 0;
    const targets: number[] = [];
    switch (opcode.operand) {
      case 'none': break;
      case 'var8': value = reader.u8(at++); break;
      case 'i8': value = (reader.u8(at++) << 24) >> 24; break;
      case 'var16': value = reader.u16(at); at += 2; break;
      case 'i32': value = reader.i32(at); at += 4; break;
      case 'token': value = reader.u32(at); at += 4; break;
      case 'i64': value = BigInt.asIntN(64, reader.big64(at)); at += 8; break;
      case 'r4': value = float(code, at, 4); at += 4; break;
      case 'r8': value = float(code, at, 8); at += 8; break;
      case 'branch8': value = ((reader.u8(at) << 24) >> 24) + at + 1; at += 1; break;
      case 'branch32': value = reader.i32(at) + at + 4; at += 4; break;
      case 'switch': {
        const count = reader.u32(at);
        const end = at + 4 + 4 * count;
        if (end > code.length) throw new FormatError('a switch runs over the end of its method');
        for (let i = 0; i < count; i++) targets.push(reader.i32(at + 4 + 4 * i) + end);
        at = end;
        break;
      }
    }
    yield { offset, name: opcode.name, operand: opcode.operand, value, targets };
  }
}

function float(code: Uint8Array, at: number, size: 4 | 8): number {
  if (at + size > code.length) throw new FormatError('an IL instruction ends early');
  const view = new DataView(code.buffer, code.byteOffset + at, size);
  return size === 4 ? view.getFloat32(0, true) : view.getFloat64(0, true);
}
