import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { statSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Browser } from 'playwright-core';
import { DIST, ensureBuilt, finished, launch, record, ROOT, watch } from './browser.ts';

/** What `npm start` runs after the build: `astro preview`. */
let child: ChildProcess;
let url = '';
let browser: Browser;

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

beforeAll(async () => {
  ensureBuilt();
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  child = spawn(process.execPath, [join(ROOT, 'node_modules/astro/bin/astro.mjs'), 'preview', '--host', '127.0.0.1', '--port', String(port)], { cwd: ROOT, stdio: 'ignore', env: { ...process.env, ASTRO_TELEMETRY_DISABLED: '1' } });
  for (let i = 0; ; i++) {
    try {
      if ((await fetch(`${url}/en/`)).ok) break;
    } catch {
      // Not up yet.
    }
    if (i > 300) throw new Error('the preview server does not come up');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  browser = await launch();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  child?.kill();
});

test('a page is served with its policy', async () => {
  const html = await (await fetch(`${url}/en/guide/8-the-exception/`)).text();
  const policy = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(html)?.[1] ?? '';
  for (const directive of ["default-src 'self'", "object-src 'none'", "base-uri 'none'", "form-action 'none'", "connect-src 'self'"]) expect(policy).toContain(directive);
  expect(policy).not.toContain("'unsafe-inline'");
  expect(policy).not.toContain("'unsafe-eval'");
});

test('a piece of a sample comes as a range, not compressed anew', async () => {
  const path = 'sample-dumps/redis-oom-win-x64/data-1.bin';
  const response = await fetch(`${url}/${path}`, { headers: { Range: 'bytes=1000-1999' } });
  expect(response.status).toBe(206);
  expect(response.headers.get('content-range')).toBe(`bytes 1000-1999/${statSync(join(DIST, path)).size}`);
  expect((await response.arrayBuffer()).byteLength).toBe(1000);
});

test('a terminal goes live', async () => {
  const page = await browser.newPage();
  const problems = watch(page, url);
  await record(page);
  await page.goto(`${url}/zh-tw/guide/8-the-exception/`);
  await page.locator('.term-live').first().click();
  expect((await finished(page, '!pe 790f018')).text).toContain('OOM command not allowed');
  expect(problems).toEqual([]);
  await page.close();
});
