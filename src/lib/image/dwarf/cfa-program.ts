import { FormatError } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import type { Cie, Fde } from './eh-frame.ts';
import type { Expression } from './expression.ts';
import { DwarfReader } from './reader.ts';

const MAX_INSTRUCTIONS = 100_000;
const MAX_REMEMBERED = 256;
/** x64 has 17 columns that matter; what lies beyond (vector registers) is read and forgotten. */
const MAX_REGISTER = 32;

/** How a register of the caller is found (DWARF 5, 6.4.1); `same` also for registers without a rule. */
export type RegisterRule =
  | { readonly kind: 'undefined' | 'same' }
  /** Saved at, or equal to, the CFA plus an offset. */
  | { readonly kind: 'offset' | 'value'; readonly offset: number }
  | { readonly kind: 'register'; readonly register: number }
  /** Saved at, or equal to, what an expression gives. */
  | { readonly kind: 'expression' | 'value-expression'; readonly expression: Expression };

export type CfaRule = { readonly kind: 'register'; readonly register: number; readonly offset: number } | { readonly kind: 'expression'; readonly expression: Expression };

/** One row of the table that call frame information describes: rules in force at an address. Registers by DWARF number. */
export interface CfiRow { readonly cfa: CfaRule; readonly rules: ReadonlyMap<number, RegisterRule>; readonly returnRegister: number; readonly signal: boolean }

interface State { cfa: CfaRule | undefined; rules: Map<number, RegisterRule> }

/** Runs the instructions of an FDE up to the row that holds at `ip`. */
export function rowAt(fde: Fde, ip: Address): CfiRow {
  const { cie } = fde;
  const program = new Program(cie, fde.begin, ip);
  program.run(new DwarfReader(fde.memory, cie.instructions, cie.end));
  program.keepInitial();
  program.run(new DwarfReader(fde.memory, fde.instructions, fde.end));
  const { cfa, rules } = program.state;
  if (!cfa) throw new FormatError(`unwind data for 0x${ip.toString(16)} does not say where its frame is`);
  return { cfa, rules, returnRegister: cie.returnRegister, signal: cie.signal };
}

class Program {
  state: State = { cfa: undefined, rules: new Map() };
  readonly #cie: Cie;
  readonly #target: Address;
  readonly #remembered: State[] = [];
  #location: Address;
  #initial: ReadonlyMap<number, RegisterRule> = new Map();
  #count = 0;

  constructor(cie: Cie, begin: Address, target: Address) {
    this.#cie = cie;
    this.#location = begin;
    this.#target = target;
  }

  /** What the CIE set up is what `restore` goes back to. */
  keepInitial(): void {
    this.#initial = new Map(this.state.rules);
  }

  run(code: DwarfReader): void {
    while (code.at < code.end) {
      if (++this.#count > MAX_INSTRUCTIONS) throw new FormatError('unwind instructions do not end');
      if (!this.#instruction(code)) return;
    }
  }

  /** False when the location has passed the target: the row is complete. */
  #instruction(code: DwarfReader): boolean {
    const byte = code.u8();
    const low = byte & 0x3f;
    switch (byte >> 6) {
      case 1: return this.#advance(low);
      case 2: return this.#set(low, { kind: 'offset', offset: code.uleb() * this.#cie.dataAlignment });
      case 3: return this.#restore(low);
      default: return this.#extended(low, code);
    }
  }

  #advance(units: number): boolean {
    this.#location += units * this.#cie.codeAlignment;
    return this.#location <= this.#target;
  }

  #set(register: number, rule: RegisterRule): true {
    if (register < MAX_REGISTER) this.state.rules.set(register, rule);
    return true;
  }

  #restore(register: number): true {
    const initial = this.#initial.get(register);
    if (initial) return this.#set(register, initial);
    this.state.rules.delete(register);
    return true;
  }

  #cfa(cfa: CfaRule): true {
    this.state.cfa = cfa;
    return true;
  }

  #cfaOf(part: { register?: number; offset?: number }): true {
    const { cfa } = this.state;
    if (cfa?.kind !== 'register') throw new FormatError('an unwind instruction changes a frame register that was not set');
    return this.#cfa({ ...cfa, ...part });
  }

  #extended(op: number, code: DwarfReader): boolean {
    const { dataAlignment } = this.#cie;
    switch (op) {
      case 0x00: return true;
      case 0x01: {
        this.#location = code.pointer(this.#cie.pointerEncoding) ?? 0;
        return this.#location <= this.#target;
      }
      case 0x02: return this.#advance(code.u8());
      case 0x03: return this.#advance(code.u16());
      case 0x04: return this.#advance(code.u32());
      case 0x05: return this.#set(code.uleb(), { kind: 'offset', offset: code.uleb() * dataAlignment });
      case 0x06: return this.#restore(code.uleb());
      case 0x07: return this.#set(code.uleb(), { kind: 'undefined' });
      case 0x08: return this.#set(code.uleb(), { kind: 'same' });
      case 0x09: return this.#set(code.uleb(), { kind: 'register', register: code.uleb() });
      case 0x0a: return this.#remember();
      case 0x0b: return this.#recall();
      case 0x0c: return this.#cfa({ kind: 'register', register: code.uleb(), offset: code.uleb() });
      case 0x0d: return this.#cfaOf({ register: code.uleb() });
      case 0x0e: return this.#cfaOf({ offset: code.uleb() });
      case 0x0f: return this.#cfa({ kind: 'expression', expression: block(code) });
      case 0x10: return this.#set(code.uleb(), { kind: 'expression', expression: block(code) });
      case 0x11: return this.#set(code.uleb(), { kind: 'offset', offset: code.sleb() * dataAlignment });
      case 0x12: return this.#cfa({ kind: 'register', register: code.uleb(), offset: code.sleb() * dataAlignment });
      case 0x13: return this.#cfaOf({ offset: code.sleb() * dataAlignment });
      case 0x14: return this.#set(code.uleb(), { kind: 'value', offset: code.uleb() * dataAlignment });
      case 0x15: return this.#set(code.uleb(), { kind: 'value', offset: code.sleb() * dataAlignment });
      case 0x16: return this.#set(code.uleb(), { kind: 'value-expression', expression: block(code) });
      // DW_CFA_GNU_args_size: pushed arguments, of no use for unwinding.
      case 0x2e: return code.uleb() >= 0;
      case 0x2f: return this.#set(code.uleb(), { kind: 'offset', offset: -code.uleb() * dataAlignment });
      default: throw new FormatError(`unwind instruction 0x${op.toString(16)} is not known`);
    }
  }

  #remember(): true {
    if (this.#remembered.length >= MAX_REMEMBERED) throw new FormatError('unwind instructions remember too many states');
    this.#remembered.push({ cfa: this.state.cfa, rules: new Map(this.state.rules) });
    return true;
  }

  #recall(): true {
    const state = this.#remembered.pop();
    if (!state) throw new FormatError('unwind instructions restore a state that was never remembered');
    this.state = state;
    return true;
  }
}

function block(code: DwarfReader): Expression {
  const size = code.uleb();
  const at = code.at;
  code.skip(size);
  return { at, size };
}
