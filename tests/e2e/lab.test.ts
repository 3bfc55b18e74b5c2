import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { openPackedDirectory } from '../../src/cli/packed-directory.ts';
import { finished, record, ROOT, site, watch } from './browser.ts';
import { withoutRuntimeImage } from '../support/heap-dump.ts';

const served = site();
const folder = mkdtempSync(join(tmpdir(), 'dumplab-lab-'));
const file = join(folder, 'mine.dmp');

beforeAll(async () => {
  // A plain minidump with 5 GB of nothing behind it (a sparse file): no page could hold it.
  const source = openPackedDirectory(join(ROOT, 'public/sample-dumps/crash-win-x64-net10'));
  const out = openSync(file, 'w');
  for (let at = 0; at < source.size; at += 1 << 20) writeSync(out, source.read(at, Math.min(1 << 20, source.size - at)), 0, undefined, at);
  ftruncateSync(out, 5 * 2 ** 30);
  closeSync(out);
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
});

async function open(path: string): Promise<{ page: Page; problems: string[]; requests: string[] }> {
  const page = await served.browser.newPage({ viewport: { width: 1280, height: 900 } });
  const problems = watch(page, served.url);
  const requests: string[] = [];
  await record(page);
  await page.goto(served.url + path);
  page.on('request', (request) => requests.push(`${request.method()} ${new URL(request.url()).pathname}`));
  return { page, problems, requests };
}

const run = (page: Page, command: string) => page.evaluate((c) => void (document.querySelector('dump-terminal') as unknown as { run(c: string): Promise<void> }).run(c), command);

describe('a file of the reader’s own', () => {
  test('of 5 GB is read by pieces, and nothing of it is sent', async () => {
    const { page, problems, requests } = await open('/en/lab/');
    expect(await page.locator('.lab-own').innerText()).toMatch(/uploads nothing/);
    await page.locator('[name=file]').setInputFiles(file);
    await page.waitForSelector('dump-terminal.is-live');
    await run(page, '!pe');
    expect((await finished(page, '!pe')).text).toContain('Exception type:');
    expect(requests.filter((r) => !r.startsWith('GET ') || r.includes('sample-dumps'))).toEqual([]);
    expect(problems).toEqual([]);
    await page.close();
  });

  test('without the runtime’s image is refused, says so, and opens with coreclr.dll beside it', async () => {
    const { dump, runtime } = withoutRuntimeImage(join(ROOT, 'public/sample-dumps/crash-win-x64-net10'));
    const { page, problems, requests } = await open('/en/lab/');
    const heap = { name: 'heap.dmp', mimeType: 'application/octet-stream', buffer: Buffer.from(dump) };
    const dll = (buffer: Buffer) => ({ name: 'coreclr.dll', mimeType: 'application/octet-stream', buffer });
    const input = page.locator('[name=file]');
    await input.setInputFiles(heap);
    await page.waitForSelector('dump-terminal.is-live');
    await run(page, '!pe');
    expect((await finished(page, '!pe')).text).toMatch(/export table of coreclr.dll is not in the dump.*choose it together with the dump/s);
    await page.evaluate(() => (window as unknown as { ran: unknown[] }).ran.splice(0));
    // In whatever order the two are chosen.
    await input.setInputFiles([dll(Buffer.from(runtime)), heap]);
    await page.waitForSelector('dump-terminal.is-live');
    await run(page, '!pe');
    expect((await finished(page, '!pe')).text).toContain('unhandled in wine target');
    expect(await page.locator('.term-dump').innerText()).toBe('heap.dmp');
    const other = Buffer.from(runtime);
    other.writeUInt32LE(7, other.readUInt32LE(0x3c) + 8);
    await input.setInputFiles([heap, dll(other)]);
    await page.waitForSelector('.lab-message.is-error');
    expect(await page.locator('.lab-message').innerText()).toMatch(/another build: it has 00000007.*exactly that version/);
    expect(requests.filter((r) => !r.startsWith('GET ') || r.includes('sample-dumps'))).toEqual([]);
    expect(problems).toEqual([]);
    await page.close();
  });

  test('with its PDB, chosen later, shows source lines; that of another build is refused with both ids', async () => {
    const sample = join(ROOT, 'public/sample-dumps/redis-oom-linux-x64');
    const source = openPackedDirectory(sample);
    const dump = join(folder, 'storefront.core');
    const out = openSync(dump, 'w');
    for (let at = 0; at < source.size; at += 1 << 20) writeSync(out, source.read(at, Math.min(1 << 20, source.size - at)), 0, undefined, at);
    closeSync(out);
    const { page, problems, requests } = await open('/en/lab/');
    const input = page.locator('[name=file]');
    await input.setInputFiles(dump);
    await page.waitForSelector('dump-terminal.is-live');
    await run(page, '!clrstack');
    expect((await finished(page, '!clrstack')).text).toMatch(/Storefront\.Program\.Main\(System\.String\[\]\)$/m);
    await input.setInputFiles(join(ROOT, 'public/sample-dumps/redis-oom-win-x64/Storefront.pdb'));
    await page.waitForFunction(() => document.querySelector('.lab-message')?.textContent?.startsWith('Storefront.pdb: added'));
    await run(page, 'lmvm Storefront');
    expect((await finished(page, 'lmvm Storefront')).text).toMatch(/1F6A9687177E43D8B31CAEF8829DF028 age 1, stamp EF5841CB.*mismatched pdb: it is BC51E95BC3C747448B2955B245999949 E7F1F9C4/s);
    await input.setInputFiles([dump, join(sample, 'Storefront.pdb')]);
    await page.waitForSelector('dump-terminal.is-live');
    await page.evaluate(() => (window as unknown as { ran: unknown[] }).ran.splice(0));
    await run(page, '!clrstack');
    expect((await finished(page, '!clrstack')).text).toContain('Storefront.Program.Main(System.String[]) [/_/Storefront/Program.cs @ 103]');
    expect(requests.filter((r) => !r.startsWith('GET ') || r.includes('sample-dumps'))).toEqual([]);
    expect(problems).toEqual([]);
    await page.close();
  });

  test('can be dropped on the page', async () => {
    const { page } = await open('/zh-tw/lab/');
    await page.locator('.lab-own').evaluate((zone) => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(200).fill(80)], 'notes.txt'));
      zone.dispatchEvent(new DragEvent('dragover', { dataTransfer: data, bubbles: true, cancelable: true }));
      if (!zone.classList.contains('is-over')) throw new Error('the zone does not show that it takes files');
      zone.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
    });
    await page.waitForSelector('.lab-message.is-error');
    expect(await page.locator('.lab-message').innerText()).toMatch(/無法開啟傾印.*DumpLab 讀取 Windows 小型傾印/);
    await page.close();
  });

  test.each([['zip', 'PK\u0003\u0004', /ZIP/], ['program', 'MZ\u0090\u0000', /program/], ['gzip', '\u001f\u008b', /gzip/], ['kernel dump', 'PAGEDU64', /kernel/], ['empty', '', /empty/]])('a wrong one (%s) is named', async (_name, head, words) => {
    const { page } = await open('/en/lab/');
    await page.locator('[name=file]').setInputFiles({ name: 'x.dmp', mimeType: 'application/octet-stream', buffer: head ? Buffer.concat([Buffer.from(head, 'latin1'), Buffer.alloc(200)]) : Buffer.alloc(0) });
    await page.waitForSelector('.lab-message.is-error');
    expect(await page.locator('.lab-message').innerText()).toMatch(words);
    // And the lab goes on.
    await page.locator('.lab-form button[type=submit]').click();
    await page.waitForSelector('dump-terminal.is-live');
    expect(await page.locator('.lab-message').innerText()).toBe('');
    await page.close();
  });
});

describe('a switch of language', () => {
  const switchTo = async (page: Page) => {
    await page.locator('starlight-lang-select select').first().selectOption({ label: '繁體中文' });
    await page.waitForURL('**/zh-tw/lab/**');
  };

  test('opens the same sample for the same debugger and runs the commands again', async () => {
    const { page, problems } = await open('/en/lab/');
    await page.locator('[name=host]').selectOption('dotnet-dump-64');
    await page.locator('[name=sample]').selectOption('crash-win-x64-net10');
    await page.locator('.lab-form button[type=submit]').click();
    await page.waitForSelector('dump-terminal.is-live');
    await run(page, 'pe');
    await finished(page, 'pe');
    await switchTo(page);
    expect((await finished(page, 'pe')).text).toContain('Exception type:');
    expect(await page.locator('[name=host]').inputValue()).toBe('dotnet-dump-64');
    expect(await page.locator('.term-dump').innerText()).toBe('crash-win-x64-net10');
    expect(problems).toEqual([]);
    await page.close();
  });

  test('asks for the file again, and then runs its commands', async () => {
    const { page } = await open('/en/lab/');
    await page.locator('[name=file]').setInputFiles(file);
    await page.waitForSelector('dump-terminal.is-live');
    await run(page, '!pe');
    await finished(page, '!pe');
    await switchTo(page);
    await page.waitForFunction(() => document.querySelector('.lab-message')?.textContent?.includes('mine.dmp'));
    await page.locator('[name=file]').setInputFiles(file);
    expect((await finished(page, '!pe')).text).toContain('Exception type:');
    await page.close();
  });
});
