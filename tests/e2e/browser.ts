import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { serve } from './server.ts';

export const ROOT = new URL('../../', import.meta.url).pathname;
export const DIST = join(ROOT, 'dist');

/** Builds the site when nobody has: the tests look at what users get. */
export function ensureBuilt(): void {
  if (existsSync(join(DIST, 'en/index.html'))) return;
  execFileSync(join(ROOT, 'node_modules/.bin/astro'), ['build'], { cwd: ROOT, stdio: 'inherit', env: { ...process.env, NODE_ENV: 'production', ASTRO_TELEMETRY_DISABLED: '1' } });
}

/** Every page of the built site, as URL paths. */
export function pages(directory = DIST, prefix = '/'): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((e) => {
    if (e.isDirectory()) return ['_astro', 'pagefind', 'sample-dumps'].includes(e.name) ? [] : pages(join(directory, e.name), `${prefix}${e.name}/`);
    return e.name === 'index.html' ? [prefix] : [];
  });
}

export function launch(): Promise<Browser> {
  const path = ['chromium', 'chromium-browser', 'google-chrome'].map((name) => spawnSync('sh', ['-c', `command -v ${name}`]).stdout.toString().trim()).find(Boolean);
  if (!path) throw new Error('the browser tests need chromium on the PATH');
  return chromium.launch({ executablePath: path, args: ['--no-sandbox'] });
}

/** The built site, served, and a browser, while the tests of a file run. */
export interface Site {
  readonly browser: Browser;
  readonly url: string;
  /** A page that remembers finished commands; `problems` collects what must not happen on it. */
  open(path: string, options?: Parameters<Browser['newPage']>[0]): Promise<{ page: Page; problems: string[] }>;
}

/** Call once at the top of a test file: starts both before its tests and ends them after. */
export function site(): Site {
  let browser: Browser | undefined;
  let server: Awaited<ReturnType<typeof serve>> | undefined;
  beforeAll(async () => {
    ensureBuilt();
    server = await serve(DIST);
    browser = await launch();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });
  const started = <T>(part: T | undefined): T => {
    if (part === undefined) throw new Error('the site is there from beforeAll on');
    return part;
  };
  return {
    get browser() { return started(browser); },
    get url() { return started(server).url; },
    async open(path, options = {}) {
      const page = await started(browser).newPage({ viewport: { width: 1280, height: 900 }, ...options });
      const problems = watch(page, started(server).url);
      await record(page);
      await page.goto(started(server).url + path);
      return { page, problems };
    },
  };
}

/** Collects what must not happen on a page: script errors, policy violations, requests to other hosts. */
export function watch(page: Page, origin: string): string[] {
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(`error: ${error.message}`));
  page.on('console', (entry) => {
    if (entry.type() === 'error' || /Content Security Policy/.test(entry.text())) problems.push(`console: ${entry.text()}`);
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(origin) && !/^(data|blob|about):/.test(request.url())) problems.push(`foreign request: ${request.url()}`);
  });
  return problems;
}

export interface Ran { readonly command: string; readonly status: string; readonly milliseconds: number; readonly traffic: number; readonly text: string }

/** Makes the page remember every finished command and its text. */
export async function record(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const ran: unknown[] = [];
    (window as unknown as { ran: unknown[] }).ran = ran;
    document.addEventListener('dumplab:done', (event) => {
      const detail = (event as CustomEvent<{ command: string; text: string }>).detail;
      ran.push({ ...(JSON.parse((event.target as HTMLElement).dataset['last'] ?? '{}') as object), ...detail });
    });
  });
}

/** Waits until a command has finished, and gives what it printed. */
export async function finished(page: Page, command: string): Promise<Ran> {
  const handle = await page.waitForFunction((wanted) => (window as unknown as { ran: Ran[] }).ran?.findLast((r) => r.command === wanted), command, { timeout: 60_000 });
  return (await handle.jsonValue()) as Ran;
}
