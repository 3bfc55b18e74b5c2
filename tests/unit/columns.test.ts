import { describe, expect, test } from 'vitest';
import { columnsFor, displayWidth, MAX_COLUMNS, wrapProse } from '../../src/components/client/columns.ts';
import { line, link } from '../../src/lib/output/index.ts';

describe('columns', () => {
  test('tables widen the screen in steps up to a limit, prose does not', () => {
    const row = (width: number) => ({ kind: 'row', cells: [{ content: 'x'.repeat(width), width, align: 'left' }] }) as const;
    expect(columnsFor([row(60)], 'en', 80)).toBe(80);
    expect(columnsFor([row(95)], 'en', 80)).toBe(100);
    expect(columnsFor([row(9000)], 'en', 80)).toBe(MAX_COLUMNS);
    expect(columnsFor([line('word '.repeat(30))], 'en', 80)).toBe(80);
    expect(columnsFor([line('x'.repeat(90), link('790f018', '!do 790f018'))], 'en', 80)).toBe(100);
  });
  test('wrapping loses nothing and keeps the width', () => {
    for (const text of ['Message:          ERR Error running script (call to f_71fe2e7962348b06aa8ce3e244cdb3f774b4f549): @user_script:4', `    0000 ${'Name`1<'.repeat(40)}`, '這份傾印來自 64 位元處理序，而這個終端機扮演 32 位元的 WinDbg。'.repeat(3), 'x'.repeat(500)]) {
      const lines = wrapProse(text, 50);
      expect(lines.length).toBeGreaterThan(1);
      for (const wrapped of lines) expect(displayWidth(wrapped)).toBeLessThanOrEqual(51);
      expect(lines.join('').replace(/\s/g, '')).toBe(text.replace(/\s/g, ''));
    }
  });
});
