/** Looks for many byte strings at once and blanks them: one pass, by their first two bytes. */
export class Needles {
  readonly #byStart = new Map<number, Uint8Array[]>();
  /** How many were blanked so far. */
  found = 0;

  constructor(needles: readonly Uint8Array[]) {
    for (const needle of needles) {
      if (needle.length < 2) continue;
      const start = needle[0] | (needle[1] << 8);
      const known = this.#byStart.get(start);
      if (known) known.push(needle);
      else this.#byStart.set(start, [needle]);
    }
  }

  blank(bytes: Uint8Array): void {
    if (this.#byStart.size === 0) return;
    for (let at = 0; at + 1 < bytes.length; at++) {
      const list = this.#byStart.get(bytes[at] | (bytes[at + 1] << 8));
      if (!list) continue;
      for (const needle of list) {
        if (at + needle.length > bytes.length || !equal(bytes, at, needle)) continue;
        bytes.fill(0, at, at + needle.length);
        this.found++;
      }
    }
  }
}

function equal(bytes: Uint8Array, at: number, needle: Uint8Array): boolean {
  for (let i = 0; i < needle.length; i++) if (bytes[at + i] !== needle[i]) return false;
  return true;
}
