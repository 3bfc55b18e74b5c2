import type { Address } from '../bytes/index.ts';
import { PeDirectory, PeImage } from '../image/index.ts';
import type { Target } from './target.ts';
import { unwindFrame } from './unwind.ts';
import type { FrameContext } from './unwind.ts';

const FUNCTION_SIZE = 12;
const MAX_TABLE = 1 << 24;

/** Undoes native frames of Windows x64 images by their exception directory (.pdata), as far as its pages are in the dump. */
export class NativeUnwinder {
  readonly #target: Target;
  readonly #tables = new Map<Address, { readonly at: Address; readonly count: number } | undefined>();

  constructor(target: Target) {
    this.#target = target;
  }

  /** Moves the context to the caller; false where the ip is in no image or the image has no table. */
  step(context: FrameContext): boolean {
    const { memory, dump } = this.#target;
    const module = dump.modules.find((m) => context.ip >= m.base && context.ip < m.base + m.size);
    const table = module && this.#table(module.base);
    if (!module || !table) return false;
    const rva = context.ip - module.base;
    let low = 0;
    let high = table.count - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (memory.u32(table.at + middle * FUNCTION_SIZE) <= rva) low = middle;
      else high = middle - 1;
    }
    const entry = table.at + low * FUNCTION_SIZE;
    const begin = memory.u32(entry);
    if (rva >= begin && rva < memory.u32(entry + 4)) unwindFrame(memory, module.base, { begin, data: memory.u32(entry + 8) }, context);
    else leaf(this.#target, context);
    return true;
  }

  #table(base: Address) {
    if (!this.#tables.has(base)) {
      const { memory } = this.#target;
      const directory = PeImage.open(memory, base).directory(PeDirectory.Exception);
      const size = Math.min(directory?.size ?? 0, MAX_TABLE);
      this.#tables.set(base, directory && size >= FUNCTION_SIZE && memory.has(base + directory.rva, size) ? { at: base + directory.rva, count: Math.floor(size / FUNCTION_SIZE) } : undefined);
    }
    return this.#tables.get(base);
  }
}

/** A function without an entry changes no saved register: its return address is on top of the stack. */
function leaf(target: Target, context: FrameContext): void {
  const rsp = 4;
  context.ip = target.memory.pointer(context.registers[rsp]);
  context.registers[rsp] += 8;
}
