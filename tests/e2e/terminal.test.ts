import { describe, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { finished, record, site } from './browser.ts';
import { goLiveAndRun, longTasks, trace } from './trace.ts';

const served = site();

const { open } = served;

const ran = (page: Page) => page.evaluate(() => (window as unknown as { ran: { command: string }[] }).ran.map((r) => r.command));
const run = (page: Page, command: string) => page.evaluate((c) => void (document.querySelector('dump-terminal') as unknown as { run(c: string): Promise<void> }).run(c), command);
const typed = (page: Page) => page.locator('.xterm-helper-textarea').first();

async function live(page: Page): Promise<void> {
  await page.locator('.term-live').first().click();
  await page.waitForSelector('dump-terminal.is-live');
}

/** Rows the screen shows. */
const screenText = (page: Page) => page.locator('.xterm-rows').first().innerText();

describe('a switch of language', () => {
  test('keeps the heading, the history and the line being typed', async () => {
    const { page, problems } = await open('/en/guide/7-instances/');
    await live(page);
    await finished(page, '!dumpheap -mt 681fcb58');
    await typed(page).focus();
    await page.keyboard.type('!eeversion');
    await page.keyboard.press('Enter');
    await finished(page, '!eeversion');
    await page.keyboard.type('!pe 790');
    await page.locator('#the-decoy').evaluate((heading) => heading.scrollIntoView({ block: 'start', behavior: 'instant' }));
    await page.locator('starlight-lang-select select').first().selectOption({ label: '繁體中文' });
    await page.waitForURL('**/zh-tw/guide/7-instances/#the-decoy');
    await finished(page, '!eeversion');
    await page.waitForFunction(() => document.querySelector('.term-status')?.textContent?.includes('已還原'));
    expect(await ran(page)).toEqual(['!dumpheap -mt 681fcb58', '!eeversion']);
    const top = await page.locator('#the-decoy').evaluate((heading) => heading.getBoundingClientRect().top);
    expect(top).toBeGreaterThan(-5);
    expect(top).toBeLessThan(300);
    expect(await page.evaluate(() => document.activeElement?.className ?? '')).not.toContain('xterm');
    await typed(page).focus();
    await page.waitForFunction(() => document.querySelector('.xterm-rows')?.textContent?.includes('!pe 790'));
    await page.keyboard.press('Control+u');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => (window as unknown as { ran: unknown[] }).ran.length === 3);
    expect((await ran(page))[2]).toBe('!eeversion');
    expect(problems).toEqual([]);
    await page.close();
  });
});

describe('the keyboard', () => {
  test('the way out is written where the reader is, and describes the screen', async () => {
    for (const [lang, words] of [['en', /Esc, then Tab/], ['zh-tw', /先按 Esc 再按 Tab/]] as const) {
      const { page } = await open(`/${lang}/guide/8-the-exception/`);
      await live(page);
      const hint = page.locator('.term-keys').first();
      expect(await hint.isVisible()).toBe(true);
      expect(await hint.innerText()).toMatch(words);
      expect(await typed(page).getAttribute('aria-describedby')).toBe(await hint.getAttribute('id'));
      await page.close();
    }
  });

  test('Shift+Tab leaves backwards, Tab leaves while a command runs', async () => {
    const { page } = await open('/en/lab/');
    await live(page);
    await finished(page, '!eeversion');
    const inside = () => page.evaluate(() => (document.activeElement?.className ?? '').includes('xterm'));
    await typed(page).focus();
    await page.keyboard.type('!dump');
    await page.keyboard.press('Shift+Tab');
    expect(await inside()).toBe(false);
    await typed(page).focus();
    await page.keyboard.press('Control+u');
    await page.keyboard.type('.foreach (s {!dumpheap -short}) {!do s}');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await inside()).toBe(false);
    await page.close();
  });

  test('Ctrl+R searches the history', async () => {
    const { page } = await open('/en/lab/');
    await live(page);
    await finished(page, '!eeversion');
    await run(page, '!threads');
    await finished(page, '!threads');
    await typed(page).focus();
    await page.keyboard.press('Control+r');
    await page.keyboard.type('eev');
    await page.waitForFunction(() => /reverse-i-search\)'eev': !eeversion/.test(document.querySelector('.xterm-rows')?.textContent?.replace(/\u00a0/g, ' ') ?? ''));
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => (window as unknown as { ran: unknown[] }).ran.length === 3);
    expect((await ran(page))[2]).toBe('!eeversion');
    await page.close();
  });

  test('several pasted lines run one after another, the last one waits to be finished', async () => {
    const { page } = await open('/en/lab/');
    await live(page);
    await finished(page, '!eeversion');
    await typed(page).evaluate((area) => {
      const data = new DataTransfer();
      data.setData('text/plain', '!threads\n!eeheap -gc\n!pe 79');
      area.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
    });
    await finished(page, '!eeheap -gc');
    expect(await ran(page)).toEqual(['!eeversion', '!threads', '!eeheap -gc']);
    await page.waitForFunction(() => document.querySelector('.xterm-rows')?.textContent?.replace(/\u00a0/g, ' ').includes('0:000> !pe 79'));
    await page.close();
  });

  test('links of a transcript work by keyboard before the terminal is live', async () => {
    const { page, problems } = await open('/en/guide/7-instances/');
    const links = page.locator('dump-terminal').first().locator('.term-static .t-link');
    const second = (await links.nth(1).getAttribute('data-cmd')) ?? '';
    expect(await links.evaluateAll((all) => all.filter((link) => (link as HTMLElement).tabIndex === 0).length)).toBe(1);
    await links.first().focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    expect((await finished(page, second)).status).toBe('ok');
    expect(problems).toEqual([]);
    await page.close();
  });
});

describe('blocks over several lines', () => {
  test('go on until they are closed; Ctrl+C gives them up', async () => {
    const { page, problems } = await open('/en/lab/');
    await live(page);
    await finished(page, '!eeversion');
    await typed(page).focus();
    for (const line of ['.foreach /s (w "one two") {', '.echo <w>', '}']) {
      await page.keyboard.type(line);
      await page.keyboard.press('Enter');
    }
    await finished(page, '.foreach /s (w "one two") {; .echo <w>; }');
    expect(await screenText(page)).toContain('<two>');
    await page.keyboard.type('.block {');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Control+c');
    await page.keyboard.type('.echo out');
    await page.keyboard.press('Enter');
    expect((await finished(page, '.echo out')).status).toBe('ok');
    expect(problems).toEqual([]);
    await page.close();
  });
});

describe('files of commands', () => {
  test('are offered as buttons and saved under their own name', async () => {
    const { page, problems } = await open('/en/lab/');
    await live(page);
    await finished(page, '!eeversion');
    for (const command of ['.writemem C:\\temp\\stack.bin @rsp L40', '.logopen case.log; .echo kept; .logclose']) {
      await run(page, command);
      await finished(page, command);
    }
    const { readFileSync } = await import('node:fs');
    const button = (name: string) => page.locator('.term-files button', { hasText: name }).first();
    const [memory] = await Promise.all([page.waitForEvent('download'), button('stack.bin').click()]);
    expect(memory.suggestedFilename()).toBe('stack.bin');
    expect(readFileSync(await memory.path()).length).toBe(64);
    await button('case.log').focus();
    const [log] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
    expect(readFileSync(await log.path(), 'utf8')).toBe("Opened log file 'case.log'\nkept\nClosing open log file case.log\n");
    expect(problems).toEqual([]);
    await page.close();
  });
});

describe('long answers', () => {
  test('show head and tail, and can be saved whole', async () => {
    const { page, problems } = await open('/en/lab/');
    await live(page);
    await finished(page, '!eeversion');
    await run(page, '!dumpheap');
    await finished(page, '!dumpheap');
    const save = page.locator('.term-save').first();
    await save.waitFor({ state: 'visible' });
    const [download] = await Promise.all([page.waitForEvent('download'), save.click()]);
    const { readFileSync } = await import('node:fs');
    const lines = readFileSync(await download.path(), 'utf8').split('\n');
    expect(lines.length).toBeGreaterThan(20_000);
    const total = /Total ([\d,]+) objects/.exec(lines.slice(-5).join('\n'))?.[1];
    expect(total).toBeDefined();
    expect(await screenText(page)).toContain(total);
    // What a screen reader hears is short and comes in pieces.
    const spoken = await page.locator('.term-log p').allInnerTexts();
    expect(spoken.length).toBeGreaterThan(2);
    expect(spoken.join('').length).toBeLessThan(3000);
    expect(spoken.join('\n')).toMatch(/… [\d,]+ more lines/);
    expect(problems).toEqual([]);
    await page.close();
  });

  test('Ctrl+C stops one at once', async () => {
    const { page } = await open('/en/lab/');
    await live(page);
    await finished(page, '!eeversion');
    await typed(page).focus();
    const loop = '.foreach (s {!dumpheap -short}) {!do s}';
    await page.keyboard.type(loop);
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.querySelector<HTMLProgressElement>('dump-terminal progress')?.hidden === false);
    const milliseconds = await page.evaluate(() => new Promise<number>((resolve) => {
      const started = performance.now();
      document.addEventListener('dumplab:done', () => resolve(performance.now() - started), { once: true });
      const area = document.querySelector('.xterm-helper-textarea');
      area?.dispatchEvent(new KeyboardEvent('keydown', { key: 'c', code: 'KeyC', keyCode: 67, ctrlKey: true, bubbles: true, cancelable: true }));
    }));
    expect((await finished(page, loop)).status).toBe('cancelled');
    console.log(`Ctrl+C to prompt: ${milliseconds.toFixed(0)} ms`);
    expect(milliseconds).toBeLessThan(1500);
    await page.close();
  });

  test('no bar for what is quick', async () => {
    const { page } = await open('/en/lab/');
    await page.evaluate(() => {
      const seen: number[] = [];
      (window as unknown as { seen: number[] }).seen = seen;
      const bar = document.querySelector<HTMLProgressElement>('dump-terminal progress');
      if (bar) new MutationObserver(() => bar.hidden || seen.push(performance.now())).observe(bar, { attributeFilter: ['hidden'] });
    });
    await live(page);
    await finished(page, '!eeversion');
    await page.evaluate(() => (window as unknown as { seen: number[] }).seen.splice(0));
    await run(page, '!eeversion');
    await page.waitForFunction(() => (window as unknown as { ran: unknown[] }).ran.length === 2);
    expect(await page.evaluate(() => document.querySelector<HTMLProgressElement>('dump-terminal progress')?.hidden)).toBe(true);
    expect(await page.evaluate(() => (window as unknown as { seen: number[] }).seen.length)).toBe(0);
    await page.close();
  });
});

describe('the page stays responsive', () => {
  const STEPS = ['1-right-dump', '2-right-windbg', '3-open-the-dump', '4-symbols', '5-cordll', '6-exceptions-by-type', '7-instances', '8-the-exception'];

  test('no long task while the eight steps go live and run, nor while every object is listed', async () => {
    const measured: string[] = [];
    const longest: number[] = [];
    for (const step of [...STEPS, 'every object']) {
      const page = await served.browser.newPage({ viewport: { width: 1280, height: 900 } });
      await page.goto(`${served.url}/en/${step === 'every object' ? 'lab' : `guide/${step}`}/`);
      await page.waitForTimeout(1000);
      const stop = await trace(await page.context().newCDPSession(page));
      await page.evaluate(goLiveAndRun, step === 'every object' ? '!dumpheap' : undefined);
      await page.waitForTimeout(200);
      // Time on the processor: by the clock a busy machine makes every task long.
      const tasks = longTasks(await stop(), 50);
      measured.push(`${step}: ${tasks.length ? tasks.map((t) => `${t.ms} ms (${t.parts})`).join(', ') : 'none'}`);
      longest.push(Math.max(0, ...tasks.map((t) => t.ms)));
      await page.close();
    }
    console.log(`tasks over 50 ms: ${measured.join('; ')}`);
    // Caches that others push out make single tasks slower; the rule is none, and most steps must keep it.
    expect(longest.filter((ms) => ms === 0).length, measured.join('; ')).toBeGreaterThanOrEqual(7);
    expect(Math.max(...longest), measured.join('; ')).toBeLessThan(120);
  }, 240_000);
});

describe('copying', () => {
  test('commands come in the form of the debugger that is chosen', async () => {
    const context = await served.browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] });
    const page = await context.newPage();
    await record(page);
    await page.goto(`${served.url}/en/guide/6-exceptions-by-type/`);
    const copied = async () => {
      await page.locator('.term-copy-commands').first().click();
      return page.evaluate(() => navigator.clipboard.readText());
    };
    expect(await copied()).toBe('!dumpheap -type Exception -stat');
    await page.locator('.term-flavor').first().selectOption('dotnet-dump');
    expect(await copied()).toBe('dumpheap -type Exception -stat');
    await live(page);
    await finished(page, '!dumpheap -type Exception -stat');
    await run(page, '~1s; .cordll -ve -u -l; !threads');
    await finished(page, '~1s; .cordll -ve -u -l; !threads');
    // Live, the worker converts the commands: the clipboard changes a moment after the click.
    await expect.poll(copied).toBe('dumpheap -type Exception -stat\nsetthread 1\nclrthreads');
    expect(await page.locator('.term-status').first().innerText()).toContain('.cordll');
    await context.close();
  });
});

describe('on a phone', () => {
  const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

  test('keys that the on-screen keyboard lacks are there, large enough', async () => {
    const { page, problems } = await open('/zh-tw/guide/8-the-exception/', phone);
    await page.locator('.term-live').first().tap();
    await page.waitForSelector('dump-terminal.is-live');
    await page.waitForFunction(() => (window as unknown as { ran: unknown[] }).ran.length >= 1);
    const input = page.locator('.term-input input').first();
    for (const button of await page.locator('dump-terminal').first().locator('.term-input button:visible').all()) {
      const box = await button.boundingBox();
      expect(box?.height, await button.innerText()).toBeGreaterThanOrEqual(44);
      expect(box?.width, await button.innerText()).toBeGreaterThanOrEqual(44);
    }
    await input.tap();
    await input.fill('!eever');
    await page.locator('[data-key=tab]').first().tap();
    await page.waitForFunction(() => document.querySelector<HTMLInputElement>('.term-input input')?.value === '!eeversion ');
    expect(await input.evaluate((field) => field === document.activeElement)).toBe(true);
    await page.locator('[data-key=esc]').first().tap();
    expect(await input.inputValue()).toBe('');
    await page.locator('[data-key=up]').first().tap();
    expect(await input.inputValue()).toMatch(/^!/);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
    expect(problems).toEqual([]);
    await page.close();
  });

  test('the prompt stays above the on-screen keyboard', async () => {
    const { page } = await open('/en/guide/8-the-exception/', phone);
    await page.locator('.term-live').first().tap();
    await page.waitForSelector('dump-terminal.is-live');
    const input = page.locator('.term-input input').first();
    await input.tap();
    // What a keyboard of 330 px leaves.
    await page.setViewportSize({ width: 390, height: 514 });
    await page.waitForFunction(() => {
      const box = document.querySelector('.term-keyrow')?.getBoundingClientRect();
      const screen = document.querySelector('.term-screen')?.getBoundingClientRect();
      return box !== undefined && screen !== undefined && box.bottom <= innerHeight && screen.bottom > 150 && screen.height >= 90;
    });
    await page.close();
  });

  test('a finger scrolls the output', async () => {
    const { page } = await open('/en/guide/7-instances/', phone);
    await page.locator('.term-live').first().tap();
    await finished(page, '!dumpheap -mt 681fcb58');
    await page.waitForTimeout(300);
    const before = await screenText(page);
    const box = await page.locator('.term-screen').first().boundingBox();
    if (!box) throw new Error('no screen');
    const session = await page.context().newCDPSession(page);
    await page.locator('.term-screen').first().scrollIntoViewIfNeeded();
    const at = await page.locator('.term-screen').first().boundingBox() ?? box;
    const point = (y: number) => [{ x: Math.round(at.x + 80), y: Math.round(at.y + y) }];
    await session.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: point(60) });
    for (let y = 70; y <= 220; y += 10) await session.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: point(y) });
    await session.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
    await page.waitForFunction((old) => document.querySelector<HTMLElement>('.xterm-rows')?.innerText !== old, before);
    await page.close();
  });
});

describe('without JavaScript', () => {
  test('commands in the prose are code, and nothing pretends to be a button', async () => {
    const { page } = await open('/en/kb/redis-timeouts/', { javaScriptEnabled: false });
    expect(await page.locator('main code.cmd').count()).toBeGreaterThan(0);
    expect(await page.locator('main :is(dump-terminal, p, li, td) button:visible').count()).toBe(0);
    await page.close();
  });
});

describe('the search dialog', () => {
  test('opens and finds within the policy', async () => {
    const { page, problems } = await open('/en/guide/');
    await page.locator('button[data-open-modal]').click();
    await page.locator('.pagefind-ui__search-input').fill('finalizer');
    await page.waitForSelector('.pagefind-ui__result');
    expect(problems).toEqual([]);
    await page.close();
  });
});
