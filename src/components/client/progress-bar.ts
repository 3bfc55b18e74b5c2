/** What is done this soon needs no bar, in milliseconds. */
export const QUIET = 300;

/** The bar of a terminal: appears when something has taken longer than a blink, with or without known length. */
export class ProgressBar {
  readonly #bar: HTMLProgressElement | null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #shown = false;
  #part: { done: number; total: number } | undefined;

  constructor(bar: HTMLProgressElement | null) {
    this.#bar = bar;
  }

  /** Something began. */
  start(): void {
    this.stop();
    this.#timer = setTimeout(() => {
      this.#shown = true;
      this.#draw();
    }, QUIET);
  }

  set(done: number, total: number): void {
    this.#part = total > 0 ? { done, total } : undefined;
    if (this.#shown) this.#draw();
  }

  /** It ended. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#shown = false;
    this.#part = undefined;
    if (this.#bar) this.#bar.hidden = true;
  }

  #draw(): void {
    const bar = this.#bar;
    if (!bar) return;
    bar.hidden = false;
    if (!this.#part) bar.removeAttribute('value');
    else {
      bar.max = this.#part.total;
      bar.value = Math.min(this.#part.done, this.#part.total);
    }
  }
}
