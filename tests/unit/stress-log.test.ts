import { describe, expect, test } from 'vitest';
import { BufferSource, isDumpError } from '../../src/lib/bytes/index.ts';
import { cValue, directiveAt } from '../../src/lib/commands/sos/c-format.ts';
import { Engine } from '../../src/lib/engine/index.ts';
import { renderText } from '../../src/lib/output/index.ts';
import type { OutputNode } from '../../src/lib/output/index.ts';
import { sampleSource } from '../support/dumps.ts';

const text = (engine: Engine, command: string) => renderText([...engine.execute(command)].filter((n): n is OutputNode => n.kind !== 'progress'), 'en');

async function wholeBytes(): Promise<Uint8Array> {
  const source = await sampleSource('stresslog-linux-x64');
  return source.read(0, source.size).slice();
}

describe('printf as C does it', () => {
  const print = (format: string, value: bigint, system: 'linux' | 'windows' = 'linux') => cValue(directiveAt(format, 0)!, value, system, () => 'text');
  test.each([
    ['%d', 0xffffffffn, '-1'], ['%ld', -1n, '-1'], ['%5d|', 42n, '   42'], ['%-5d', 42n, '42   '], ['%05d', -42n & 0xffffffffn, '-0042'], ['%x', 0x1234567890n, '34567890'], ['%#x', 16n, '0x10'], ['%zx', 0x1234567890n, '1234567890'],
    ['%I64x', 0x1234567890n, '1234567890'], ['%p', 0n, '(nil)'], ['%p', 0xabcn, '0xabc'], ['%c', 65n, 'A'], ['%s', 1n, 'text'], ['%.2s', 1n, 'te'], ['%.3f', 0x3ff8000000000000n, '1.500'], ['%hhd', 255n, '-1'],
  ])('%s of %s is %s', (format, value, wanted) => expect(print(format, value)).toBe(wanted));
  test('Windows has its own pointers and longs', () => {
    expect(print('%p', 0xabcn, 'windows')).toBe('0000000000000ABC');
    expect(print('%lx', 0x1234567890n, 'windows')).toBe('34567890');
  });
  test('what is no directive stays text', () => {
    expect(directiveAt('% nonsense', 0)?.conversion).toBeUndefined();
    expect(directiveAt('%', 0)).toBeUndefined();
    expect(print('%99999999d', 1n).length).toBeLessThan(2000);
  });
});

describe('stress log', () => {
  test('a process without one says so in SOS’s words', async () => {
    const engine = new Engine();
    void [...engine.open(await sampleSource('redis-oom-linux-x64'), 'case.dmp')];
    expect(text(engine, '!dumplog')).toBe([
      "Attempting to dump Stress log to file 'StressLog.txt'",
      '----- No thread logs in the image: The stress log was probably not initialized correctly. -----',
      'No Stress log in the image, no file written',
      'Set DOTNET_StressLog=1 (and DOTNET_LogFacility, DOTNET_LogLevel) before the process starts, reproduce the problem and take a new dump.',
    ].join('\n'));
    expect(text(engine, '!histinit')).toMatch(/^Attempting to read Stress log\n-----.*-----\nNo Stress log in the image, GCHist commands unavailable\n/);
  });

  test('.NET 9 does not say where its log is: it is found by its shape, or there is none', async () => {
    const engine = new Engine();
    void [...engine.open(await sampleSource('objects-win-x64-net9'), 'case.dmp')];
    expect(text(engine, '!dumplog')).toMatch(/\nNo Stress log in the image, no file written\n/);
  });

  test('roots link to their history and back', async () => {
    const engine = new Engine();
    void [...engine.open(await sampleSource('stresslog-linux-x64'), 'case.dmp')];
    text(engine, '!histinit');
    const links = [...engine.execute('!hof 7fdf70400040')].flatMap((n) => (n.kind === 'line' ? n.parts : [])).flatMap((p) => (typeof p !== 'string' && p.kind === 'link' ? [p.command] : []));
    expect(links).toContain('!histroot 7fe0191613e0');
    expect(text(engine, '!histroot 7fe0191613e0')).toContain('00007FDF70400040');
  });

  test('damage ends in words and in bounded time', { timeout: 60_000 }, async () => {
    const original = await wholeBytes();
    let seed = 12345;
    const random = (limit: number) => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return seed % limit;
    };
    // Every word that looks like a chunk's signature stands behind one of the log's chunks.
    const chunks: number[] = [];
    for (let at = 0; at + 8 <= original.length; at += 8) if (original.subarray(at, at + 8).every((b) => b === 0xcf)) chunks.push(at);
    expect(chunks.length).toBeGreaterThan(5);
    let answered = 0;
    for (let round = 0; round < 60; round++) {
      const bytes = original.slice();
      const near = chunks[random(chunks.length)];
      for (let i = 0; i < 1 + random(12); i++) bytes[Math.max(0, near - random(0x8010) + 8)] = random(256);
      if (round % 3 === 0) for (let i = 0; i < 20; i++) bytes[random(bytes.length)] = random(256);
      const engine = new Engine();
      try {
        void [...engine.open(new BufferSource(bytes), 'case.dmp')];
      } catch (error) {
        if (isDumpError(error)) continue;
        throw error;
      }
      const started = performance.now();
      for (const command of ['!dumplog x', '!histinit', '!histstats']) answered += text(engine, command).length > 0 ? 1 : 0;
      expect(performance.now() - started).toBeLessThan(3000);
    }
    expect(answered).toBeGreaterThan(60);
  });
});
