import type { ByteSource } from '../../src/lib/bytes/index.ts';

/** Repeatable pseudo-random numbers (mulberry32), so that a failing seed can be run again. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** A file in which some bytes differ. */
export class CorruptSource implements ByteSource {
  readonly size: number;
  readonly #inner: ByteSource;
  readonly #changes: readonly (readonly [offset: number, xor: number])[];

  constructor(inner: ByteSource, changes: readonly (readonly [offset: number, xor: number])[]) {
    this.#inner = inner;
    this.size = inner.size;
    this.#changes = changes;
  }

  read(offset: number, length: number): Uint8Array {
    const bytes = this.#inner.read(offset, length);
    let copy: Uint8Array | undefined;
    for (const [at, xor] of this.#changes) {
      if (at < offset || at >= offset + length) continue;
      copy ??= bytes.slice();
      copy[at - offset] ^= xor;
    }
    return copy ?? bytes;
  }
}
