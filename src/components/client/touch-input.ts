import { commonPrefix } from '../../lib/terminal/completion.ts';

export interface TouchEvents {
  run(command: string): void;
  interrupt(): void;
  complete(line: string, cursor: number): Promise<{ from: number; items: readonly string[] }>;
  history(): readonly string[];
}

const MAX_CANDIDATES = 24;

/**
 * The input field of phones: a real one, so that the keyboard, its suggestions and pasting work; beside it the keys that
 * such keyboards lack. Where the visual viewport shrinks for the keyboard, the terminal shrinks with it.
 */
export class TouchInput {
  readonly #form: HTMLFormElement;
  readonly #input: HTMLInputElement;
  readonly #candidates: HTMLElement | null;
  readonly #events: TouchEvents;
  #at: number | undefined;
  #draft = '';

  constructor(terminal: HTMLElement, form: HTMLFormElement, input: HTMLInputElement, events: TouchEvents) {
    this.#form = form;
    this.#input = input;
    this.#events = events;
    this.#candidates = form.querySelector('.term-candidates');
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
    for (const button of form.querySelectorAll<HTMLButtonElement>('[data-key]')) {
      // The field keeps the focus, else the keyboard would close at every key.
      button.addEventListener('pointerdown', (event) => event.preventDefault());
      button.addEventListener('click', () => void this.#press(button.dataset['key'] ?? ''));
    }
    input.addEventListener('keydown', (event) => {
      const key = { ArrowUp: 'up', ArrowDown: 'down', Escape: 'esc' }[event.key];
      if (key) {
        event.preventDefault();
        void this.#press(key);
      }
    });
    this.#followKeyboard(terminal);
  }

  get text(): string {
    return this.#input.value;
  }

  set text(text: string) {
    this.#input.value = text;
    this.#input.setSelectionRange(text.length, text.length);
  }

  #submit(): void {
    const command = this.#input.value.trim();
    this.#offer([]);
    this.#at = undefined;
    if (!command) return;
    this.#input.value = '';
    this.#events.run(command);
  }

  async #press(key: string): Promise<void> {
    if (key === 'up') this.#recall(-1);
    else if (key === 'down') this.#recall(1);
    else if (key === 'tab') await this.#complete();
    else if (key === 'ctrl-c') {
      this.#events.interrupt();
      this.text = '';
      this.#offer([]);
    } else if (key === 'esc') {
      if (this.text || this.#candidates?.childElementCount) {
        this.text = '';
        this.#offer([]);
      } else this.#input.blur();
    }
  }

  #recall(step: number): void {
    const history = this.#events.history();
    if (this.#at === undefined) this.#draft = this.text;
    const to = Math.max(0, Math.min(history.length, (this.#at ?? history.length) + step));
    this.#at = to;
    this.text = to === history.length ? this.#draft : history[to];
  }

  async #complete(): Promise<void> {
    const input = this.#input;
    const cursor = input.selectionStart ?? input.value.length;
    const { from, items } = await this.#events.complete(input.value, cursor);
    const put = (text: string) => {
      const rest = input.value.slice(cursor);
      input.value = input.value.slice(0, from) + text + rest;
      input.setSelectionRange(from + text.length, from + text.length);
    };
    this.#offer([]);
    if (items.length === 1) put(`${items[0]} `);
    else if (items.length > 1) {
      const common = commonPrefix(items);
      if (common.length > cursor - from) put(common);
      else this.#offer(items.slice(0, MAX_CANDIDATES), (item) => put(`${item} `));
    }
  }

  /** Candidates as buttons, because a list in the output would be far from the thumb. */
  #offer(items: readonly string[], take?: (item: string) => void): void {
    const box = this.#candidates;
    if (!box) return;
    box.hidden = items.length === 0;
    box.replaceChildren(...items.map((item) => {
      const button = Object.assign(document.createElement('button'), { type: 'button', textContent: item });
      button.addEventListener('pointerdown', (event) => event.preventDefault());
      button.addEventListener('click', () => {
        take?.(item);
        this.#offer([]);
      });
      return button;
    }));
  }

  /** The prompt stays above the on-screen keyboard, the last rows above the prompt. */
  #followKeyboard(terminal: HTMLElement): void {
    const viewport = window.visualViewport;
    if (!viewport) return;
    const fit = () => {
      const typing = document.activeElement === this.#input && matchMedia('(pointer: coarse)').matches;
      terminal.classList.toggle('is-typing', typing);
      if (!typing) {
        terminal.style.removeProperty('--term-height');
        return;
      }
      const header = document.querySelector('header.header')?.getBoundingClientRect().bottom ?? 0;
      const free = viewport.height - Math.max(0, header) - this.#form.offsetHeight - 8;
      terminal.style.setProperty('--term-height', `${Math.max(96, Math.min(320, Math.floor(free)))}px`);
      this.#form.scrollIntoView({ block: 'end', behavior: 'instant' });
    };
    this.#input.addEventListener('focus', fit);
    this.#input.addEventListener('blur', fit);
    viewport.addEventListener('resize', fit);
  }
}
