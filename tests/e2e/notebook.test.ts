import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { finished, record, site, watch } from './browser.ts';

const served = site();
let page: Page;
let problems: string[];

beforeAll(async () => {
  const context = await served.browser.newContext({ viewport: { width: 390, height: 844 }, acceptDownloads: true });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  page = await context.newPage();
  problems = watch(page, served.url);
  await record(page);
});

const open = (path: string) => page.goto(`${served.url}${path}`);

describe('evidence', () => {
  test('a link holds the commands; the lab shows them and runs them when asked', async () => {
    await open('/en/kb/memory-leak/');
    const terminal = page.locator('dump-terminal[data-dump="leak-linux-x64"]').first();
    const run = JSON.parse((await terminal.getAttribute('data-run')) ?? '[]') as string[];
    await terminal.locator('.term-link').click();
    await expect.poll(() => terminal.locator('.term-status').textContent()).toMatch(/Link copied/);
    const link = await page.evaluate(() => navigator.clipboard.readText());
    expect(link).toContain('/en/lab/#dump=leak-linux-x64');
    await page.goto(link);
    expect(await page.locator('.lab-message').textContent()).toContain(run[0]);
    expect(await page.evaluate(() => (window as unknown as { ran: unknown[] }).ran.length)).toBe(0);
    await page.locator('.lab-linked').click();
    await finished(page, run[run.length - 1]);
  });

  test('outputs are pinned from any terminal, annotated, ordered, and exported', async () => {
    await open('/en/guide/8-the-exception/');
    const terminal = page.locator('dump-terminal').first();
    await terminal.locator('.term-pin').click();
    await expect.poll(() => terminal.locator('.term-status').textContent()).toBe('Pinned to your notebook.');
    await terminal.locator('.term-live').click();
    await finished(page, (JSON.parse((await terminal.getAttribute('data-run')) ?? '[]') as string[]).at(-1) ?? '');
    await terminal.locator('.term-pin').click();
    await open('/en/notebook/');
    const pins = page.locator('.notebook-pins li');
    await expect.poll(() => pins.count()).toBe(2);
    expect(await pins.nth(0).locator('pre').textContent()).toContain('-OOM command not allowed');
    await pins.nth(1).locator('textarea').fill('Redis is full.');
    await pins.nth(1).getByRole('button', { name: 'Move up' }).click();
    await page.reload();
    expect(await pins.nth(0).locator('textarea').inputValue()).toBe('Redis is full.');
    await page.locator('[name=title]').fill('Shop down');
    const [file] = await Promise.all([page.waitForEvent('download'), page.locator('.notebook-html').click()]);
    const html = readFileSync(await file.path(), 'utf8');
    expect(html).toContain('<h1>Shop down</h1>');
    expect(html).toContain('Redis is full.');
    expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBeLessThanOrEqual(0);
    await pins.nth(0).getByRole('button', { name: 'Delete' }).click();
    await expect.poll(() => pins.count()).toBe(1);
  });

  test('nothing of it broke a rule of the page', () => expect(problems).toEqual([]));
});
