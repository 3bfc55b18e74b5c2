import { FormatError } from '../bytes/index.ts';
import type { Address } from '../bytes/index.ts';
import { EhFrame, ElfImage, evaluateExpression, rowAt } from '../image/index.ts';
import type { CfiRow, RegisterRule } from '../image/index.ts';
import type { AddressSpace } from '../memory/index.ts';
import type { ImageUnwinder, NativeCaller } from './native-unwind.ts';
import { assignContext, copyContext, REGISTERS, restoreRegister, setRegister, setStackPointer } from './unwind.ts';
import type { FrameContext } from './unwind.ts';

/** DWARF numbers of x64 registers (System V ABI for AMD64, figure 3.36) in the order of REGISTERS. */
const DWARF_ORDER = ['rax', 'rdx', 'rcx', 'rbx', 'rsi', 'rdi', 'rbp', 'rsp', 'r8', 'r9', 'r10', 'r11', 'r12', 'r13', 'r14', 'r15'] as const;
const INDEX = DWARF_ORDER.map((name) => REGISTERS.indexOf(name));
const RETURN_ADDRESS = 16;
const MAX_ROWS = 20_000;

/** .eh_frame of a Linux x64 image. */
export class ElfUnwinder implements ImageUnwinder {
  readonly #memory: AddressSpace;
  readonly #frames: EhFrame;
  readonly #rows = new Map<Address, CfiRow | undefined>();

  private constructor(memory: AddressSpace, frames: EhFrame) {
    this.#memory = memory;
    this.#frames = frames;
  }

  static open(memory: AddressSpace, base: Address): ElfUnwinder | undefined {
    const frames = EhFrame.open(ElfImage.open(memory, base));
    return frames && new ElfUnwinder(memory, frames);
  }

  #row(ip: Address): CfiRow | undefined {
    if (!this.#rows.has(ip)) {
      const fde = this.#frames.find(ip);
      if (this.#rows.size >= MAX_ROWS) this.#rows.clear();
      this.#rows.set(ip, fde && rowAt(fde, ip));
    }
    return this.#rows.get(ip);
  }

  functionStart(ip: Address): Address | undefined {
    return this.#frames.find(ip)?.begin;
  }

  step(context: FrameContext, ip: Address): NativeCaller {
    // A trampoline that returns from a signal handler is entered by ret: its frame starts at the ip itself, not before it.
    let row = this.#row(ip);
    if (ip !== context.ip && !row?.signal) {
      const own = this.#row(context.ip);
      if (own?.signal) row = own;
    }
    if (!row) return undefined;
    const register = (number: number) => BigInt(Math.trunc(number === RETURN_ADDRESS ? context.ip : (context.registers[INDEX[number] ?? -1] ?? fail(number))));
    const { cfa: rule } = row;
    const cfa = rule.kind === 'register' ? Number(register(rule.register)) + rule.offset : Number(evaluateExpression(this.#memory, rule.expression, register));
    if (row.rules.get(row.returnRegister)?.kind === 'undefined') return 'end';
    const caller = copyContext(context);
    setStackPointer(caller, cfa);
    for (const [number, saved] of row.rules) if (number !== RETURN_ADDRESS && number < DWARF_ORDER.length) this.#restore(caller, INDEX[number], saved, cfa, context, register);
    const returns = row.rules.get(row.returnRegister);
    if (!returns) throw new FormatError('unwind data does not say where a function returns to');
    caller.ip = Number(this.#value(returns, cfa, register) ?? BigInt(context.ip));
    assignContext(context, caller);
    return row.signal ? 'interrupted' : 'call';
  }

  #restore(caller: FrameContext, index: number, rule: RegisterRule, cfa: Address, context: FrameContext, register: (number: number) => bigint): void {
    if (rule.kind === 'offset') restoreRegister(this.#memory, caller, index, cfa + rule.offset);
    else if (rule.kind === 'expression') restoreRegister(this.#memory, caller, index, Number(evaluateExpression(this.#memory, rule.expression, register, BigInt(cfa))));
    else if (rule.kind === 'register') {
      const from = INDEX[rule.register];
      caller.registers[index] = context.registers[from];
      caller.places[index] = context.places[from];
    } else {
      const value = this.#value(rule, cfa, register);
      if (value !== undefined) setRegister(caller, index, Number(value));
    }
  }

  /** Value a rule gives; undefined where the register is as it was, or lost. */
  #value(rule: RegisterRule, cfa: Address, register: (number: number) => bigint): bigint | undefined {
    switch (rule.kind) {
      case 'offset': return this.#memory.big64(cfa + rule.offset);
      case 'value': return BigInt(cfa + rule.offset);
      case 'register': return register(rule.register);
      case 'expression': return this.#memory.big64(Number(evaluateExpression(this.#memory, rule.expression, register, BigInt(cfa))));
      case 'value-expression': return evaluateExpression(this.#memory, rule.expression, register, BigInt(cfa));
      default: return undefined;
    }
  }
}

function fail(number: number): never {
  throw new FormatError(`unwind data uses register ${number}`);
}
