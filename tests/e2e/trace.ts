import type { CDPSession } from 'playwright-core';

export interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly ts: number;
  readonly dur?: number;
  /** Time on the processor, in microseconds: what else the machine does is not in it. */
  readonly tdur?: number;
  readonly tid: number;
  readonly pid: number;
  readonly args: { readonly data?: Record<string, unknown>; readonly name?: string };
}

/** Starts Chromium's tracing; the result ends it and gives its events. */
export async function trace(session: CDPSession): Promise<() => Promise<TraceEvent[]>> {
  const events: TraceEvent[] = [];
  session.on('Tracing.dataCollected', ({ value }) => events.push(...(value as unknown as TraceEvent[])));
  await session.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig: { includedCategories: ['devtools.timeline', 'disabled-by-default-devtools.timeline', 'toplevel', 'blink.user_timing'] } });
  return async () => {
    const done = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve));
    await session.send('Tracing.end');
    await done;
    return events;
  };
}

export interface Task { readonly ms: number; readonly parts: string }

/** Tasks of the page's main thread that took more than `least` ms of processor time, with their largest parts. */
export function longTasks(events: readonly TraceEvent[], least: number): Task[] {
  const main = events.find((e) => e.name === 'thread_name' && e.args.name === 'CrRendererMain' && events.some((t) => t.tid === e.tid && t.pid === e.pid && t.name === 'FireAnimationFrame'));
  const own = events.filter((e) => e.tid === main?.tid && e.pid === main.pid && e.ph === 'X' && e.dur);
  if (own.length === 0) throw new Error('the trace has nothing of the page');
  return own.filter((e) => e.name === 'ThreadControllerImpl::RunTask' && (e.tdur ?? 0) > 1000 * least).map((task) => {
    const parts = new Map<string, number>();
    for (const e of own) {
      if (e === task || e.ts < task.ts || e.ts > task.ts + (task.dur ?? 0) || /RunTask/.test(e.name)) continue;
      const { functionName, url, lineNumber, columnNumber } = e.args.data ?? {};
      const name = [e.name, functionName, url && `${String(url).split('/').at(-1)}:${String(lineNumber)}:${String(columnNumber)}`].filter(Boolean).join(' ');
      parts.set(name, (parts.get(name) ?? 0) + (e.tdur ?? 0));
    }
    const largest = [...parts].sort((x, y) => y[1] - x[1]).slice(0, 6).map(([name, us]) => `${name} ${(us / 1000).toFixed(0)}`);
    return { ms: Math.round((task.tdur ?? 0) / 1000), parts: largest.join('; ') };
  });
}

/** In the page, without polling it: goes live, runs the terminal's own commands and then `extra`; gives the sum of their milliseconds. */
export async function goLiveAndRun(extra: string | undefined): Promise<number> {
  const element = document.querySelector('dump-terminal') as HTMLElement & { run(c: string): Promise<void> };
  const own = JSON.parse(element.dataset['run'] ?? '[]') as string[];
  const ran = (count: number) => new Promise<number>((resolve) => {
    let total = 0;
    element.addEventListener('dumplab:done', function done() {
      total += (JSON.parse(element.dataset['last'] ?? '{}') as { milliseconds: number }).milliseconds;
      if (--count > 0) return;
      element.removeEventListener('dumplab:done', done);
      resolve(total);
    });
  });
  const first = ran(own.length);
  element.querySelector<HTMLElement>('.term-live')?.click();
  const sum = await first;
  if (!extra) return sum;
  const second = ran(1);
  void element.run(extra);
  return second;
}
