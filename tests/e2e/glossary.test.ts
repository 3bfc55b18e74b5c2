import { describe, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { site, watch } from './browser.ts';

const served = site();

const definition = (page: Page) => page.locator('#def-sync-block');
const term = (page: Page) => page.locator('a.gloss[href$="#term-sync-block"]');
const inside = (page: Page) => definition(page).evaluate((box) => {
  const { left, right, top, bottom } = box.getBoundingClientRect();
  return left >= 0 && right <= document.documentElement.clientWidth && top >= 0 && bottom <= innerHeight;
});

describe('terms of the glossary in articles', () => {
  test.each([['en', 'sync block', /contended lock/], ['zh-tw', '同步區塊', /有人爭用/]] as const)('show their definition on hover and focus, hide it on Escape (%s)', async (lang, word, meaning) => {
    const page = await served.browser.newPage({ viewport: { width: 1280, height: 900 } });
    const problems = watch(page, served.url);
    await page.goto(`${served.url}/${lang}/kb/deadlock/`);
    expect(await term(page).count()).toBe(1);
    expect((await term(page).innerText()).toLowerCase()).toBe(word);
    expect(await term(page).getAttribute('aria-describedby')).toBe('def-sync-block');
    expect(await definition(page).isVisible()).toBe(false);
    await term(page).hover();
    expect(await definition(page).innerText()).toMatch(meaning);
    expect(await definition(page).isVisible()).toBe(true);
    // The pointer may move onto it, and it stays.
    await definition(page).hover();
    await page.waitForTimeout(300);
    expect(await definition(page).isVisible()).toBe(true);
    await page.keyboard.press('Escape');
    expect(await definition(page).isVisible()).toBe(false);
    await page.mouse.move(0, 0);
    await page.locator('h1').evaluate((h) => h.setAttribute('tabindex', '-1'));
    await term(page).evaluate((link) => scrollTo(0, link.getBoundingClientRect().top + scrollY + 1500));
    await page.locator('h1').focus();
    for (let i = 0; i < 60 && !(await term(page).evaluate((l) => l === document.activeElement)); i++) await page.keyboard.press('Tab');
    await definition(page).waitFor({ state: 'visible' });
    await page.waitForTimeout(100);
    expect(await inside(page)).toBe(true);
    await page.keyboard.press('Enter');
    await page.waitForURL('**/reference/glossary/#term-sync-block');
    expect(await page.locator('#term-sync-block').innerText()).toMatch(meaning);
    expect(problems).toEqual([]);
    await page.close();
  });

  test('show it at the first tap and follow the link at the second', async () => {
    const page = await served.browser.newPage({ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true });
    await page.goto(`${served.url}/zh-tw/kb/deadlock/`);
    await term(page).tap();
    await definition(page).waitFor({ state: 'visible' });
    expect(await inside(page)).toBe(true);
    expect(page.url()).toContain('/kb/deadlock/');
    await page.locator('h1').tap();
    await definition(page).waitFor({ state: 'hidden' });
    await term(page).tap();
    await term(page).tap();
    await page.waitForURL('**/reference/glossary/#term-sync-block');
    await page.close();
  });

  test('are plain links without JavaScript, each once, never in code, headings, tables or links', async () => {
    const page = await served.browser.newPage({ javaScriptEnabled: false });
    for (const path of ['/en/kb/memory-leak/', '/zh-tw/guide/5-cordll/', '/en/course/mentors/']) {
      await page.goto(served.url + path);
      const links = await page.locator('a.gloss').evaluateAll((all) => all.map((a) => ({ id: a.getAttribute('aria-describedby') ?? '', bad: a.closest('h1,h2,h3,h4,code,pre,td,th,dump-terminal,button') !== null || a.parentElement?.closest('a') !== null })));
      expect(links.length, path).toBeGreaterThan(2);
      expect(new Set(links.map((l) => l.id)).size, path).toBe(links.length);
      expect(links.filter((l) => l.bad), path).toEqual([]);
      expect(await page.locator('.gloss-def').first().isVisible()).toBe(false);
    }
    await page.close();
  });
});
