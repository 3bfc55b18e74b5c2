import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DIST, pages, site, watch } from './browser.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const served = site();

interface Violation { readonly id: string; readonly nodes: { readonly html: string; readonly failureSummary?: string }[] }

describe('accessibility', () => {
  test.each(['dark', 'light'])('axe finds nothing on any page (%s)', async (theme) => {
    const context = await served.browser.newContext({ viewport: { width: 1280, height: 900 }, colorScheme: theme as 'dark' | 'light', bypassCSP: true });
    const found: string[] = [];
    const waiting = pages().filter((p) => p !== '/');
    const look = async (): Promise<void> => {
      const page = await context.newPage();
      for (let path = waiting.pop(); path; path = waiting.pop()) {
        await page.goto(served.url + path);
        await page.evaluate((t) => { document.documentElement.dataset['theme'] = t; }, theme);
        await page.evaluate(AXE);
        const violations = await page.evaluate(async () => (await (window as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } }).axe.run()).violations);
        for (const v of violations) found.push(`${path} ${v.id}: ${v.nodes.slice(0, 2).map((n) => n.html.slice(0, 160)).join(' | ')}`);
      }
    };
    await Promise.all([look(), look(), look()]);
    await context.close();
    expect(found).toEqual([]);
  }, 600_000);
});

describe('every page', () => {
  test('loads without errors, policy violations or foreign requests', async () => {
    const found: string[] = [];
    const page = await served.browser.newPage();
    const problems = watch(page, served.url);
    for (const path of pages()) {
      await page.goto(served.url + path);
      await page.waitForLoadState('load');
      for (const problem of problems.splice(0)) found.push(`${path}: ${problem}`);
    }
    await page.close();
    expect(found).toEqual([]);
  }, 300_000);

  test('has a strict policy and no broken internal link', () => {
    const all = new Set(pages());
    const broken: string[] = [];
    for (const path of all) {
      const html = readFileSync(join(DIST, path, 'index.html'), 'utf8');
      if (path !== '/') expect(html, path).toContain('http-equiv="Content-Security-Policy"');
      for (const [, href] of html.matchAll(/<a\b[^>]*\shref="([^"]+)"/g)) {
        const url = new URL(href.replace(/&amp;/g, '&'), `http://site${path}`);
        if (url.host !== 'site') continue;
        const target = url.pathname.endsWith('/') ? url.pathname : `${url.pathname}/`;
        if (!all.has(target)) broken.push(`${path} → ${href}`);
        else if (url.hash) {
          const page = readFileSync(join(DIST, target, 'index.html'), 'utf8');
          if (!page.includes(`id="${decodeURIComponent(url.hash.slice(1))}"`)) broken.push(`${path} → ${href} (no such heading)`);
        }
      }
    }
    expect([...new Set(broken)]).toEqual([]);
  });
});

describe('Markdown', () => {
  test('leaves no asterisks in the text', () => {
    const found: string[] = [];
    for (const path of pages()) {
      const html = readFileSync(join(DIST, path, 'index.html'), 'utf8').replace(/<(script|style|pre|code|dump-terminal)\b[\s\S]*?<\/\1>/g, '');
      for (const [text] of html.matchAll(/.{0,30}\*\*.{0,30}/g)) found.push(`${path}: ${text}`);
    }
    expect(found).toEqual([]);
  });
});

describe('languages', () => {
  const en = () => pages().filter((p) => p.startsWith('/en/'));
  test('every page exists in both', () => {
    const zh = pages().filter((p) => p.startsWith('/zh-tw/')).map((p) => p.replace('/zh-tw/', '/en/'));
    expect(zh.sort()).toEqual(en().sort());
  });

  test('headings have the same ids', () => {
    const ids = (path: string) => [...readFileSync(join(DIST, path, 'index.html'), 'utf8').matchAll(/<h[23]\b[^>]*\sid="([^"]+)"/g)].map((m) => m[1]).filter((id) => !/^(starlight__|page-sources)/.test(id));
    for (const path of en()) expect(ids(path.replace('/en/', '/zh-tw/')), path).toEqual(ids(path));
  });
});
