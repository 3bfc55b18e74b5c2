import type { Address } from '../bytes/index.ts';
import { IcedMemory } from './iced-memory.ts';
import type { IcedExports } from './iced-memory.ts';
import type { Bitness, Disassembler, Flow, Instruction, Operand, Syntax } from './instruction.ts';
import { llvmImmediate, llvmText, withoutLock } from './llvm-text.ts';
import { windbgText } from './windbg-text.ts';

/** FormatterSyntax, MemorySizeOptions, FlowControl and OpKind of iced_x86.js 1.21.0. */
const FormatterSyntax = { Intel: 1, Masm: 2 } as const;
const MEMORY_SIZE_ALWAYS = 1;
const FLOWS: readonly Flow[] = ['next', 'jump', 'indirect jump', 'branch', 'return', 'call', 'indirect call', 'trap', 'next', 'trap'];
const OpKind = { Register: 0, NearBranch64: 3, FarBranch32: 5, Immediate32to64: 14, Memory: 24 } as const;
/** Register: none; a segment that addresses of data do not need named. */
const Register = { None: 0, DS: 74 } as const;

/** A decoder over iced-x86's WebAssembly (the npm package's iced_x86_bg.wasm); throws when it is not that module. */
export function createDisassembler(module: WebAssembly.Module): Disassembler {
  // Of the functions the module imports, decoding and formatting reach none but those that report errors.
  const refuse = () => {
    throw new Error('the disassembler failed');
  };
  const imports: Record<string, Record<string, () => void>> = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) (imports[from] ??= {})[name] = name === '__wbindgen_object_drop_ref' ? () => undefined : refuse;
  return new IcedDisassembler(new IcedMemory(new WebAssembly.Instance(module, imports).exports as unknown as IcedExports));
}

class IcedDisassembler implements Disassembler {
  readonly #iced: IcedMemory;
  readonly #instruction: number;
  readonly #formatters: Readonly<Record<Syntax, number>>;
  /** LLVM's notation names the operands of string instructions, which MASM's leaves out. */
  readonly #withOperands: number;

  constructor(iced: IcedMemory) {
    this.#iced = iced;
    this.#instruction = iced.exports.instruction_new();
    this.#formatters = { windbg: this.#formatter(FormatterSyntax.Masm), llvm: this.#llvm() };
    this.#withOperands = this.#formatter(FormatterSyntax.Intel);
  }

  #formatter(syntax: number): number {
    const { exports } = this.#iced;
    const formatter = this.#iced.integer((slot) => exports.formatter_new(slot, syntax)) >>> 0;
    exports.formatter_set_memorySizeOptions(formatter, MEMORY_SIZE_ALWAYS);
    exports.formatter_set_uppercaseHex(formatter, true);
    return formatter;
  }

  #llvm(): number {
    const { exports } = this.#iced;
    const formatter = this.#formatter(FormatterSyntax.Intel);
    exports.formatter_set_hexPrefix(formatter, this.#iced.bytes(new Uint8Array([0x30, 0x78])), 2);
    exports.formatter_set_hexSuffix(formatter, this.#iced.bytes(new Uint8Array(0)), 0);
    exports.formatter_set_uppercaseHex(formatter, false);
    exports.formatter_set_smallHexNumbersInDecimal(formatter, false);
    exports.formatter_set_addLeadingZeroToHexNumbers(formatter, false);
    exports.formatter_set_spaceBetweenMemoryAddOperators(formatter, true);
    exports.formatter_set_scaleBeforeIndex(formatter, true);
    exports.formatter_set_ripRelativeAddresses(formatter, true);
    return formatter;
  }

  *decode(bytes: Uint8Array, address: Address, bitness: Bitness, syntax: Syntax): Generator<Instruction> {
    const { exports } = this.#iced;
    if (bytes.length === 0) return;
    const data = this.#iced.bytes(bytes);
    const decoder = this.#iced.integer((slot) => exports.decoder_new(slot, bitness, data, bytes.length, 0)) >>> 0;
    try {
      exports.decoder_set_ip(decoder, BigInt(address));
      for (let offset = 0; offset < bytes.length && exports.decoder_canDecode(decoder); ) {
        exports.decoder_decodeOut(decoder, this.#instruction);
        const length = Math.max(1, exports.instruction_length(this.#instruction));
        const instruction = this.#read(bytes.subarray(offset, offset + length), address + offset, bitness, syntax);
        yield* syntax === 'llvm' ? withoutLock(instruction) : [instruction];
        offset += length;
      }
    } finally {
      exports.__wbg_decoder_free(decoder);
    }
  }

  #read(bytes: Uint8Array, address: Address, bitness: Bitness, syntax: Syntax): Instruction {
    const { exports } = this.#iced;
    const i = this.#instruction;
    if (exports.instruction_isInvalid(i)) return { address, bytes, invalid: true, flow: 'trap', mnemonic: syntax === 'windbg' ? '???' : '<unknown>', operands: [] };
    const named = exports.instruction_isStringInstruction(i) !== 0;
    const formatter = named && syntax === 'windbg' ? this.#withOperands : this.#formatters[syntax];
    const mnemonic = this.#iced.text((slot) => exports.formatter_formatMnemonic(slot, formatter, i));
    const count = exports.formatter_operandCount(formatter, i);
    const operands = Array.from({ length: count }, (_, n) => this.#operand(formatter, n, syntax, mnemonic));
    const instruction = { address, bytes, invalid: false, flow: FLOWS[exports.instruction_flowControl(i)] ?? 'next', mnemonic, operands };
    return syntax === 'windbg' ? windbgText(instruction, named, bitness) : llvmText(instruction);
  }

  #operand(formatter: number, index: number, syntax: Syntax, mnemonic: string): Operand {
    const { exports } = this.#iced;
    const i = this.#instruction;
    const text = this.#iced.text((slot) => exports.formatter_formatOperand(slot, formatter, i, index));
    const real = this.#iced.result((slot) => exports.formatter_getInstructionOperand(slot, formatter, i, index), (view) => (view.getInt32(0, true) ? view.getInt32(4, true) : undefined));
    // Operands that only the notation has, such as the 1 of a shift by one, belong to no operand of the instruction.
    if (real === undefined) return { kind: 'register', text, value: undefined };
    const kind = this.#iced.integer((slot) => exports.instruction_opKind(slot, i, real));
    if (kind === OpKind.Register) return { kind: 'register', text, value: undefined };
    if (kind <= OpKind.NearBranch64) return { kind: 'branch', text, value: Number(BigInt.asUintN(64, exports.instruction_nearBranchTarget(i))) };
    if (kind <= OpKind.FarBranch32) return { kind: 'immediate', text, value: undefined };
    if (kind > OpKind.Immediate32to64) return { kind: 'memory', text, value: kind === OpKind.Memory ? this.#absolute() : undefined };
    const raw = this.#iced.result((slot) => exports.instruction_immediate(slot, i, real), (view) => view.getBigUint64(0, true));
    return { kind: 'immediate', text: syntax === 'llvm' ? llvmImmediate(raw, kind, mnemonic) : text, value: Number(raw) };
  }

  /** Address of a memory operand without registers, or relative to the instruction pointer; thread-local segments have none. */
  #absolute(): Address | undefined {
    const { exports } = this.#iced;
    const i = this.#instruction;
    if (exports.instruction_memorySegment(i) > Register.DS) return undefined;
    if (exports.instruction_isIpRelMemoryOperand(i)) return Number(BigInt.asUintN(64, exports.instruction_ipRelMemoryAddress(i)));
    if (exports.instruction_memoryBase(i) !== Register.None || exports.instruction_memoryIndex(i) !== Register.None) return undefined;
    return Number(BigInt.asUintN(64, exports.instruction_memoryDisplacement(i)));
  }
}
