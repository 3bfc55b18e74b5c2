import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const DOCS = new URL('../../src/content/docs/', import.meta.url).pathname;

function articles(lang: string, under = ''): string[] {
  return readdirSync(join(DOCS, lang, under), { withFileTypes: true }).flatMap((e) => {
    const path = under ? `${under}/${e.name}` : e.name;
    return e.isDirectory() ? articles(lang, path) : /\.mdx?$/.test(e.name) ? [path] : [];
  });
}

const source = (lang: string, path: string) => readFileSync(join(DOCS, lang, path), 'utf8');

/** The article without code fences: a `##` in there is no heading. */
const prose = (text: string) => text.replace(/^```[\s\S]*?^```/gm, '');
const headings = (text: string) => [...prose(text).matchAll(/^#{2,4} .*$/gm)].map((m) => m[0]);

/** Words of the mainland, and what Taiwan says. Lookarounds keep words that only look alike. */
const MAINLAND: readonly (readonly [RegExp, string])[] = [
  [/內存/, '記憶體'], [/線程/, '執行緒'], [/(?<!日)進程/, '處理序'], [/默認/, '預設'], [/信息/, '資訊、訊息'], [/堆棧/, '堆疊'], [/調試/, '偵錯'], [/句柄/, '控制代碼'],
  [/程序集/, '組件'], [/託管/, '受控'], [/垃圾回收/, '記憶體回收'], [/轉儲/, '傾印'], [/異常/, '例外狀況'], [/拋出/, '擲回'], [/會話/, '工作階段'], [/服務器/, '伺服器'],
  [/客戶端/, '用戶端'], [/腳本/, '指令碼'], [/數據/, '資料'], [/隊列/, '佇列'], [/緩存/, '快取'], [/超時/, '逾時'], [/運行時/, '執行階段'], [/異步/, '非同步'], [/哈希/, '雜湊'],
  [/死鎖/, '死結'], [/終結器/, '完成項'], [/指針/, '指標'], [/字段/, '欄位'], [/斷點/, '中斷點'], [/網絡/, '網路'], [/軟件/, '軟體'], [/硬件/, '硬體'], [/源代碼|代碼段/, '程式碼'], [/驅逐/, '逐出'],
];

describe('articles', () => {
  test('exist in both languages', () => {
    expect(articles('zh-tw').sort()).toEqual(articles('en').sort());
  });

  test.each(articles('en'))('%s: headings carry an id, the same in both languages', (path) => {
    const ids = (lang: string) => headings(source(lang, path)).map((h) => /\s\{#([\w-]+)\}\s*$/.exec(h)?.[1] ?? `no id: ${h}`);
    const en = ids('en');
    expect(en.filter((id) => id.startsWith('no id'))).toEqual([]);
    expect(ids('zh-tw')).toEqual(en);
  });

  test.each(articles('en'))('%s: both languages show the same terminals and ask the same questions', (path) => {
    const facts = (lang: string) => {
      const text = source(lang, path);
      const tags = [...text.matchAll(/<(Terminal|Evidence)\b[\s\S]*?(?=\/>|>\n)/g)].map((m) => m[0]);
      return tags.map((tag) => [/\b(?:dump|id)="[^"]*"/g, /\brun=\{\[.*?\]\}/g, /\bbits=\{\d+\}/g].flatMap((p) => tag.match(p) ?? []).join(' '));
    };
    expect(facts('zh-tw')).toEqual(facts('en'));
  });

  test.each(articles('zh-tw'))('%s: speaks the Chinese of Taiwan', (path) => {
    const found = source('zh-tw', path).split('\n').flatMap((text, i) => MAINLAND.filter(([word]) => word.test(text)).map(([word, use]) => `line ${i + 1}: ${word.source} (use ${use}): ${text.trim().slice(0, 80)}`));
    expect(found).toEqual([]);
  });
});
