/**
 * Measures the guide in a browser: from click to prompt, every step's commands, and tasks that hold the page for more than
 * 50 ms; on a desktop and on a phone with a processor four times slower. The site must be built.
 * Usage: node scripts/bench-page.ts [--runs 5] [--trace] [--step 8-the-exception] [--profile phone]
 * `--trace` says what the longest tasks were made of.
 */
import { parseArgs } from 'node:util';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { DIST, ensureBuilt, launch } from '../tests/e2e/browser.ts';
import { serve } from '../tests/e2e/server.ts';
import { goLiveAndRun, longTasks, trace } from '../tests/e2e/trace.ts';

const STEPS = ['1-right-dump', '2-right-windbg', '3-open-the-dump', '4-symbols', '5-cordll', '6-exceptions-by-type', '7-instances', '8-the-exception'];
const PROFILES = {
  desktop: { viewport: { width: 1280, height: 900 }, slower: 1 },
  phone: { viewport: { width: 390, height: 844 }, slower: 4, isMobile: true, hasTouch: true },
} as const;
type Profile = keyof typeof PROFILES;

interface Sample { readonly ready: number; readonly commands: number; readonly tasks: readonly number[]; readonly processor: readonly number[] }
const { values } = parseArgs({ options: { runs: { type: 'string', default: '5' }, trace: { type: 'boolean', default: false }, step: { type: 'string' }, profile: { type: 'string' } } });
const median = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? 0;

async function prepare(browser: Browser, profile: Profile): Promise<{ page: Page; session: CDPSession }> {
  const { slower, ...options } = PROFILES[profile];
  const page = await (await browser.newContext(options)).newPage();
  await page.addInitScript(() => {
    const tasks: number[] = [];
    (window as unknown as { tasks: number[] }).tasks = tasks;
    new PerformanceObserver((list) => tasks.push(...list.getEntries().map((e) => Math.round(e.duration)))).observe({ type: 'longtask' });
  });
  const session = await page.context().newCDPSession(page);
  if (slower > 1) await session.send('Emulation.setCPUThrottlingRate', { rate: slower });
  return { page, session };
}

async function measure(browser: Browser, url: string, step: string, profile: Profile): Promise<Sample> {
  const { page, session } = await prepare(browser, profile);
  await page.goto(`${url}/en/${step === 'lab' ? 'lab' : `guide/${step}`}/`);
  await page.waitForLoadState('load');
  await page.waitForTimeout(1500);
  await page.evaluate(() => (window as unknown as { tasks: unknown[] }).tasks.splice(0));
  const stop = await trace(session);
  const terminal = page.locator('dump-terminal').first();
  // Not Playwright's click nor its polling: both would run in the page.
  const total = await page.evaluate(goLiveAndRun, step === 'lab' ? '!dumpheap' : undefined);
  await page.waitForTimeout(300);
  const tasks = await page.evaluate(() => (window as unknown as { tasks: number[] }).tasks);
  // Chromium slows the thread by keeping it busy, so that this too is the phone's time.
  const processor = longTasks(await stop(), 50);
  if (values.trace) for (const { ms, parts } of processor) console.log(`  ${profile} ${step}: ${ms} ms: ${parts}`);
  const ready = Number(await terminal.getAttribute('data-ready'));
  await page.context().close();
  return { ready, commands: total, tasks, processor: processor.map((t) => t.ms) };
}

const text = (samples: readonly (readonly number[])[]) => {
  const all = samples.flat().sort((a, b) => b - a);
  return all.length ? `${(all.length / samples.length).toFixed(1)} a run, longest ${all[0]} ms` : 'none';
};

ensureBuilt();
const server = await serve(DIST);
const browser = await launch();
for (const profile of (values.profile ? [values.profile] : Object.keys(PROFILES)) as Profile[]) {
  console.log(`\n| ${profile} | click to prompt | commands | tasks over 50 ms, by the clock | by the processor |\n|---|---|---|---|---|`);
  for (const step of values.step ? [values.step] : [...STEPS, 'lab']) {
    const samples: Sample[] = [];
    for (let i = 0; i < Number(values.runs); i++) samples.push(await measure(browser, server.url, step, profile));
    console.log(`| ${step === 'lab' ? 'every object' : step} | ${median(samples.map((s) => s.ready))} ms | ${median(samples.map((s) => s.commands))} ms | ${text(samples.map((s) => s.tasks))} | ${text(samples.map((s) => s.processor))} |`);
  }
}
await browser.close();
await server.close();
