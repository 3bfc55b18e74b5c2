import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { BrowserContext, Page } from 'playwright-core';
import { finished, record, site, watch } from './browser.ts';

const served = site();
let context: BrowserContext;
let page: Page;
let problems: string[];

beforeAll(async () => {
  context = await served.browser.newContext({ viewport: { width: 390, height: 844 }, acceptDownloads: true });
  page = await context.newPage();
  problems = watch(page, served.url);
  await record(page);
});

const open = (path: string) => page.goto(`${served.url}${path}`);
const exercise = (id: string) => page.locator(`#ev-${id}`);

async function download(click: () => Promise<void>): Promise<string> {
  const [file] = await Promise.all([page.waitForEvent('download'), click()]);
  return readFileSync(await file.path(), 'utf8');
}

async function give(selector: string, name: string, text: string): Promise<void> {
  await page.locator(selector).setInputFiles({ name, mimeType: 'application/json', buffer: Buffer.from(text) });
}

describe('the course', () => {
  let exported = '';

  test('an exercise answered in its field: hints in order, wrong answers refused, draft and success survive a reload', async () => {
    await open('/en/course/level-1-reader/');
    const box = exercise('c1-count');
    await expect.poll(() => box.locator('.evidence-solution').isHidden()).toBe(true);
    await box.locator('.evidence-hint').click();
    expect(await box.locator('.evidence-hints li').count()).toBe(1);
    await box.locator('input').fill('577');
    await box.locator('button[type=submit]').click();
    expect(await box.locator('.evidence-result').textContent()).toBe('Not that one. Look again.');
    await page.reload();
    expect(await box.locator('input').inputValue()).toBe('577');
    expect(await box.locator('.evidence-hints li').count()).toBe(1);
    await box.locator('input').fill('0n583.');
    await box.locator('input').fill(' 583 ');
    await box.locator('button[type=submit]').click();
    expect(await box.locator('.evidence-result').textContent()).toBe('Right.');
    await page.reload();
    await expect.poll(() => box.evaluate((e) => e.classList.contains('is-solved'))).toBe(true);
  });

  test('an exercise solved by what the terminal found, seen in the other language too', async () => {
    await open('/en/course/level-2-investigator/');
    const terminal = page.locator('dump-terminal[data-dump="objects-win-x64-net9"]').first();
    await terminal.scrollIntoViewIfNeeded();
    await terminal.locator('.term-live').first().click();
    await finished(page, '!syncblk');
    await expect.poll(() => exercise('c2-owner').evaluate((e) => e.classList.contains('is-solved')), { timeout: 20_000 }).toBe(true);
    await open('/zh-tw/course/level-2-investigator/');
    await expect.poll(() => exercise('c2-owner').evaluate((e) => e.classList.contains('is-solved'))).toBe(true);
    expect(await page.locator('[data-course-mark]').textContent()).toMatch(/^課程：已解出 \d+／\d+ 題$/);
  });

  test('the drill hides its questions, then its help, keeps the note, and ends', async () => {
    await open('/en/course/level-3-on-call/');
    const drill = page.locator('dump-drill');
    await expect.poll(() => drill.locator('.drill-body').isHidden()).toBe(true);
    await drill.locator('.drill-start').click();
    expect(await drill.locator('.drill-time').textContent()).toMatch(/^4[45]:\d\d$/);
    expect(await drill.locator('.evidence-hint').first().isHidden()).toBe(true);
    await drill.locator('textarea').fill('Fourteen threads wait for one lock. '.repeat(10));
    await page.reload();
    expect(await drill.locator('textarea').inputValue()).toContain('Fourteen threads');
    page.once('dialog', (dialog) => void dialog.accept());
    await drill.locator('.drill-end').click();
    await expect.poll(() => drill.locator('.evidence-hint').first().isVisible()).toBe(true);
    expect(await drill.locator('.drill-status').textContent()).toMatch(/Your note is saved/);
  });

  test('progress is exported, erased and imported again', async () => {
    await open('/en/course/progress/');
    const count = page.locator('[data-part="2"] .progress-count');
    await expect.poll(() => count.textContent()).not.toBe('0');
    const before = await count.textContent();
    exported = await download(() => page.locator('.progress-export').click());
    expect(JSON.parse(exported)).toMatchObject({ format: 'dumplab-progress', version: 1, progress: { 'c1-count': { how: 'answer', answer: ' 583 ', hints: 1 } } });
    page.once('dialog', (dialog) => void dialog.accept());
    await page.locator('.progress-reset').click();
    await expect.poll(() => count.textContent()).toBe('0');
    await give('.progress-import', 'x.json', '{"format":"other"}');
    await expect.poll(() => page.locator('.progress-status').textContent()).toBe('The file was not imported: not a DumpLab progress file.');
    await give('.progress-import', 'x.json', exported.replace('"c1-count"', '"__proto__"'));
    await expect.poll(() => count.textContent()).toBe(before);
    await give('.progress-import', 'x.json', exported);
    await expect.poll(() => page.locator('.progress-status').textContent()).toBe('Imported: 1 more solved.');
  });

  test('a certificate is made, verified by running its commands again, and refused when tampered with', async () => {
    await open('/en/course/progress/');
    await page.locator('.progress-make input').fill('Wang <b>Xiaoming</b>');
    const certificate = await download(() => page.locator('.progress-make button').click());
    const parsed = JSON.parse(certificate) as { exercises: { id: string; how: string; commands?: string[] }[]; drill: { note: string }; dumps: Record<string, string> };
    expect(parsed.exercises.map((e) => e.id)).toEqual(expect.arrayContaining(['c1-count', 'c2-owner']));
    expect(parsed.drill.note).toContain('Fourteen threads');
    expect(parsed.dumps['objects-win-x64-net9']).toMatch(/^[0-9a-f]{64}$/);
    const n = parsed.exercises.length;
    await give('.progress-verify', 'c.json', certificate);
    await expect.poll(() => page.locator('.progress-verified').textContent(), { timeout: 60_000 }).toBe(`Wang <b>Xiaoming</b>: ${n} of ${n} hold when done again. The file is as it was written.`);
    const changed = JSON.parse(certificate) as typeof parsed;
    changed.exercises.find((e) => e.id === 'c2-owner')!.commands = ['!eeversion'];
    await give('.progress-verify', 'c.json', JSON.stringify(changed));
    await expect.poll(() => page.locator('.progress-verified').textContent(), { timeout: 60_000 }).toBe(`Wang <b>Xiaoming</b>: ${n - 1} of ${n} hold when done again. The digest differs: the file was changed after it was written.`);
    expect(await page.locator('.progress-verdicts .is-bad').textContent()).toBe('c2-owner: not found by these commands');
    await give('.progress-verify', 'c.json', '[]');
    await expect.poll(() => page.locator('.progress-verified').textContent()).toMatch(/not a DumpLab certificate/);
  });

  test('nothing of it broke a rule of the page', () => expect(problems).toEqual([]));
});
