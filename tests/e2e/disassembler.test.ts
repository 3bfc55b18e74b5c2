import { expect, test } from 'vitest';
import { finished, record, site, watch } from './browser.ts';

const served = site();

test('its WebAssembly is fetched when u runs, once, from our own origin and under the policy of the page', async () => {
  const page = await served.browser.newPage({ viewport: { width: 1280, height: 900 }, serviceWorkers: 'block' });
  const problems = watch(page, served.url);
  const fetched: string[] = [];
  page.context().on('request', (request) => {
    if (/iced.*\.wasm$/.test(new URL(request.url()).pathname)) fetched.push(request.url());
  });
  await record(page);
  await page.goto(`${served.url}/en/guide/8-the-exception/`);
  const policy = await page.locator('meta[http-equiv="Content-Security-Policy"]').getAttribute('content');
  expect(policy).toContain("'wasm-unsafe-eval'");
  await page.locator('.term-live').first().click();
  await page.waitForSelector('dump-terminal.is-live');
  const run = (command: string) => page.evaluate((c) => void (document.querySelector('dump-terminal') as unknown as { run(c: string): Promise<void> }).run(c), command);
  await run('!ip2md 68d1d210');
  await finished(page, '!ip2md 68d1d210');
  expect(fetched).toEqual([]);
  await run('!u 68d1d210');
  const shown = await finished(page, '!u 68d1d210');
  expect(shown.status).toBe('ok');
  expect(shown.text).toContain('00000000`68d1d22e ff142558c50a68  call    qword ptr [00000000`680ac558] (System.Object..ctor(), mdToken: 00000000060006ED)');
  expect(fetched).toHaveLength(1);
  expect(fetched[0]).toMatch(new RegExp(`^${served.url}/_astro/iced_x86_bg[.-][\\w-]+\\.wasm$`));
  await run('u 68d1d210 L2');
  expect((await finished(page, 'u 68d1d210 L2')).text).toContain('push    rbp');
  expect(fetched).toHaveLength(1);
  expect(problems).toEqual([]);
  await page.close();
});

test('without a connection the command says so, and works when there is one again', async () => {
  const page = await served.browser.newPage({ viewport: { width: 1280, height: 900 }, serviceWorkers: 'block' });
  await record(page);
  await page.context().route(/iced.*\.wasm$/, (route) => route.abort());
  await page.goto(`${served.url}/zh-tw/guide/8-the-exception/`);
  await page.locator('.term-live').first().click();
  await page.waitForSelector('dump-terminal.is-live');
  const run = (command: string) => page.evaluate((c) => void (document.querySelector('dump-terminal') as unknown as { run(c: string): Promise<void> }).run(c), command);
  await run('u 68d1d210 L3');
  expect((await finished(page, 'u 68d1d210 L3')).text).toContain('無法載入反組譯器');
  await page.context().unroute(/iced.*\.wasm$/);
  await run('u 68d1d210 L2');
  expect((await finished(page, 'u 68d1d210 L2')).text).toContain('push    rbp');
  await page.close();
});
