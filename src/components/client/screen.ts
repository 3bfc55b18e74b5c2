import { FitAddon } from '@xterm/addon-fit';
import { Terminal } from '@xterm/xterm';
import '@xterm/xterm/css/xterm.css';
import type { Lang } from '../../lib/bytes/index.ts';
import { LINK_SCHEME, renderAnsi } from '../../lib/output/index.ts';
import type { OutputNode } from '../../lib/output/index.ts';
import { LineEditor } from '../../lib/terminal/line-editor.ts';

/** SOS tables are made for wide consoles: narrower screens scroll sideways instead of breaking columns. */
const MIN_COLUMNS = 100;

export interface ScreenEvents {
  submit(line: string): void;
  interrupt(): void;
  complete(line: string, cursor: number): Promise<{ from: number; items: readonly string[] }>;
  link(command: string): void;
}

const THEMES = {
  dark: { background: '#0b1220', foreground: '#d7dee9', cursor: '#fde68a', selectionBackground: '#33507a', green: '#7ee2b8', red: '#ff9b93', yellow: '#fcd34d', brightBlack: '#9aa7b8' },
  light: { background: '#f8fafc', foreground: '#14202e', cursor: '#0f766e', selectionBackground: '#b9d7f5', green: '#056a4c', red: '#a3120b', yellow: '#7a4d00', brightBlack: '#4b5a6b' },
} as const;

/** Columns a character takes: wide for Han, kana, Hangul and full-width forms. */
function width(text: string): number {
  let total = 0;
  for (const c of text) total += /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/.test(c) ? 2 : 1;
  return total;
}

/** The xterm.js side of a terminal: prompt, line editing, output, links. */
export class Screen {
  readonly editor = new LineEditor();
  readonly #terminal: Terminal;
  readonly #fit = new FitAddon();
  readonly #events: ScreenEvents;
  readonly #lang: Lang;
  readonly #host: HTMLElement;
  #prompt = '';
  #busy = true;
  #rowsUp = 0;
  #leaveArmed = false;

  constructor(host: HTMLElement, lang: Lang, label: string, events: ScreenEvents) {
    this.#host = host;
    this.#events = events;
    this.#lang = lang;
    const coarse = matchMedia('(pointer: coarse)').matches;
    this.#terminal = new Terminal({
      convertEol: true, scrollback: 30_000, fontFamily: 'ui-monospace, "Cascadia Mono", Consolas, "SFMono-Regular", Menlo, monospace', fontSize: coarse ? 12 : 13,
      lineHeight: 1.25, cursorBlink: false, disableStdin: coarse, theme: this.#theme(), minimumContrastRatio: 4.5, screenReaderMode: false,
      linkHandler: {
        allowNonHttpProtocols: true,
        activate: (_event, uri) => {
          if (uri.startsWith(LINK_SCHEME)) events.link(decodeURIComponent(uri.slice(LINK_SCHEME.length)));
        },
      },
    });
    this.#terminal.loadAddon(this.#fit);
    this.#terminal.open(host);
    this.#terminal.textarea?.setAttribute('aria-label', label);
    this.resize();
    new ResizeObserver(() => this.resize()).observe(host.parentElement ?? host);
    new MutationObserver(() => (this.#terminal.options.theme = this.#theme())).observe(document.documentElement, { attributeFilter: ['data-theme'] });
    this.#terminal.attachCustomKeyEventHandler((event) => this.#key(event));
    this.#terminal.onData((data) => void this.#data(data));
  }

  #theme() {
    return THEMES[document.documentElement.dataset['theme'] === 'light' ? 'light' : 'dark'];
  }

  resize(): void {
    const size = this.#fit.proposeDimensions();
    if (!size || !Number.isFinite(size.cols)) return;
    this.#terminal.resize(Math.max(MIN_COLUMNS, size.cols), Math.max(8, size.rows || 18));
  }

  focus(): void {
    this.#terminal.focus();
  }

  /** False: the browser handles the key. Tab leaves when there is nothing to complete, and always after Escape. */
  #key(event: KeyboardEvent): boolean {
    if (event.type !== 'keydown') return true;
    if (event.key === 'Escape') {
      this.#leaveArmed = true;
      return false;
    }
    if (event.key === 'Tab') {
      const leave = this.#leaveArmed || event.shiftKey || this.editor.text.trim() === '';
      this.#leaveArmed = false;
      return !leave;
    }
    if (event.key !== 'Shift') this.#leaveArmed = false;
    const control = event.ctrlKey || event.metaKey;
    if (control && event.key.toLowerCase() === 'c' && this.#terminal.hasSelection()) return false;
    if (control && event.key.toLowerCase() === 'v') return false;
    return true;
  }

  async #data(data: string): Promise<void> {
    if (this.#busy) {
      if (data === '\x03') this.#events.interrupt();
      return;
    }
    for (const action of this.editor.feed(data)) {
      if (action.kind === 'submit') {
        this.#redraw(action.line);
        this.#newline();
        this.#events.submit(action.line);
      } else if (action.kind === 'interrupt') {
        this.write('^C\n');
        this.prompt(this.#prompt);
      } else if (action.kind === 'clear') this.clear();
      else if (action.kind === 'complete') await this.#complete();
      else this.#redraw();
    }
  }

  async #complete(): Promise<void> {
    const { editor } = this;
    const { from, items } = await this.#events.complete(editor.text, editor.cursor);
    if (items.length === 0) return;
    const common = items.reduce((prefix, item) => {
      let i = 0;
      while (i < prefix.length && prefix[i].toLowerCase() === item[i]?.toLowerCase()) i++;
      return prefix.slice(0, i);
    });
    if (items.length === 1) editor.replace(from, `${items[0]} `);
    else if (common.length > editor.cursor - from) editor.replace(from, common);
    else {
      this.#newline();
      this.write(`${items.slice(0, 60).join('  ')}\n`);
    }
    this.#redraw();
  }

  /** Draws prompt and line again, over as many rows as they take. */
  #redraw(text = this.editor.text): void {
    const columns = this.#terminal.cols;
    const up = this.#rowsUp ? `\x1b[${this.#rowsUp}A` : '';
    const before = width(this.#prompt) + width(text.slice(0, this.editor.cursor));
    const total = width(this.#prompt) + width(text);
    const cursorRow = Math.floor(before / columns);
    const endRow = Math.floor(total / columns);
    const fill = total % columns === 0 && total > 0 ? '\r\n' : '';
    const back = endRow > cursorRow ? `\x1b[${endRow - cursorRow}A` : '';
    const column = before % columns;
    this.#terminal.write(`${up}\r\x1b[J\x1b[1m${this.#prompt}\x1b[0m${text}${fill}${back}\r${column ? `\x1b[${column}C` : ''}`);
    this.#rowsUp = cursorRow;
  }

  #newline(): void {
    this.#rowsUp = 0;
    this.#terminal.write('\r\n');
  }

  /** Text as is (ours, never from a dump). */
  write(text: string): void {
    this.#terminal.write(text);
  }

  output(nodes: readonly OutputNode[]): void {
    let text = '';
    for (const node of nodes) {
      const rendered = renderAnsi(node, { lang: this.#lang, color: true, links: true });
      if (rendered !== undefined) text += `${rendered}\n`;
    }
    this.#terminal.write(text);
  }

  /** Shows a command that something else than the keyboard started. */
  echo(command: string): void {
    this.editor.set(command);
    this.#redraw();
    this.editor.remember(command);
    this.editor.set('');
    this.#newline();
  }

  /** Waits for a command behind this prompt. */
  prompt(prompt: string): void {
    this.#busy = false;
    this.#prompt = prompt;
    this.#rowsUp = 0;
    this.#redraw();
  }

  busy(): void {
    this.#busy = true;
  }

  clear(): void {
    this.#terminal.clear();
    this.prompt(this.#prompt);
  }

  get host(): HTMLElement {
    return this.#host;
  }

  /** Everything on the screen and above it, for the clipboard. */
  text(): string {
    const buffer = this.#terminal.buffer.active;
    const lines: string[] = [];
    for (let i = 0; i < buffer.length; i++) {
      const line = buffer.getLine(i);
      const text = line?.translateToString(true) ?? '';
      if (line?.isWrapped && lines.length) lines[lines.length - 1] += text;
      else lines.push(text);
    }
    return lines.join('\n').trimEnd();
  }
}
