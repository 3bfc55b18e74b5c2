import type { Address } from '../bytes/index.ts';
import type { AddressSpace } from './address-space.ts';

const PIECE = 1 << 16;
/** What is missing is looked for in steps of a page: dumps leave out whole pages. */
const PAGE = 4096;

/** Copies a stretch of memory in pieces; what is not in the dump becomes zeros and is counted by `missing`. */
export function* copyMemory(memory: AddressSpace, start: Address, size: number, missing: (bytes: number) => void): Generator<Uint8Array> {
  for (let done = 0; done < size; ) {
    const length = Math.min(PIECE, size - done);
    if (memory.has(start + done, length)) yield memory.read(start + done, length);
    else {
      const piece = new Uint8Array(length);
      for (let at = 0; at < length; ) {
        const step = Math.min(PAGE - ((start + done + at) % PAGE), length - at);
        if (memory.has(start + done + at, step)) piece.set(memory.read(start + done + at, step), at);
        else missing(step);
        at += step;
      }
      yield piece;
    }
    done += length;
  }
}
