import { expect, test } from 'vitest';
import { site } from './browser.ts';

const served = site();

/** What people paste or type, and a page that must be among the first five. */
const BOTH: readonly (readonly [query: string, page: string])[] = [
  ['OOM command not allowed', 'guide/8-the-exception'], ['Failed to load data access DLL', 'kb/sos-will-not-load'], ['0x80004005', 'kb/sos-will-not-load'], ['80131500', 'reference/codes'],
  ['No export pe found', 'reference/errors'], ['f_71fe2e7962348b06aa8ce3e244cdb3f774b4f549', 'reference/redis-script'], ['Timeout performing', 'reference/errors'], ['dumpheap', 'reference/commands/dumpheap'], ['mscordacwks', 'kb/sos-will-not-load'],
];
const OWN = {
  en: [['memory leak', 'kb/memory-leak'], ['deadlock', 'kb/deadlock'], ['thread pool starvation', 'kb/threadpool-starvation']],
  'zh-tw': [['記憶體流失', 'kb/memory-leak'], ['死結', 'kb/deadlock'], ['執行緒集區耗盡', 'kb/threadpool-starvation'], ['SOS 載入失敗', 'kb/sos-will-not-load']],
} as const;

test.each(['en', 'zh-tw'] as const)('error texts and terms are found (%s)', async (lang) => {
  const page = await served.browser.newPage();
  await page.goto(`${served.url}/${lang}/guide/`);
  const wanted = [...BOTH, ...OWN[lang]];
  // As text: the test runner would rewrite an import() in a function.
  const found = (await page.evaluate(`(async (queries) => {
    const pagefind = await import('/pagefind/pagefind.js');
    await pagefind.init();
    const all = [];
    for (const query of queries) all.push(await Promise.all((await pagefind.search(query)).results.slice(0, 5).map(async (r) => (await r.data()).url)));
    return all;
  })(${JSON.stringify(wanted.map(([query]) => query))})`)) as string[][];
  for (const [i, [query, path]] of wanted.entries()) expect(found[i], query).toContain(`/${lang}/${path}/`);
  await page.close();
});
