import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';

const ROOT = new URL('../../', import.meta.url).pathname;

/** Terms of mainland China (or of machine translation), and what Taiwan says. */
const TERMS: readonly (readonly [wrong: RegExp, right: string])[] = [
  [/轉儲/, '傾印'], [/線程/, '執行緒'], [/進程/, '處理序'], [/調試/, '偵錯'], [/默認/, '預設'], [/信息/, '資訊／訊息'], [/內存/, '記憶體'], [/堆棧|棧幀|調用棧/, '堆疊'],
  [/異常(?!.{0,3}(終止|結束))/, '例外狀況'], [/垃圾回收/, '記憶體回收'], [/句柄/, '控制代碼'], [/程序集/, '組件'], [/運行時/, '執行階段'], [/值類型|引用類型/, '實值型別／參考型別'], [/面向對象|對象實例/, '物件'],
  [/字段/, '欄位'], [/指針/, '指標'], [/會話/, '工作階段'], [/隊列/, '佇列'], [/超時/, '逾時'], [/驅逐/, '逐出'], [/(?<!俗稱)碎片/, '分散'], [/腳本/, '指令碼'], [/客戶端/, '用戶端'], [/斷點/, '中斷點'],
  [/異步/, '非同步'], [/哈希/, '雜湊'], [/緩存/, '快取'], [/服務器/, '伺服器'], [/網絡/, '網路'], [/軟件/, '軟體'], [/硬件/, '硬體'], [/文件夾/, '資料夾'], [/死鎖/, '死結'], [/終結器/, '完成項'], [/托管|託管代碼/, '受控'],
  [/接口/, '介面'], [/變量/, '變數'], [/函數/, '函式'], [/數據/, '資料'], [/視頻/, '影片'], [/屏幕/, '螢幕'], [/鼠標/, '滑鼠'], [/優化/, '最佳化'], [/支持/, '支援'], [/訪問/, '存取'], [/源代碼|源碼|代碼塊|寫代碼/, '程式碼'],
];

function files(directory: string, wanted: RegExp): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((e) => (e.isDirectory() ? files(join(directory, e.name), wanted) : wanted.test(e.name) ? [join(directory, e.name)] : []));
}

/** Chinese text of a file: all of an article, the strings of a source. */
function chinese(file: string): string {
  const text = readFileSync(file, 'utf8');
  return file.endsWith('.mdx') ? text : [...text.matchAll(/['"`][^'"`\n]*[\u4e00-\u9fff][^'"`\n]*['"`]/g)].map((m) => m[0]).join('\n');
}

const articles = files(join(ROOT, 'src/content/docs/zh-tw'), /\.mdx$/);
const sources = [...files(join(ROOT, 'src/lib'), /\.ts$/), ...files(join(ROOT, 'src/components'), /\.(ts|astro)$/)];

describe('Traditional Chinese as used in Taiwan', () => {
  test('there is something to look at', () => {
    expect(articles.length).toBeGreaterThan(15);
    expect(sources.map(chinese).join('').length).toBeGreaterThan(1000);
  });
  test.each(TERMS)('no %s (Taiwan: %s)', (wrong, right) => {
    const found: string[] = [];
    for (const file of [...articles, ...sources]) {
      for (const line of chinese(file).split('\n')) if (wrong.test(line)) found.push(`${relative(ROOT, file)}: ${line.trim().slice(0, 80)}`);
    }
    expect(found, `write ${right}`).toEqual([]);
  });
  test('Han and Latin are set apart by a blank', () => {
    const found: string[] = [];
    for (const file of articles) {
      let fence = false;
      for (const line of readFileSync(file, 'utf8').split('\n')) {
        if (line.startsWith('```')) fence = !fence;
        if (fence || /^\s*(import |- \{|<|title|description|sidebar)/.test(line)) continue;
        const prose = line.replace(/<[^>]*>/g, ' ').replace(/\]\([^)]*\)/g, ']').replace(/\{#[\w-]+\}/g, '').replace(/`[^`]*`/g, '`');
        if (/[\u4e00-\u9fff][A-Za-z]{2,}|[A-Za-z]{2,}[\u4e00-\u9fff]/.test(prose)) found.push(`${relative(ROOT, file)}: ${/.{0,12}(?:[\u4e00-\u9fff][A-Za-z]{2,}|[A-Za-z]{2,}[\u4e00-\u9fff]).{0,12}/.exec(prose)?.[0]}`);
      }
    }
    expect(found).toEqual([]);
  });
});
