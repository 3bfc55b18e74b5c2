import { describe, expect, test } from 'vitest';
import { line, link, renderAnsi, renderHtml, renderText, right, sanitize, Table, thousands, toJson } from '../../src/lib/output/index.ts';

const HOSTILE = 'a\x1b]8;;evil:x\x07b\x1b[31m<script>alert(1)</script>"\'&\u202eabc\u0000\u0085\ttab\u2028line\u200b';

describe('text from a dump cannot act', () => {
  test('controls, overrides and separators are made visible', () => {
    const safe = sanitize(HOSTILE);
    expect(safe).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u2028\u2029\u200b]/);
    expect(safe).toContain('␛]8;;evil:x␇b');
    expect(sanitize('plain 文字 ok')).toBe('plain 文字 ok');
  });
  test('ANSI has only our own escapes', () => {
    const out = renderAnsi(line(HOSTILE), { lang: 'en', color: true, links: true }) ?? '';
    expect(out).not.toContain('\x1b');
    const linked = renderAnsi(line(link(HOSTILE, '!do 1;evil\x07')), { lang: 'en', color: true, links: true }) ?? '';
    expect(linked.split('\x1b]8;;').length).toBe(3);
    expect(linked).toContain('dumplab:!do%201%3Bevil%07');
  });
  test('HTML has only our own markup', () => {
    const out = renderHtml(line(HOSTILE, link('<b>', '"><script>')), 'en') ?? '';
    expect(out.match(/<[a-z/][^>]*>/g)).toEqual(['<span class="t-link" data-cmd="&quot;&gt;&lt;script&gt;">', '</span>']);
  });
});

describe('renderers', () => {
  const row = new Table([right(6), right(4)]).row(link('ab', '!do ab'), 'c');
  test('text, ANSI and HTML agree on the columns', () => {
    expect(renderText([row], 'en')).toBe('    ab    c');
    expect(renderAnsi(row, { lang: 'en', color: false, links: false })).toBe('    ab    c');
    expect((renderHtml(row, 'en') ?? '').replace(/<[^>]+>/g, '')).toBe('    ab    c');
  });
  test('JSON keeps cells and links', () => {
    expect(toJson(row, 'en')).toEqual({ kind: 'row', cells: ['ab', 'c'] });
    expect(toJson(line('x ', link('y', '!do y')), 'en')).toEqual({ kind: 'line', text: 'x y', links: [{ text: 'y', command: '!do y' }] });
    expect(toJson({ kind: 'fact', subject: 'object', address: 255, values: { a: 1 } }, 'en')).toMatchObject({ address: '0xff' });
  });
  test('messages speak the language', () => {
    const message = { kind: 'message', style: 'dim', text: { en: 'yes', 'zh-tw': '是' } } as const;
    expect(renderText([message], 'zh-tw')).toBe('是');
    expect(renderAnsi(message, { lang: 'en', color: true, links: false })).toBe('\x1b[2myes\x1b[0m');
  });
  test('thousands', () => expect([0, 999, 1000, 10874302].map(thousands)).toEqual(['0', '999', '1,000', '10,874,302']));
});
