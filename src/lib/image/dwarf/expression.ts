import { FormatError } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import type { AddressSpace } from '../../memory/index.ts';
import { DwarfReader } from './reader.ts';

const MAX_STEPS = 10_000;
const MAX_STACK = 256;

/** An expression in memory. */
export interface Expression { readonly at: Address; readonly size: number }

/** DWARF 5, 7.7.1. */
const Op = {
  Addr: 0x03, Deref: 0x06, Const1U: 0x08, Const1S: 0x09, Const2U: 0x0a, Const2S: 0x0b, Const4U: 0x0c, Const4S: 0x0d, Const8U: 0x0e, Const8S: 0x0f, ConstU: 0x10, ConstS: 0x11,
  Dup: 0x12, Drop: 0x13, Over: 0x14, Pick: 0x15, Swap: 0x16, Rot: 0x17, Abs: 0x19, And: 0x1a, Div: 0x1b, Minus: 0x1c, Mod: 0x1d, Mul: 0x1e, Neg: 0x1f, Not: 0x20, Or: 0x21, Plus: 0x22,
  PlusUConst: 0x23, Shl: 0x24, Shr: 0x25, Shra: 0x26, Xor: 0x27, Bra: 0x28, Eq: 0x29, Ge: 0x2a, Gt: 0x2b, Le: 0x2c, Lt: 0x2d, Ne: 0x2e, Skip: 0x2f, Lit0: 0x30, Breg0: 0x70, Bregx: 0x92,
  DerefSize: 0x94, Nop: 0x96,
} as const;

/**
 * Evaluates the expression of a CFI rule (DWARF 5, 2.5.1). `register` gives a register by its DWARF number; `initial` is what
 * lies on the stack at the start. Branches can loop, so steps are counted.
 */
export function evaluateExpression(memory: AddressSpace, { at, size }: Expression, register: (number: number) => bigint, initial?: bigint): bigint {
  const code = new DwarfReader(memory, at, at + size);
  const stack = new Stack();
  if (initial !== undefined) stack.push(initial);
  for (let step = 0; code.at < code.end; step++) {
    if (step >= MAX_STEPS) throw new FormatError('an unwind expression does not end');
    run(code, at, stack, register);
  }
  return stack.pop();
}

/** Values are 64-bit patterns. */
class Stack {
  readonly #values: bigint[] = [];

  push(value: bigint): void {
    if (this.#values.length >= MAX_STACK) throw new FormatError('an unwind expression needs too deep a stack');
    this.#values.push(BigInt.asUintN(64, value));
  }

  pop(): bigint {
    const value = this.#values.pop();
    if (value === undefined) throw new FormatError('an unwind expression takes from an empty stack');
    return value;
  }

  signed(): bigint {
    return BigInt.asIntN(64, this.pop());
  }

  peek(depth: number): bigint {
    const value = this.#values[this.#values.length - 1 - depth];
    if (value === undefined) throw new FormatError('an unwind expression takes from an empty stack');
    return value;
  }
}

function run(code: DwarfReader, start: Address, stack: Stack, register: (number: number) => bigint): void {
  const op = code.u8();
  if (op >= Op.Lit0 && op < Op.Lit0 + 32) return stack.push(BigInt(op - Op.Lit0));
  if (op >= Op.Breg0 && op < Op.Breg0 + 32) return stack.push(register(op - Op.Breg0) + code.slebBig());
  const { memory } = code;
  switch (op) {
    case Op.Addr: case Op.Const8U: case Op.Const8S: return stack.push(code.big64());
    case Op.Const1U: return stack.push(BigInt(code.u8()));
    case Op.Const1S: return stack.push(BigInt.asIntN(8, BigInt(code.u8())));
    case Op.Const2U: return stack.push(BigInt(code.u16()));
    case Op.Const2S: return stack.push(BigInt.asIntN(16, BigInt(code.u16())));
    case Op.Const4U: return stack.push(BigInt(code.u32()));
    case Op.Const4S: return stack.push(BigInt.asIntN(32, BigInt(code.u32())));
    case Op.ConstU: return stack.push(code.ulebBig());
    case Op.ConstS: return stack.push(code.slebBig());
    case Op.Deref: return stack.push(memory.big64(Number(stack.pop())));
    case Op.DerefSize: return stack.push(sized(memory, Number(stack.pop()), code.u8()));
    case Op.Dup: return stack.push(stack.peek(0));
    case Op.Drop: return void stack.pop();
    case Op.Over: return stack.push(stack.peek(1));
    case Op.Pick: return stack.push(stack.peek(code.u8()));
    case Op.Swap: {
      const [a, b] = [stack.pop(), stack.pop()];
      stack.push(a);
      return stack.push(b);
    }
    case Op.Rot: {
      const [a, b, c] = [stack.pop(), stack.pop(), stack.pop()];
      stack.push(a);
      stack.push(c);
      return stack.push(b);
    }
    case Op.Abs: {
      const value = stack.signed();
      return stack.push(value < 0n ? -value : value);
    }
    case Op.Neg: return stack.push(-stack.signed());
    case Op.Not: return stack.push(~stack.pop());
    case Op.PlusUConst: return stack.push(stack.pop() + code.ulebBig());
    case Op.Bregx: {
      const number = code.uleb();
      return stack.push(register(number) + code.slebBig());
    }
    case Op.Skip: return jump(code, start, (code.u16() << 16) >> 16);
    case Op.Bra: {
      const distance = (code.u16() << 16) >> 16;
      return stack.pop() === 0n ? undefined : jump(code, start, distance);
    }
    case Op.Nop: return undefined;
    default: return stack.push(binary(op, stack));
  }
}

function jump(code: DwarfReader, start: Address, distance: number): void {
  const to = code.at + distance;
  if (to < start || to > code.end) throw new FormatError('an unwind expression jumps out of itself');
  code.at = to;
}

function sized(memory: AddressSpace, at: Address, size: number): bigint {
  if (size === 8) return memory.big64(at);
  if (size === 4) return BigInt(memory.u32(at));
  if (size === 2) return BigInt(memory.u16(at));
  if (size === 1) return BigInt(memory.u8(at));
  throw new FormatError(`an unwind expression reads ${size} bytes`);
}

function binary(op: number, stack: Stack): bigint {
  const right = stack.signed();
  const left = stack.signed();
  const unsigned = BigInt.asUintN(64, left);
  const truth = (value: boolean) => (value ? 1n : 0n);
  switch (op) {
    case Op.And: return left & right;
    case Op.Or: return left | right;
    case Op.Xor: return left ^ right;
    case Op.Plus: return left + right;
    case Op.Minus: return left - right;
    case Op.Mul: return left * right;
    case Op.Div: case Op.Mod:
      if (right === 0n) throw new FormatError('an unwind expression divides by zero');
      return op === Op.Div ? left / right : unsigned % BigInt.asUintN(64, right);
    case Op.Shl: return right < 0n || right > 63n ? 0n : left << right;
    case Op.Shr: return right < 0n || right > 63n ? 0n : unsigned >> right;
    case Op.Shra: return left >> (right < 0n || right > 63n ? 63n : right);
    case Op.Eq: return truth(left === right);
    case Op.Ne: return truth(left !== right);
    case Op.Ge: return truth(left >= right);
    case Op.Gt: return truth(left > right);
    case Op.Le: return truth(left <= right);
    case Op.Lt: return truth(left < right);
    default: throw new FormatError(`operation 0x${op.toString(16)} has no place in an unwind expression`);
  }
}
