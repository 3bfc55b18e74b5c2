import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { BrowserContext, Page } from 'playwright-core';
import { DIST, finished, record, site, watch } from './browser.ts';
import { serve } from './server.ts';

const served = site();

const STATE = (page: Page, state: string) => page.waitForFunction((wanted) => document.querySelector<HTMLElement>('offline-page')?.dataset['state'] === wanted, state);

async function open(context: BrowserContext, path: string, url = served.url): Promise<{ page: Page; problems: string[] }> {
  const page = await context.newPage();
  const problems = watch(page, url);
  await record(page);
  await page.goto(url + path);
  return { page, problems };
}

async function save(page: Page): Promise<void> {
  const button = page.locator('.offline-save');
  await button.waitFor({ state: 'visible' });
  await button.click();
  await STATE(page, 'saved');
}

/** Runs the first terminal of the page and gives what its last command printed. */
async function runTerminal(page: Page): Promise<string> {
  const terminal = page.locator('dump-terminal').first();
  const commands = JSON.parse((await terminal.getAttribute('data-run')) ?? '[]') as string[];
  await terminal.locator('.term-live').click();
  return (await finished(page, commands.at(-1) ?? '')).text;
}

describe('a saved page', () => {
  test.each([['en', /Save this page for offline use \([\d.]+ MB\)/, /work without a network/], ['zh-tw', /儲存本頁供離線使用（[\d.]+ MB）/, /沒有網路也能/]] as const)('works without a network, its terminal too (%s)', async (lang, label, done) => {
    const context = await served.browser.newContext();
    const { page, problems } = await open(context, `/${lang}/guide/8-the-exception/`);
    await page.locator('.offline-save').waitFor({ state: 'visible' });
    expect(await page.locator('.offline-save').innerText()).toMatch(label);
    await save(page);
    expect(await page.locator('.offline-status').innerText()).toMatch(done);
    expect(problems).toEqual([]);
    await context.setOffline(true);
    await page.reload();
    expect(await runTerminal(page)).toContain('OOM command not allowed');
    // A command whose frames are behind the first file: ranges, answered from the cached whole file.
    const before = await page.evaluate(() => (window as unknown as { ran: { traffic: number }[] }).ran.at(-1)?.traffic ?? 0);
    await page.evaluate(() => void (document.querySelector('dump-terminal') as unknown as { run(c: string): Promise<void> }).run('!verifyheap'));
    const verified = await finished(page, '!verifyheap');
    expect(verified.text).toMatch(/[\d,]+ objects verified, 0 errors/);
    expect(verified.traffic).toBeGreaterThan(before);
    // The other language came with it.
    const other = lang === 'en' ? 'zh-tw' : 'en';
    await page.goto(`${served.url}/${other}/guide/8-the-exception/`);
    expect(await page.locator('html').getAttribute('lang')).toBe(other === 'en' ? 'en' : 'zh-TW');
    await context.close();
  });

  test('ranges come as 206, with the right bytes', async () => {
    const context = await served.browser.newContext();
    const { page } = await open(context, '/en/kb/crash/');
    await save(page);
    await context.setOffline(true);
    const index = (await page.locator('dump-terminal').first().getAttribute('data-index')) ?? '';
    const [path, query] = index.split('/index.json');
    const answer = await page.evaluate(async (url) => {
      const response = await fetch(url, { headers: { Range: 'bytes=1000-1999' } });
      return { status: response.status, range: response.headers.get('content-range'), bytes: [...new Uint8Array(await response.arrayBuffer())] };
    }, `${path}/data-1.bin${query}`);
    const file = readFileSync(join(DIST, path, 'data-1.bin'));
    expect(answer).toEqual({ status: 206, range: `bytes 1000-1999/${file.length}`, bytes: [...file.subarray(1000, 2000)] });
    await context.close();
  });

  test('is listed with its size, and gone when deleted', async () => {
    const context = await served.browser.newContext();
    const { page } = await open(context, '/en/kb/crash/');
    await save(page);
    await page.goto(`${served.url}/zh-tw/offline/`);
    const entries = page.locator('.offline-entries li');
    await entries.first().waitFor();
    expect(await entries.count()).toBe(1);
    expect(await entries.first().innerText()).toMatch(/MB/);
    expect(await page.locator('.offline-save').innerText()).toMatch(/儲存整個課程（[\d.]+ MB）/);
    await entries.first().locator('button').click();
    await page.locator('.offline-none').waitFor({ state: 'visible' });
    const left = await page.evaluate(async () => (await (await caches.open('dumplab-saved')).keys()).map((r) => new URL(r.url).pathname));
    expect(left).toEqual(['/offline-registry.json']);
    await context.setOffline(true);
    await page.goto(`${served.url}/en/guide/2-right-windbg/`);
    await page.locator('.offline-missed').waitFor({ state: 'visible' });
    expect(await page.locator('.offline-missed').innerText()).toMatch(/You are offline, and \/en\/guide\/2-right-windbg\/ is not saved/);
    await context.close();
  });

  test('without room is not saved, and says how much is missing', async () => {
    const context = await served.browser.newContext();
    await context.addInitScript(() => {
      Object.defineProperty(StorageManager.prototype, 'estimate', { value: async () => ({ quota: 3_000_000, usage: 1_000_000 }) });
    });
    const { page } = await open(context, '/en/guide/8-the-exception/');
    await page.locator('.offline-save').click();
    await page.waitForFunction(() => /There is no room: [\d.]+ MB are needed.*only 2\.0 MB more/.test(document.querySelector('.offline-status')?.textContent ?? ''));
    expect(await page.evaluate(async () => (await (await caches.open('dumplab-saved')).keys()).length)).toBeLessThanOrEqual(1);
    // The same from the browser itself, in the middle of it.
    await page.evaluate(() => {
      Object.defineProperty(StorageManager.prototype, 'estimate', { value: async () => ({}) });
      const put = Cache.prototype.put;
      Cache.prototype.put = function (request, response) {
        return String(request).includes('data-1.bin') ? Promise.reject(new DOMException('full', 'QuotaExceededError')) : put.call(this, request, response);
      };
    });
    await page.locator('.offline-save').click();
    await page.waitForFunction(() => /There is no room/.test(document.querySelector('.offline-status')?.textContent ?? '') && !document.querySelector<HTMLButtonElement>('.offline-save')?.disabled);
    expect(await page.evaluate(async () => (await (await caches.open('dumplab-saved')).keys()).filter((r) => !r.url.endsWith('offline-registry.json')).length)).toBe(0);
    await context.close();
  });
});

describe('pages that were visited', () => {
  test('can be read again, the first one included; an unsaved dump is refused in words', async () => {
    const context = await served.browser.newContext();
    const { page } = await open(context, '/en/kb/deadlock/');
    await page.locator('.offline-save').waitFor({ state: 'visible' });
    await page.waitForFunction(async () => (await caches.match(location.href)) !== undefined);
    await page.goto(`${served.url}/en/kb/high-cpu/`);
    await page.waitForFunction(async () => (await caches.match(location.href)) !== undefined);
    await context.setOffline(true);
    for (const path of ['/en/kb/deadlock/', '/en/kb/high-cpu/']) {
      await page.goto(served.url + path);
      expect(await page.locator('h1').innerText()).not.toBe('Offline use');
      expect(await page.evaluate(() => getComputedStyle(document.querySelector('.term') as Element).borderTopLeftRadius)).not.toBe('0px');
    }
    await page.locator('.term-live').first().click();
    await page.waitForFunction(() => /not saved on this device/.test(document.querySelector('.term-status')?.textContent ?? ''));
    await context.close();
  });
});

describe('a new version of the site', () => {
  test('does not mix with what is saved, and is offered', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dumplab-site-'));
    cpSync(DIST, folder, { recursive: true, filter: (source) => !source.includes('/sample-dumps') });
    symlinkSync(join(DIST, 'sample-dumps'), join(folder, 'sample-dumps'));
    const own = await serve(folder);
    const context = await served.browser.newContext();
    try {
      const { page } = await open(context, '/en/kb/crash/', own.url);
      await save(page);
      const file = join(folder, 'en/kb/crash/index.html');
      const before = /data-version="(\w+)"/.exec(readFileSync(file, 'utf8'))?.[1] ?? '';
      for (const path of [file, join(folder, 'offline.json')]) writeFileSync(path, readFileSync(path, 'utf8').replaceAll(before, '0123456789ab').replace('</h1>', ' (new)</h1>'));
      await page.reload();
      await STATE(page, 'stale');
      expect(await page.locator('h1').innerText()).toContain('(new)');
      await context.setOffline(true);
      await page.reload();
      expect(await page.locator('h1').innerText()).not.toContain('(new)');
      await context.setOffline(false);
      await page.goto(`${own.url}/en/offline/`);
      await page.locator('.offline-update').click();
      await page.locator('.offline-update').waitFor({ state: 'hidden' });
      await context.setOffline(true);
      await page.goto(`${own.url}/en/kb/crash/`);
      expect(await page.locator('h1').innerText()).toContain('(new)');
    } finally {
      await context.close();
      await own.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('without service workers', () => {
  test('the site works, and offers nothing it cannot do', async () => {
    const context = await served.browser.newContext({ serviceWorkers: 'block' });
    await context.addInitScript(() => {
      delete (Navigator.prototype as unknown as { serviceWorker?: unknown }).serviceWorker;
      Object.defineProperty(window, 'caches', { get: () => { throw new DOMException('forbidden', 'SecurityError'); } });
    });
    const { page, problems } = await open(context, '/en/guide/8-the-exception/');
    expect(await runTerminal(page)).toContain('OOM command not allowed');
    expect(await page.locator('offline-page').isVisible()).toBe(false);
    await page.goto(`${served.url}/en/offline/`);
    await page.waitForFunction(() => /does not keep pages for offline use/.test(document.querySelector('.offline-missed')?.textContent ?? ''));
    expect(problems).toEqual([]);
    await context.close();
  });
});

describe('everything of the course', () => {
  test('is saved with one button, search included', async () => {
    const context = await served.browser.newContext();
    const { page, problems } = await open(context, '/en/offline/');
    await page.locator('.offline-save').click();
    await page.waitForFunction(() => /Everything of the course is saved/.test(document.querySelector('.offline-status')?.textContent ?? ''), undefined, { timeout: 60_000 });
    expect(problems).toEqual([]);
    await context.setOffline(true);
    await page.goto(`${served.url}/en/kb/deadlock/`);
    expect(await runTerminal(page)).toMatch(/\S/);
    await page.goto(`${served.url}/zh-tw/course/level-2-investigator/`);
    expect(await runTerminal(page)).toMatch(/\S/);
    await page.locator('button[data-open-modal]').click();
    await page.locator('.pagefind-ui__search-input').fill('finalizer');
    await page.waitForSelector('.pagefind-ui__result');
    await context.close();
  }, 120_000);
});
