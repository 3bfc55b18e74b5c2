import { beforeAll, describe, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { finished, record, site, watch } from './browser.ts';

const served = site();
let page: Page;
let problems: string[];

beforeAll(async () => {
  page = await (await served.browser.newContext({ viewport: { width: 390, height: 844 } })).newPage();
  problems = watch(page, served.url);
  await record(page);
});

const open = (path: string) => page.goto(`${served.url}${path}`);
const wide = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

describe('the reference', () => {
  test('a pasted error is decoded as it is typed, in both languages, and is no markup', async () => {
    await open('/en/reference/errors/');
    const result = page.locator('.decoder-result');
    await expect.poll(() => result.textContent()).toContain('data access component');
    await page.locator('textarea').fill("<img src=x onerror=alert(1)> ERR Error running script (call to f_71fe2e7962348b06aa8ce3e244cdb3f774b4f549): @user_script:4: -OOM command not allowed when used memory > 'maxmemory'");
    await expect.poll(() => result.locator('article').count()).toBeGreaterThan(2);
    expect(await result.textContent()).toContain('Line 4: SETNX');
    expect(await result.locator('img').count()).toBe(0);
    await open('/zh-tw/reference/redis-script/');
    await expect.poll(() => page.locator('.decoder-result').textContent()).toContain('第 4 行呼叫 SETNX');
    expect(await wide()).toBeLessThanOrEqual(0);
  });
  test('sizing and eviction answer every change', async () => {
    await open('/en/reference/redis-sizing/');
    await expect.poll(() => page.locator('[data-out=sessions]').textContent()).toBe('240,000');
    await page.locator('[name=perSecond]').fill('1');
    await expect.poll(() => page.locator('[data-out=sessions]').textContent()).toBe('1,200');
    const refused = page.locator('[data-policy=volatile-lru] [data-out=refused]');
    await expect.poll(() => refused.textContent()).toBe('0');
    await page.locator('[name=expiry]').uncheck();
    await expect.poll(() => refused.textContent(), { timeout: 20_000 }).not.toBe('0');
    expect(await wide()).toBeLessThanOrEqual(0);
  });
  test('a command page has its options, its example and a terminal that goes live', async () => {
    await open('/en/reference/commands/');
    expect(await page.locator('.sl-markdown-content a[href="dumpheap/"]').count()).toBe(1);
    await open('/zh-tw/reference/commands/eeversion/');
    expect(await page.locator('h1').textContent()).toContain('!eeversion');
    await page.locator('.term-live').click();
    expect((await finished(page, '!eeversion')).text).toContain('10.0.1426.52326');
    expect(await wide()).toBeLessThanOrEqual(0);
  });
  test('nothing of it broke a rule of the page', () => expect(problems).toEqual([]));
});
