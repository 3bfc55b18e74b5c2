import type { OutputNode } from '../../lib/output/index.ts';

/** A piece that took less than this makes the next one larger, one that took more makes it smaller; in milliseconds. */
const QUICK = 4;
const SLOW = 10;
const LEAST = 1;
const MOST = 512;

/** What the terminal writes to: xterm.js, which calls back when it has taken a piece in. */
export type Write = (text: string, done: () => void) => void;

/**
 * What waits to be written. A listing goes in by pieces with a frame between them; how large a piece may be is learned from
 * how long the last one took, so that neither a cold start nor a slow phone holds the page.
 */
export class WriteQueue {
  readonly #write: Write;
  readonly #render: (node: OutputNode) => string;
  #waiting: (string | OutputNode)[] = [];
  #at = 0;
  #size = LEAST;
  #draining: Promise<void> | undefined;

  constructor(write: Write, render: (node: OutputNode) => string) {
    this.#write = write;
    this.#render = render;
  }

  /** What is typed is written at once when nothing waits. */
  push(...items: readonly (string | OutputNode)[]): void {
    if (!this.#draining && items.length === 1 && typeof items[0] === 'string') {
      this.#write(items[0], () => undefined);
      return;
    }
    this.#waiting.push(...items);
    this.#draining ??= this.#drain();
  }

  /** Forgets what was not written yet. */
  clear(): void {
    this.#waiting = [];
    this.#at = 0;
  }

  /** Everything pushed so far is in the terminal. */
  async flushed(): Promise<void> {
    await this.#draining;
    await new Promise<void>((resolve) => this.#write('', resolve));
  }

  async #drain(): Promise<void> {
    try {
      while (this.#at < this.#waiting.length) {
        await this.#piece();
        if (this.#at < this.#waiting.length) await frame();
      }
    } finally {
      this.clear();
      this.#draining = undefined;
    }
  }

  async #piece(): Promise<void> {
    const started = performance.now();
    const end = Math.min(this.#waiting.length, this.#at + this.#size);
    let text = '';
    for (let first = true; this.#at < end && (first || performance.now() - started < QUICK); first = false) {
      const item = this.#waiting[this.#at++];
      text += typeof item === 'string' ? item : this.#render(item);
    }
    const took = performance.now() - started + (await this.#timed(text));
    if (took < QUICK) this.#size = Math.min(MOST, this.#size * 2);
    else if (took > SLOW) this.#size = Math.max(LEAST, this.#size >> 1);
  }

  /** Writes, and gives the milliseconds xterm.js needed: it begins in a task of its own. */
  #timed(text: string): Promise<number> {
    return new Promise((resolve) => {
      let begun = performance.now();
      this.#write('', () => (begun = performance.now()));
      this.#write(text, () => resolve(performance.now() - begun));
    });
  }
}

/** Resolves when a frame has been drawn, or soon where none is (a tab in the background). */
export function frame(): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, 200);
    requestAnimationFrame(() => setTimeout(() => {
      clearTimeout(timer);
      resolve();
    }));
  });
}
