import type { Instruction, Operand } from '../../asm/index.ts';
import { isDumpError } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import { entryPointMethod } from '../../runtime/index.ts';
import type { CommandContext } from '../context.ts';
import { symbolAt, symbolText } from '../windbg/symbol-name.ts';
import { upper } from './pointer-text.ts';

const MAX_JUMPS = 8;
/** Token SOS prints for methods without metadata. */
const NO_METADATA = 0x06000000;
/** SOS prints no longer string. */
const MAX_TEXT = 0x200000;
/** Registers that a call leaves undefined, as SOS has it. */
const TRASHED = ['ax', 'cx', 'dx', 'r8', 'r9', 'r10', 'r11'];
const ESCAPES: Readonly<Record<string, string>> = { '\n': 'n', '\0': '0', '\t': 't', '\v': 'v', '\b': 'b', '\r': 'r', '\f': 'f', '\\': '\\' };

/**
 * What SOS writes behind an instruction (Strike/disasmX86.cpp): the method, helper or symbol a call reaches, and what a constant
 * is. It follows constants through mov and lea, and nothing else. `readsMemory` tells whether the notation shows the
 * address of memory relative to the instruction pointer: SOS reads only what it sees.
 */
export class CodeAnnotations {
  readonly #context: CommandContext;
  readonly #readsMemory: boolean;
  readonly #known = new Map<string, Address>();

  constructor(context: CommandContext, readsMemory: boolean) {
    this.#context = context;
    this.#readsMemory = readsMemory;
  }

  /** Text behind an instruction, empty mostly. Instructions must come in order. */
  of({ mnemonic, operands }: Instruction): string {
    const [first, second] = operands;
    if (mnemonic === 'call') {
      const callee = first && this.#value(first, true);
      for (const name of TRASHED) this.#known.delete(name);
      return callee === undefined ? '' : this.#callee(callee);
    }
    if (mnemonic === 'push') return first?.kind === 'immediate' && first.value !== undefined ? this.#constant(first.value) : '';
    const target = first?.kind === 'register' ? family(first.text) : undefined;
    if (!target) return '';
    const value = second && mnemonic === 'mov' ? this.#value(second, true) : second && mnemonic === 'lea' ? this.#value(second, false) : undefined;
    if (value === undefined) this.#known.delete(target);
    else this.#known.set(target, value);
    return value !== undefined && mnemonic === 'mov' && second?.kind !== 'register' && second?.value !== undefined ? this.#constant(value) : '';
  }

  /** Value of an operand; memory is read where its address is known, unless only the address is wanted. */
  #value(operand: Operand, read: boolean): Address | undefined {
    if (operand.kind === 'immediate' || operand.kind === 'branch') return operand.value;
    if (operand.kind === 'register') return this.#known.get(family(operand.text) ?? '');
    const base = /^(?:[qd]word ptr )?\[(\w+)\]$/.exec(operand.text)?.[1];
    const address = this.#readsMemory ? (operand.value ?? (base && this.#known.get(family(base) ?? ''))) : base && this.#known.get(family(base) ?? '');
    if (address === undefined || address === '') return undefined;
    return read ? this.#context.memory.tryPointer(address) : address;
  }

  /** A method, a helper, the method a stub stands for, or a symbol. */
  #callee(address: Address): string {
    const { clr } = this.#context;
    const at = this.#through(address);
    const compiled = clr.code.methodAt(at);
    const helper = compiled ? undefined : clr.helpers.nameOf(address);
    if (helper) return ` (JitHelp: ${helper})`;
    const method = compiled ?? entryPointMethod(clr.target, clr.code, clr.methods, at);
    if (method) return ` (${method.signature}, mdToken: ${upper(this.#context, method.token || NO_METADATA)})`;
    const symbol = symbolAt(this.#context, address);
    return symbol ? ` (${symbolText(symbol)})` : '';
  }

  /** Where jumps at the start of a function lead. */
  #through(callee: Address): Address {
    const { memory } = this.#context;
    let at = callee;
    try {
      for (let i = 0; i < MAX_JUMPS; i++) {
        const opcode = memory.u8(at);
        if (opcode === 0xeb) at += 2 + ((memory.u8(at + 1) << 24) >> 24);
        else if (opcode === 0xe9) at += 5 + memory.i32(at + 1);
        else break;
      }
    } catch (error) {
      if (!isDumpError(error)) throw error;
    }
    return at;
  }

  /** What a constant is: a type, a string, an object, a method, a helper. */
  #constant(value: Address): string {
    const { types, objects, methods, helpers } = this.#context.clr;
    if (types.find(value)) return ` (MT: ${types.name(value, 'sos')})`;
    const object = objects.find(value);
    if (object?.isString) return ` ("${literal(objects.string(value, MAX_TEXT) ?? '')}")`;
    if (object) return ` (Object: ${types.name(object.address, 'sos')})`;
    const method = methods.find(value);
    if (method) return ` (MD: ${method.signature})`;
    const helper = helpers.nameOf(value);
    return helper ? ` (JitHelp: ${helper})` : '';
  }
}

/** Characters that do not print are escaped as in C. */
function literal(text: string): string {
  return text.replace(/[\\\p{C}\p{Zl}\p{Zp}]/gu, (c) => `\\${ESCAPES[c] ?? '?'}`);
}

/** The whole register a name is a part of: `r8` of r8d, `ax` of eax, `si` of sil. */
function family(name: string): string | undefined {
  const numbered = /^(r(?:8|9|1[0-5]))[dwb]?$/.exec(name);
  if (numbered) return numbered[1];
  const letters = /^[re]?([abcd])[xlh]$/.exec(name);
  if (letters) return `${letters[1]}x`;
  return /^[re]?(si|di|bp|sp)l?$/.exec(name)?.[1];
}
