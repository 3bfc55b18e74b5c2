import type { CommandRun, Need, OutputNode, Progress } from '../output/index.ts';

/** What a driver tells its owner while a command runs. */
export interface DriverEvents {
  output(nodes: readonly OutputNode[]): void;
  progress(progress: Progress): void;
}

/** How long a command may run before messages (Ctrl+C among them) get their turn, in milliseconds. */
const SLICE = 12;
/** A command this quick shows no progress bar. */
const QUIET = 300;
const PROGRESS_EVERY = 100;
/** Nodes of one message: few enough that the page takes it in a few milliseconds. */
const BATCH = 100;

/**
 * Runs a command to its end in slices. `pause` must let the event loop take its turn (a macrotask, not a promise);
 * `cancelled` is asked after every pause. Output arrives in order, in batches. `load` brings what a command needs into the
 * engine's capabilities; when it cannot, the engine says so.
 */
export async function drive(run: CommandRun, events: DriverEvents, pause: () => Promise<void>, cancelled: () => boolean, load?: (need: Need) => Promise<void>): Promise<'ok' | 'error' | 'cancelled'> {
  const started = performance.now();
  let sliceEnd = started + SLICE;
  let nextProgress = started + QUIET;
  let batch: OutputNode[] = [];
  let failed = false;
  const flush = () => {
    if (batch.length) events.output(batch);
    batch = [];
  };
  for (;;) {
    const step = run.next();
    if (step.done) break;
    const node = step.value;
    if (node.kind !== 'progress') {
      batch.push(node);
      if (node.kind === 'message' && node.style === 'error') failed = true;
    }
    const now = performance.now();
    if (node.kind === 'progress' && now >= nextProgress) {
      nextProgress = now + PROGRESS_EVERY;
      flush();
      events.progress(node);
    }
    if (node.kind === 'progress' && node.need && load) {
      flush();
      events.progress(node);
      await load(node.need);
      sliceEnd = 0;
    }
    if (batch.length >= BATCH) flush();
    if (now < sliceEnd) continue;
    flush();
    await pause();
    if (cancelled()) {
      run.return();
      return 'cancelled';
    }
    sliceEnd = performance.now() + SLICE;
  }
  flush();
  return failed ? 'error' : 'ok';
}

/** A pause that lets queued messages in, quicker than setTimeout's minimum delay. */
export function macrotaskPause(): () => Promise<void> {
  const channel = new MessageChannel();
  const waiting: (() => void)[] = [];
  channel.port1.onmessage = () => waiting.shift()?.();
  // In Node an open port would keep the process alive.
  (channel.port1 as unknown as { unref?: () => void }).unref?.();
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      channel.port2.postMessage(0);
    });
}
