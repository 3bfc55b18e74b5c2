import { describe, expect, test } from 'vitest';
import { toHtml, toMarkdown } from '../../src/components/client/notebook.ts';
import { readInvestigation, writeInvestigation } from '../../src/components/client/permalink.ts';

const t = { untitled: 'Report', made: 'Made.', dump: 'Dump' };
const pin = (over: object) => ({ id: '1', at: '2026-11-24T03:00:00.000Z', dump: 'd', page: '/', command: '!pe 1', text: 'x', note: '', ...over });

describe('links to an investigation', () => {
  const samples = ['leak-linux-x64'];
  test('come back as they were written', () => {
    const all = { dump: 'leak-linux-x64', host: 'dotnet-dump-64', commands: ['!dumpheap -stat', '.foreach (x {a&b=c#d}) {?}', 's -u 0 L?7f "é 傾印"'] };
    expect(readInvestigation(writeInvestigation(all), samples)).toEqual(all);
  });
  test('bring nothing but known samples, known debuggers and short plain lines', () => {
    expect(readInvestigation('#dump=other&run=x', samples)).toBeUndefined();
    expect(readInvestigation('#dump=leak-linux-x64&host=evil&run=x', samples)).toBeUndefined();
    expect(readInvestigation('#dump=leak-linux-x64', samples)).toBeUndefined();
    expect(readInvestigation(`#dump=leak-linux-x64&run=${'x'.repeat(600)}&run=a%1b%5b2J&run=a%0ab&run=ok`, samples)?.commands).toEqual(['ok']);
    expect(readInvestigation(`#dump=leak-linux-x64${'&run=x'.repeat(500)}`, samples)?.commands).toHaveLength(40);
  });
});

describe('the report', () => {
  test('text of a dump cannot end its block in Markdown', () => {
    const text = toMarkdown({ title: 'A', pins: [pin({ text: 'a\n````\n# not a heading', note: 'Because.' })] }, t);
    expect(text).toContain('`````text\na\n````\n# not a heading\n`````');
    expect(text).toMatch(/^# A\n\n## 1\. !pe 1\n\nDump d, 2026-11-24 03:00 UTC\n\nBecause\./);
  });
  test('nor become markup in HTML, which asks for nothing', () => {
    const html = toHtml({ title: '<script>1</script>', pins: [pin({ text: '</pre><img src=x onerror=alert(1)>', command: '"><b>', note: '<i>n</i>\n2\n\n3' })] }, t, 'zh-TW');
    expect(html).not.toMatch(/<script|<img|<i>|"><b>/);
    expect(html).toContain("default-src 'none'");
    expect(html).toContain('<p>&#60;i&#62;n&#60;/i&#62;<br>2</p>\n<p>3</p>');
    expect(html).not.toMatch(/<[^>]*\b(?:src|href)=/);
  });
});
