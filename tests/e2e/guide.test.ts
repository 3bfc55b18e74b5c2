import { describe, expect, test } from 'vitest';
import { finished, site } from './browser.ts';

const STEPS = ['1-right-dump', '2-right-windbg', '3-open-the-dump', '4-symbols', '5-cordll', '6-exceptions-by-type', '7-instances', '8-the-exception'];
const ERROR = "ERR Error running script (call to f_71fe2e7962348b06aa8ce3e244cdb3f774b4f549): @user_script:4: @user_script: 4: -OOM command not allowed when used memory > 'maxmemory'.";

const served = site();

const { open } = served;

describe.each(['en', 'zh-tw'])('the guide in %s', (lang) => {
  test.each(STEPS)('step %s runs live', async (step) => {
    const { page, problems } = await open(`/${lang}/guide/${step}/`);
    const terminal = page.locator('dump-terminal').first();
    const commands = JSON.parse((await terminal.getAttribute('data-run')) ?? '[]') as string[];
    expect(commands.length).toBeGreaterThan(0);
    const fixed = await terminal.locator('.term-static pre').first().innerText();
    expect(fixed.length).toBeGreaterThan(3);
    await terminal.locator('.term-live').click();
    for (const command of commands) {
      const ran = await finished(page, command);
      expect(ran.status, command).toBe('ok');
      expect(ran.text, command).not.toMatch(/^No export|^Couldn't resolve/);
    }
    expect(problems).toEqual([]);
    await page.close();
  });

  test('ends at the Redis error', async () => {
    const { page, problems } = await open(`/${lang}/guide/8-the-exception/`);
    await page.locator('dump-terminal .term-live').first().click();
    await page.waitForSelector('dump-terminal.is-live');
    await page.evaluate(() => (document.querySelector('dump-terminal') as unknown as { run(c: string): Promise<void> }).run('!pe 790f018'));
    const ran = await finished(page, '!pe 790f018');
    expect(ran.text).toContain(ERROR);
    expect(problems).toEqual([]);
    await page.close();
  });
});

describe('the terminal', () => {
  test('follows an address from the list to the object', async () => {
    const { page, problems } = await open('/en/guide/7-instances/');
    await page.locator('.term-live').first().click();
    await page.waitForSelector('.term-links:not([hidden])');
    await page.locator('.term-links summary').first().click();
    const link = page.locator('.term-links .term-link', { hasText: '!do ' }).first();
    const command = (await link.textContent()) ?? '';
    await link.click();
    const ran = await finished(page, command);
    expect(ran.text).toMatch(/Name: {8}\S+/);
    expect(problems).toEqual([]);
    await page.close();
  });

  test('keyboard: types, completes, recalls, and always gets out', async () => {
    const { page } = await open('/en/lab/');
    await page.locator('.term-live').first().click();
    await finished(page, '!eeversion');
    const focused = () => page.evaluate(() => document.activeElement?.className ?? '');
    await page.locator('.xterm-helper-textarea').focus();
    await page.keyboard.type('!eev');
    await page.keyboard.press('Tab');
    await page.waitForTimeout(300);
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => (window as unknown as { ran: { command: string }[] }).ran.length >= 2);
    expect(await focused()).toContain('xterm');
    await page.keyboard.press('Tab');
    expect(await focused()).not.toContain('xterm');
    await page.locator('.xterm-helper-textarea').focus();
    await page.keyboard.type('!dump');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Tab');
    expect(await focused()).not.toContain('xterm');
    await page.close();
  });

  test('Ctrl+C stops a long command', async () => {
    const { page } = await open('/en/lab/');
    await page.locator('.term-live').first().click();
    await finished(page, '!eeversion');
    await page.locator('.xterm-helper-textarea').focus();
    const loop = '.foreach (s {!dumpheap -short}) {!do s}';
    await page.keyboard.type(loop);
    await page.keyboard.press('Enter');
    await page.waitForTimeout(700);
    await page.keyboard.press('Control+c');
    expect((await finished(page, loop)).status).toBe('cancelled');
    await page.close();
  });

  test('survives a change of language: same page, same history', async () => {
    const { page, problems } = await open('/en/guide/6-exceptions-by-type/');
    await page.locator('.term-live').first().click();
    await finished(page, '!dumpheap -type Exception -stat');
    await page.evaluate(() => (document.querySelector('dump-terminal') as unknown as { run(c: string): Promise<void> }).run('!eeversion'));
    await finished(page, '!eeversion');
    await page.locator('starlight-lang-select select').first().selectOption({ label: '繁體中文' });
    await page.waitForURL('**/zh-tw/guide/6-exceptions-by-type/**');
    const ran = await finished(page, '!eeversion');
    expect(ran.status).toBe('ok');
    expect(await page.locator('html').getAttribute('lang')).toBe('zh-TW');
    await page.evaluate(() => (document.querySelector('dump-terminal') as unknown as { run(c: string): Promise<void> }).run('!pe 790f018'));
    expect((await finished(page, '!pe 790f018')).text).toContain(ERROR);
    expect(problems).toEqual([]);
    await page.close();
  });

  test('plays the wrong WinDbg honestly', async () => {
    const { page } = await open('/en/lab/');
    await page.locator('[name=host]').selectOption('windbg-32');
    await page.locator('.lab-form button[type=submit]').click();
    await page.waitForSelector('dump-terminal.is-live');
    await page.evaluate(() => (document.querySelector('dump-terminal') as unknown as { run(c: string): Promise<void> }).run('!threads'));
    expect((await finished(page, '!threads')).text).toContain('SOS does not support the current target architecture');
    await page.close();
  });

  test('refuses a 32-bit dump in one terminal of an article and reads it in the next', async () => {
    const { page, problems } = await open('/en/guide/2-right-windbg/');
    for (const [bits, answer] of [[64, "SOS does not support the current target architecture 'x86' (0x014c)"], [32, 'OrderService.Program.Main()']] as const) {
      const terminal = page.locator(`dump-terminal[data-dump=orders-x86-win][data-bits="${bits}"]`);
      await terminal.locator('.term-live').click();
      await page.waitForSelector(`dump-terminal.is-live[data-bits="${bits}"][data-dump=orders-x86-win]`);
      await terminal.evaluate((t) => (t as unknown as { run(c: string): Promise<void> }).run('!clrstack -l'));
      await page.waitForFunction((wanted) => (window as unknown as { ran: { command: string; text: string }[] }).ran?.findLast((r) => r.command === '!clrstack -l')?.text.includes(wanted), answer, { timeout: 60_000 });
    }
    expect(problems).toEqual([]);
    await page.close();
  });

  test('reads a file of the reader’s own, and says what is wrong with a bad one', async () => {
    const { page } = await open('/en/lab/');
    await page.locator('[name=file]').setInputFiles({ name: 'not-a-dump.dmp', mimeType: 'application/octet-stream', buffer: Buffer.from('PK this is a zip archive and not a dump, whatever its name says, of course') });
    await page.waitForSelector('.term-status.is-error');
    expect(await page.locator('.term-status').innerText()).toMatch(/not a dump|ZIP/);
    await page.close();
  });
});

describe('on a phone', () => {
  const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

  test('runs by touch and through a real input field, without scrolling sideways', async () => {
    const { page, problems } = await open('/zh-tw/guide/8-the-exception/', phone);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
    await page.locator('.term-live').first().tap();
    await page.waitForSelector('dump-terminal.is-live');
    const input = page.locator('.term-input input').first();
    await input.fill('!pe 790f018');
    await page.locator('.term-input button').first().tap();
    expect((await finished(page, '!pe 790f018')).text).toContain(ERROR);
    expect(problems).toEqual([]);
    await page.close();
  });
});

describe('without JavaScript', () => {
  test('the guide is an article with its transcripts', async () => {
    const { page } = await open('/zh-tw/guide/8-the-exception/', { javaScriptEnabled: false });
    const text = await page.locator('main').innerText();
    expect(text).toContain('RedisServerException');
    expect(text).toContain('-OOM command not allowed');
    await page.close();
  });
});
