/**
 * The measurement behind `type Address = number`: the inner loop of the heap walk, with number and with bigint addresses,
 * over the same synthetic heap. Usage: node scripts/bench-addresses.ts
 */
const OBJECTS = 2_000_000;
const BASE = 0x7f6eb2000000;
const buffer = new ArrayBuffer(OBJECTS * 24);
const view = new DataView(buffer);
const tables = Array.from({ length: 64 }, (_, i) => 0x7f6ee8630000 + i * 0x88);
for (let i = 0; i < OBJECTS; i++) view.setBigUint64(i * 24, BigInt(tables[(i * 7919) % tables.length]), true);

function withNumbers(): number {
  const sizes = new Map(tables.map((t) => [t, 24]));
  let count = 0;
  for (let at = BASE, end = BASE + buffer.byteLength; at < end; count++) {
    const offset = at - BASE;
    const low = view.getUint32(offset, true);
    const table = low - (low & 7) + view.getUint32(offset + 4, true) * 4294967296;
    const size = sizes.get(table) ?? 8;
    at += size + 7 - ((size + 7) % 8);
  }
  return count;
}

function withBigints(): number {
  const sizes = new Map(tables.map((t) => [BigInt(t), 24n]));
  let count = 0;
  const base = BigInt(BASE);
  for (let at = base, end = base + BigInt(buffer.byteLength); at < end; count++) {
    const table = view.getBigUint64(Number(at - base), true) & ~7n;
    const size = sizes.get(table) ?? 8n;
    at += (size + 7n) & ~7n;
  }
  return count;
}

function median(run: () => number): number {
  const times = Array.from({ length: 7 }, () => {
    const start = performance.now();
    if (run() !== OBJECTS) throw new Error('the walk lost objects');
    return performance.now() - start;
  });
  return times.sort((a, b) => a - b)[3];
}

const number = median(withNumbers);
const bigint = median(withBigints);
console.log(`${OBJECTS} objects: number ${number.toFixed(1)} ms, bigint ${bigint.toFixed(1)} ms, ratio ${(bigint / number).toFixed(1)}`);
