/** What is called of iced-x86 1.21.0's WebAssembly; names and shapes are those of its own JavaScript (iced_x86.js). */
export interface IcedExports {
  readonly memory: WebAssembly.Memory;
  __wbindgen_malloc(size: number, alignment: number): number;
  __wbindgen_free(pointer: number, size: number, alignment: number): void;
  __wbindgen_add_to_stack_pointer(bytes: number): number;
  decoder_new(result: number, bitness: number, data: number, size: number, options: number): void;
  decoder_set_ip(decoder: number, ip: bigint): void;
  decoder_canDecode(decoder: number): number;
  decoder_decodeOut(decoder: number, instruction: number): void;
  __wbg_decoder_free(decoder: number): void;
  instruction_new(): number;
  instruction_length(instruction: number): number;
  instruction_isInvalid(instruction: number): number;
  instruction_flowControl(instruction: number): number;
  instruction_nearBranchTarget(instruction: number): bigint;
  instruction_isIpRelMemoryOperand(instruction: number): number;
  instruction_ipRelMemoryAddress(instruction: number): bigint;
  instruction_isStringInstruction(instruction: number): number;
  instruction_memoryBase(instruction: number): number;
  instruction_memoryIndex(instruction: number): number;
  instruction_memorySegment(instruction: number): number;
  instruction_memoryDisplacement(instruction: number): bigint;
  instruction_opKind(result: number, instruction: number, operand: number): void;
  instruction_immediate(result: number, instruction: number, operand: number): void;
  formatter_new(result: number, syntax: number): void;
  formatter_operandCount(formatter: number, instruction: number): number;
  formatter_getInstructionOperand(result: number, formatter: number, instruction: number, operand: number): void;
  formatter_formatMnemonic(result: number, formatter: number, instruction: number): void;
  formatter_formatOperand(result: number, formatter: number, instruction: number, operand: number): void;
  formatter_set_hexPrefix(formatter: number, text: number, size: number): void;
  formatter_set_hexSuffix(formatter: number, text: number, size: number): void;
  formatter_set_uppercaseHex(formatter: number, on: boolean): void;
  formatter_set_smallHexNumbersInDecimal(formatter: number, on: boolean): void;
  formatter_set_addLeadingZeroToHexNumbers(formatter: number, on: boolean): void;
  formatter_set_spaceBetweenMemoryAddOperators(formatter: number, on: boolean): void;
  formatter_set_scaleBeforeIndex(formatter: number, on: boolean): void;
  formatter_set_ripRelativeAddresses(formatter: number, on: boolean): void;
  formatter_set_memorySizeOptions(formatter: number, options: number): void;
  formatter_set_showBranchSize(formatter: number, on: boolean): void;
}

/** Return slots are 16 bytes of the module's stack. */
const RESULT = 16;

/** Calls into the module's memory: results in return slots, strings, byte arrays. */
export class IcedMemory {
  readonly exports: IcedExports;
  readonly #latin = new TextDecoder();

  constructor(exports: IcedExports) {
    this.exports = exports;
  }

  /** Runs a call that writes to a return slot and reads it. */
  result<T>(call: (slot: number) => void, read: (view: DataView) => T): T {
    const slot = this.exports.__wbindgen_add_to_stack_pointer(-RESULT);
    try {
      call(slot);
      return read(new DataView(this.exports.memory.buffer, slot, RESULT));
    } finally {
      this.exports.__wbindgen_add_to_stack_pointer(RESULT);
    }
  }

  integer(call: (slot: number) => void): number {
    return this.result(call, (view) => view.getInt32(0, true));
  }

  /** A string the call allocated; `fallible` calls return an error behind it. */
  text(call: (slot: number) => void): string {
    const [pointer, size] = this.result(call, (view) => [view.getUint32(0, true), view.getUint32(4, true)]);
    const text = this.#latin.decode(new Uint8Array(this.exports.memory.buffer, pointer, size));
    this.exports.__wbindgen_free(pointer, size, 1);
    return text;
  }

  /** Copies bytes to where the call it is given to takes them over. */
  bytes(bytes: Uint8Array): number {
    const pointer = this.exports.__wbindgen_malloc(bytes.length, 1) >>> 0;
    new Uint8Array(this.exports.memory.buffer).set(bytes, pointer);
    return pointer;
  }
}
