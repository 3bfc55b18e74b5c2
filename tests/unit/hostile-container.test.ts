import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { BufferSource, isDumpError } from '../../src/lib/bytes/index.ts';
import type { ByteSource } from '../../src/lib/bytes/index.ts';
import { openDump, PackedSource, parsePackIndex } from '../../src/lib/container/index.ts';
import { Engine } from '../../src/lib/engine/index.ts';
import { CorruptSource, random } from '../support/corrupt.ts';
import { sampleSource } from '../support/dumps.ts';

const ROUNDS = 40;
const MAX_MS = 10_000;
const COMMANDS = ['lm', '~', 'clrthreads', 'eeversion', 'clrstack'];

class Truncated implements ByteSource {
  readonly size: number;
  readonly #inner: ByteSource;
  constructor(inner: ByteSource, size: number) {
    this.#inner = inner;
    this.size = size;
  }
  read(offset: number, length: number): Uint8Array {
    return offset + length <= this.size ? this.#inner.read(offset, length) : new BufferSource(new Uint8Array(this.size)).read(offset, length);
  }
}

/** Opens the file and runs commands; true when it opened. Anything but an error that names the file as its cause fails the test. */
function survives(source: ByteSource, what: string): boolean {
  const started = performance.now();
  try {
    const engine = new Engine({ host: { debugger: 'dotnet-dump' } });
    for (const node of engine.open(source, 'hostile')) void node;
    for (const command of COMMANDS) for (const node of engine.execute(command)) void node;
    return true;
  } catch (error) {
    expect(isDumpError(error), `${what}: ${error instanceof Error ? error.stack : String(error)}`).toBe(true);
    return false;
  } finally {
    expect(performance.now() - started, what).toBeLessThan(MAX_MS);
  }
}

describe.each(['objects-win-x64-net9', 'leak-linux-x64'])('container of %s', (id) => {
  test('cut anywhere: refused, or opened with a warning', async () => {
    const source = await sampleSource(id);
    const sizes = [0, 1, 31, 32, 63, 64, 65, 100, 1000, 4096, 65536, ...Array.from({ length: 12 }, (_, i) => Math.floor((source.size * (i + 1)) / 13)), source.size - 1];
    let opened = 0;
    for (const size of sizes) {
      const cut = new Truncated(source, size);
      if (!survives(cut, `${size} bytes`)) continue;
      opened++;
      expect(openDump(cut).warnings.length, `${size} bytes`).toBeGreaterThan(0);
    }
    expect(opened).toBeGreaterThan(0);
    expect(opened).toBeLessThan(sizes.length);
  });

  test('bits flipped in headers and lists', async () => {
    const source = await sampleSource(id);
    const near = id.includes('linux') ? 1 << 16 : 1 << 14;
    for (let seed = 1; seed <= ROUNDS; seed++) {
      const next = random(seed);
      const changes = Array.from({ length: 1 + Math.floor(next() * 24) }, () => [4 + Math.floor(next() * near), 1 << Math.floor(next() * 8)] as const);
      survives(new CorruptSource(source, changes), `seed ${seed}`);
    }
  });
});

test.each([
  ['text', 'this is a log file, not a dump. '.repeat(8)], ['a program', 'MZ' + '\0'.repeat(200)], ['a kernel dump', 'PAGEDU64' + '\0'.repeat(200)],
  ['an archive', 'PK\x03\x04' + '\0'.repeat(200)], ['a trace', 'Nettrace' + '\0'.repeat(200)], ['a bare minidump header', 'MDMP' + '\xff'.repeat(200)], ['a bare ELF header', '\x7fELF\x02\x01' + '\xff'.repeat(200)],
])('%s is refused with a reason', (_, text) => {
  expect(() => openDump(new BufferSource(Uint8Array.from(text, (c) => c.charCodeAt(0))))).toThrow(expect.objectContaining({ kind: 'format' }));
});

describe('packs', () => {
  const folder = new URL('../../public/sample-dumps/objects-win-x64-net9/', import.meta.url);
  const json = readFileSync(new URL('index.json', folder), 'utf8');

  test('an index with any field missing or of another kind is refused', () => {
    for (const key of Object.keys(JSON.parse(json) as object)) {
      for (const value of [undefined, null, -1, 'x', [], {}, 1e300]) {
        const index = { ...(JSON.parse(json) as Record<string, unknown>), [key]: value };
        if (typeof value === 'string' && ['id', 'name', 'sha256'].includes(key)) continue;
        expect(() => parsePackIndex(index), `${key} = ${String(value)}`).toThrow(expect.objectContaining({ kind: 'format' }));
      }
    }
  });

  test('damaged, short and long data end in a FormatError or a partial answer', () => {
    const index = parsePackIndex(JSON.parse(json));
    const data = new Map(index.files.map((f) => [f.name, new Uint8Array(readFileSync(new URL(f.name, folder)))]));
    for (let seed = 1; seed <= 12; seed++) {
      const next = random(seed);
      survives(new PackedSource(index, (name, offset, length) => {
        const bytes = data.get(name)!.slice(offset, offset + (seed % 3 === 0 ? Math.floor(length * next()) : length));
        for (let i = 0; i < 8 && bytes.length > 0; i++) bytes[Math.floor(next() * bytes.length)] ^= 1 << Math.floor(next() * 8);
        return bytes;
      }), `seed ${seed}`);
    }
  });
});
