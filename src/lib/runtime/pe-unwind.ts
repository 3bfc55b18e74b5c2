import type { Address } from '../bytes/index.ts';
import { PeDirectory, PeImage } from '../image/index.ts';
import type { AddressSpace } from '../memory/index.ts';
import { undoEpilog } from './epilog.ts';
import type { ImageUnwinder, NativeCaller } from './native-unwind.ts';
import { assignContext, copyContext, setStackPointer, stackPointer, unwindFrame } from './unwind.ts';
import type { FrameContext } from './unwind.ts';

const FUNCTION_SIZE = 12;
const MAX_TABLE = 1 << 24;
/** UNW_FLAG_CHAININFO. */
const CHAINED = 4;
const MAX_CHAIN = 32;

/** A RUNTIME_FUNCTION: addresses relative to the image. */
interface RuntimeFunction { readonly begin: number; readonly end: number; readonly data: number }

/** The exception directory (.pdata) of a Windows x64 image. */
export class PeUnwinder implements ImageUnwinder {
  readonly #memory: AddressSpace;
  readonly #base: Address;
  readonly #table: Address;
  readonly #count: number;

  private constructor(memory: AddressSpace, base: Address, table: Address, count: number) {
    this.#memory = memory;
    this.#base = base;
    this.#table = table;
    this.#count = count;
  }

  /** undefined when the image has no table. */
  static open(memory: AddressSpace, base: Address): PeUnwinder | undefined {
    const directory = PeImage.open(memory, base).directory(PeDirectory.Exception);
    const size = Math.min(directory?.size ?? 0, MAX_TABLE);
    if (!directory || size < FUNCTION_SIZE) return undefined;
    return new PeUnwinder(memory, base, base + directory.rva, Math.floor(size / FUNCTION_SIZE));
  }

  /** The entry that covers an address. */
  find(ip: Address): RuntimeFunction | undefined {
    const m = this.#memory;
    const rva = ip - this.#base;
    let low = 0;
    let high = this.#count - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (m.u32(this.#table + middle * FUNCTION_SIZE) <= rva) low = middle;
      else high = middle - 1;
    }
    const at = this.#table + low * FUNCTION_SIZE;
    const found = { begin: m.u32(at), end: m.u32(at + 4), data: m.u32(at + 8) };
    return rva >= found.begin && rva < found.end ? found : undefined;
  }

  /** Parts of a function that lie elsewhere are chained to its entry. */
  functionStart(ip: Address): Address | undefined {
    const m = this.#memory;
    const entry = this.find(ip);
    if (!entry) return undefined;
    let { begin, data } = entry;
    for (let chain = 0; chain < MAX_CHAIN && data !== 0 && (m.u8(this.#base + data) >> 3) & CHAINED; chain++) {
      const primary = this.#base + data + 4 + 2 * ((m.u8(this.#base + data + 2) + 1) & ~1);
      begin = m.u32(primary);
      data = m.u32(primary + 8);
    }
    return this.#base + begin;
  }

  step(context: FrameContext, ip: Address): NativeCaller {
    const caller = copyContext(context);
    const entry = this.find(ip);
    let machineFrame = false;
    const epilog = entry && ip === context.ip ? undoEpilog(this.#memory, context, { begin: this.#base + entry.begin, end: this.#base + entry.end }) : undefined;
    if (epilog) assignContext(caller, epilog);
    else if (entry) machineFrame = unwindFrame(this.#memory, this.#base, entry, caller);
    else leaf(this.#memory, caller);
    assignContext(context, caller);
    return machineFrame ? 'interrupted' : 'call';
  }
}

/** A function without an entry changes no saved register: its return address is on top of the stack. */
function leaf(memory: AddressSpace, context: FrameContext): void {
  const sp = stackPointer(context);
  context.ip = memory.pointer(sp);
  setStackPointer(context, sp + 8);
}
