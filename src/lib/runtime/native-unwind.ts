import { isDumpError } from '../bytes/index.ts';
import type { Address } from '../bytes/index.ts';
import type { Dump } from '../container/index.ts';
import type { AddressSpace } from '../memory/index.ts';
import { ElfUnwinder } from './elf-unwind.ts';
import { PeUnwinder } from './pe-unwind.ts';
import type { FrameContext } from './unwind.ts';

/** Where the kernel put its own code (elf.h). */
const AT_SYSINFO_EHDR = 33;
const MAX_VDSO = 1 << 16;

/**
 * How the caller of a native frame was left: it made a `call` (its ip is a return address), or was `interrupted` (a signal, an
 * exception: its ip is the instruction itself). `end`: the outermost frame. undefined: the dump does not say how to go on.
 */
export type NativeCaller = 'call' | 'interrupted' | 'end' | undefined;

/** Undoes frames of one image. `ip` is the address to look up: for a return address one byte before it, as the call may be a function's last instruction. */
export interface ImageUnwinder {
  step(context: FrameContext, ip: Address): NativeCaller;
  /** Where the function that covers an address begins. */
  functionStart(ip: Address): Address | undefined;
}

/** Undoes native frames by what images say about themselves: .pdata on Windows, .eh_frame on Linux, as far as its pages are in the dump. x64 only. */
export class NativeUnwinder {
  readonly #dump: Dump;
  readonly #memory: AddressSpace;
  readonly #images = new Map<Address, ImageUnwinder | undefined>();

  constructor({ dump, memory }: { readonly dump: Dump; readonly memory: AddressSpace }) {
    this.#dump = dump;
    this.#memory = memory;
  }

  /** Moves the context to the caller; it stays as it was unless the result says `call` or `interrupted`. */
  step(context: FrameContext, interrupted: boolean): NativeCaller {
    const ip = interrupted ? context.ip : context.ip - 1;
    const base = this.#imageBase(ip);
    const image = base === undefined ? undefined : this.#image(base);
    if (!image) return undefined;
    try {
      return image.step(context, ip);
    } catch (error) {
      if (!isDumpError(error)) throw error;
      return undefined;
    }
  }

  /** Where the function an address lies in begins, by the same tables; undefined when they do not tell. */
  functionStart(ip: Address): Address | undefined {
    const base = this.#imageBase(ip);
    try {
      return base === undefined ? undefined : this.#image(base)?.functionStart(ip);
    } catch (error) {
      if (!isDumpError(error)) throw error;
      return undefined;
    }
  }

  #imageBase(ip: Address): Address | undefined {
    const module = this.#dump.modules.find((m) => ip >= m.base && ip < m.base + m.size);
    if (module) return module.base;
    const vdso = this.#dump.auxv?.get(AT_SYSINFO_EHDR);
    return vdso !== undefined && ip >= vdso && ip < vdso + MAX_VDSO ? vdso : undefined;
  }

  #image(base: Address): ImageUnwinder | undefined {
    if (!this.#images.has(base)) this.#images.set(base, this.#open(base));
    return this.#images.get(base);
  }

  #open(base: Address): ImageUnwinder | undefined {
    if (this.#dump.architecture !== 'x64') return undefined;
    try {
      return this.#dump.os === 'windows' ? PeUnwinder.open(this.#memory, base) : ElfUnwinder.open(this.#memory, base);
    } catch (error) {
      if (!isDumpError(error)) throw error;
      return undefined;
    }
  }
}
