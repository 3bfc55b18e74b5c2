import { beforeAll, describe, expect, test, vi } from 'vitest';
import { WriteQueue } from '../../src/components/client/write-queue.ts';
import type { OutputNode } from '../../src/lib/output/index.ts';

beforeAll(() => {
  vi.stubGlobal('requestAnimationFrame', (next: () => void) => setTimeout(next, 1));
});

const row = (text: string): OutputNode => ({ kind: 'line', parts: [text] });
const textOf = (node: OutputNode) => (node.kind === 'line' ? `${String(node.parts[0])}\n` : '');

/** A terminal that takes what it is given one task later, as xterm.js does. */
function terminal() {
  const pieces: string[] = [];
  return { pieces, write: (text: string, done: () => void) => void setTimeout(() => {
    if (text) pieces.push(text);
    done();
  }) };
}

describe('what waits to be written', () => {
  test('keeps its order, by pieces that grow while they are quick', async () => {
    const { pieces, write } = terminal();
    const queue = new WriteQueue(write, textOf);
    const rows = Array.from({ length: 300 }, (_, i) => `row ${i}`);
    queue.push(...rows.map(row));
    queue.push('prompt> ');
    await queue.flushed();
    expect(pieces.join('')).toBe(`${rows.join('\n')}\nprompt> `);
    expect(pieces.length).toBeGreaterThan(3);
    expect(pieces[0]).toBe('row 0\n');
  });

  test('what is slow to make goes in small pieces', async () => {
    const { pieces, write } = terminal();
    const queue = new WriteQueue(write, (node) => {
      for (const end = performance.now() + 3; performance.now() < end; );
      return textOf(node);
    });
    queue.push(...Array.from({ length: 20 }, (_, i) => row(String(i))));
    await queue.flushed();
    expect(Math.max(...pieces.map((p) => p.split('\n').length - 1))).toBeLessThanOrEqual(3);
  });

  test('typing is written at once when nothing waits, and in turn when something does', async () => {
    const { pieces, write } = terminal();
    const queue = new WriteQueue(write, textOf);
    queue.push('a');
    queue.push('b');
    await queue.flushed();
    expect(pieces).toEqual(['a', 'b']);
    queue.push(row('1'), row('2'));
    queue.push('c');
    await queue.flushed();
    expect(pieces.join('')).toBe('ab1\n2\nc');
  });

  test('clearing forgets what was not written yet', async () => {
    const { pieces, write } = terminal();
    const queue = new WriteQueue(write, textOf);
    queue.push(row('1'), row('2'), row('3'));
    queue.clear();
    queue.push('x');
    await queue.flushed();
    expect(pieces.join('')).toBe('1\nx');
  });
});
