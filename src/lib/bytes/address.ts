/**
 * An address in the target process.
 *
 * A JavaScript number: user-mode addresses of every supported target are below 2^57 and in practice below 2^48, so they
 * are exact, and `scripts/bench-addresses.ts` shows a heap walk with bigint addresses to take 2.7 times as long
 * (docs/benchmarks.md). Values that are not addresses (registers, raw 64-bit words) are bigint.
 */
export type Address = number;

/** Addresses above this are kernel space or not canonical: never memory of the dumped process. */
export const MAX_ADDRESS: Address = Number.MAX_SAFE_INTEGER;

/** Lower-case hex without prefix, padded to `digits`. */
export function hex(value: number | bigint, digits = 0): string {
  return value.toString(16).padStart(digits, '0');
}
