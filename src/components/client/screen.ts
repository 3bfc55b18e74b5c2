import { FitAddon } from '@xterm/addon-fit';
import { Terminal } from '@xterm/xterm';
import '@xterm/xterm/css/xterm.css';
import type { Lang } from '../../lib/bytes/index.ts';
import { FILE_SCHEME, LINK_SCHEME, nodeText, renderAnsi } from '../../lib/output/index.ts';
import type { OutputNode } from '../../lib/output/index.ts';
import { isUnfinished, joinBlock } from '../../lib/engine/statements.ts';
import { commonPrefix } from '../../lib/terminal/completion.ts';
import { LineEditor } from '../../lib/terminal/line-editor.ts';
import { columnsFor, displayWidth, isProse, wrapProse } from './columns.ts';
import { strictDocument, strictly } from './strict-document.ts';
import { STRINGS } from './strings.ts';
import { scrollByTouch } from './touch-scroll.ts';
import { frame, WriteQueue } from './write-queue.ts';

/** Rows kept above the screen. An answer of more than a few thousand rows is cut before it gets here (answer.ts). */
const SCROLLBACK = 12_000;
const MIN_ROWS = 6;
/** Prompt of the lines of a block after its first. */
const CONTINUED = '... ';

export interface ScreenEvents {
  submit(line: string): void;
  interrupt(): void;
  complete(line: string, cursor: number): Promise<{ from: number; items: readonly string[] }>;
  link(command: string): void;
  /** A file that a command wrote was asked for. */
  file(name: string): void;
}

const THEMES = {
  dark: { background: '#0b1220', foreground: '#d7dee9', cursor: '#fde68a', selectionBackground: '#33507a', green: '#7ee2b8', red: '#ff9b93', yellow: '#fcd34d', brightBlack: '#9aa7b8' },
  light: { background: '#f8fafc', foreground: '#14202e', cursor: '#0f766e', selectionBackground: '#b9d7f5', green: '#056a4c', red: '#a3120b', yellow: '#7a4d00', brightBlack: '#4b5a6b' },
} as const;

/** The xterm.js side of a terminal: prompt, line editing, output, links. */
export class Screen {
  readonly editor = new LineEditor();
  readonly #terminal: Terminal;
  readonly #fit = new FitAddon();
  readonly #events: ScreenEvents;
  readonly #lang: Lang;
  readonly #host: HTMLElement;
  readonly #queue: WriteQueue;
  #prompt = '';
  /** The prompt for a new command, while another one stands for a block that goes on. */
  #ready = '';
  /** Lines of a block that is not closed yet. */
  #block = '';
  #busy = true;
  #rowsUp = 0;
  #leaveArmed = false;
  /** Columns that fit beside each other, and those the widest table needed. */
  #fitting = 80;
  #needed = 0;
  /** Typed or pasted while a command runs: taken when the prompt is back. */
  #ahead = '';
  /** What was shown, line by line. */
  #log: string[] = [];

  constructor(host: HTMLElement, lang: Lang, events: ScreenEvents) {
    this.#host = host;
    this.#events = events;
    this.#lang = lang;
    const coarse = matchMedia('(pointer: coarse)').matches;
    this.#terminal = new Terminal({
      convertEol: true, scrollback: SCROLLBACK, fontFamily: 'ui-monospace, "Cascadia Mono", Consolas, "SFMono-Regular", Menlo, monospace', fontSize: coarse ? 12 : 13,
      lineHeight: 1.25, cursorBlink: false, cursorInactiveStyle: coarse ? 'none' : 'outline', disableStdin: coarse, theme: this.#theme(), screenReaderMode: false, documentOverride: strictDocument(),
      linkHandler: {
        allowNonHttpProtocols: true,
        activate: (_event, uri) => {
          if (uri.startsWith(FILE_SCHEME)) events.file(decodeURIComponent(uri.slice(FILE_SCHEME.length)));
          else if (uri.startsWith(LINK_SCHEME)) events.link(decodeURIComponent(uri.slice(LINK_SCHEME.length)));
        },
      },
    });
    this.#queue = new WriteQueue((text, done) => this.#terminal.write(text, done), (node) => this.#rendered(node));
  }

  /** Puts the terminal on the page. In steps with a frame between them: each takes a while on a slow machine. */
  async open(label: string, describedBy: string | undefined): Promise<void> {
    const host = this.#host;
    this.#terminal.loadAddon(this.#fit);
    strictly(() => this.#terminal.open(host));
    this.#terminal.textarea?.setAttribute('aria-label', label);
    if (describedBy) this.#terminal.textarea?.setAttribute('aria-describedby', describedBy);
    await frame();
    this.resize();
    await frame();
    new ResizeObserver(() => this.resize()).observe(host);
    new MutationObserver(() => (this.#terminal.options.theme = this.#theme())).observe(document.documentElement, { attributeFilter: ['data-theme'] });
    this.#terminal.attachCustomKeyEventHandler((event) => this.#key(event));
    this.#terminal.onData((data) => this.#data(data));
    host.addEventListener('scroll', () => this.#pinScrollbar(), { passive: true });
    scrollByTouch(host, () => this.#rowHeight, (rows) => {
      const before = this.#terminal.buffer.active.viewportY;
      this.#terminal.scrollLines(rows);
      const { viewportY, baseY } = this.#terminal.buffer.active;
      return viewportY !== before || (rows > 0 ? before < baseY : before > 0);
    });
  }

  #theme() {
    return THEMES[document.documentElement.dataset['theme'] === 'light' ? 'light' : 'dark'];
  }

  get #rowHeight(): number {
    return (this.#host.querySelector<HTMLElement>('.xterm-screen')?.offsetHeight ?? 0) / this.#terminal.rows;
  }

  resize(): void {
    const size = this.#fit.proposeDimensions();
    if (!size || !Number.isFinite(size.cols)) return;
    this.#fitting = size.cols;
    const columns = Math.max(this.#fitting, this.#needed);
    // The sideways scrollbar takes a row's height: what is left beside it counts.
    const rows = Math.floor((this.#host.clientHeight - 16) / Math.max(1, this.#rowHeight));
    const wanted = { columns, rows: Math.max(MIN_ROWS, Number.isFinite(rows) ? rows : size.rows) };
    if (wanted.columns !== this.#terminal.cols || wanted.rows !== this.#terminal.rows) this.#terminal.resize(wanted.columns, wanted.rows);
    this.#pinScrollbar();
  }

  /** The terminal's own scrollbar stays at the visible edge while the screen is scrolled sideways. */
  #pinScrollbar(): void {
    const host = this.#host;
    host.style.setProperty('--term-edge', `${host.scrollLeft + host.clientWidth}px`);
  }

  focus(): void {
    this.#terminal.focus();
  }

  /** False: the browser handles the key. Tab leaves when there is nothing to complete, and always after Escape. */
  #key(event: KeyboardEvent): boolean {
    if (event.type !== 'keydown') return true;
    if (event.key === 'Escape' && !this.editor.search) {
      this.#leaveArmed = true;
      return false;
    }
    if (event.key === 'Tab') {
      const leave = this.#leaveArmed || event.shiftKey || this.#busy || this.editor.text.trim() === '';
      this.#leaveArmed = false;
      return !leave;
    }
    if (event.key !== 'Shift') this.#leaveArmed = false;
    const control = event.ctrlKey || event.metaKey;
    const key = event.key.toLowerCase();
    if (control && key === 'c' && this.#terminal.hasSelection()) return false;
    if (control && (key === 'v' || (event.shiftKey && key === 'c'))) return false;
    // xterm would send ^R; the browser must not reload the page for it.
    if (event.ctrlKey && !event.shiftKey && key === 'r') event.preventDefault();
    return true;
  }

  /** Input goes to the editor up to the first command or completion; the rest waits until that is done. */
  #data(data: string): void {
    if (data === '\x03' && this.#busy) {
      this.#ahead = '';
      this.#events.interrupt();
      return;
    }
    // A key sequence is one piece; typed ahead it would be taken for text.
    if (!this.#busy || !data.startsWith('\x1b')) this.#ahead += data;
    this.#take();
  }

  #take(): void {
    while (!this.#busy && this.#ahead) {
      const { action, rest } = this.editor.take(this.#ahead);
      this.#ahead = rest;
      if (!action) continue;
      if (action.kind === 'submit') {
        this.#redraw(action.line);
        this.#remember(this.#prompt + action.line);
        this.#newline();
        const command = joinBlock(this.#block, action.line);
        this.#block = isUnfinished(command) ? command : '';
        if (this.#block) {
          this.#prompt = CONTINUED;
          this.#redraw();
          continue;
        }
        this.#busy = true;
        this.#events.submit(command);
      } else if (action.kind === 'interrupt') {
        this.write('^C\n');
        this.prompt(this.#block ? this.#ready : this.#prompt);
      } else if (action.kind === 'clear') this.clear();
      else if (action.kind === 'complete') {
        this.#busy = true;
        void this.complete().finally(() => {
          this.#busy = false;
          this.#take();
        });
      } else this.#redraw();
    }
  }

  async complete(): Promise<void> {
    const { editor } = this;
    const { from, items } = await this.#events.complete(editor.text, editor.cursor);
    if (items.length === 0) return;
    const common = commonPrefix(items);
    if (items.length === 1) editor.replace(from, `${items[0]} `);
    else if (common.length > editor.cursor - from) editor.replace(from, common);
    else {
      this.#newline();
      this.write(`${wrapProse(items.slice(0, 60).join('  '), this.#fitting).join('\n')}\n`);
    }
    this.#redraw();
  }

  /** Draws prompt and line again, over as many rows as they take. */
  #redraw(text = this.editor.text): void {
    const { search } = this.editor;
    const label = search ? `(${STRINGS[this.#lang].search(search.failed)})'${search.query}': ` : this.#prompt;
    const columns = this.#terminal.cols;
    const up = this.#rowsUp ? `\x1b[${this.#rowsUp}A` : '';
    const before = displayWidth(label) + displayWidth(text.slice(0, this.editor.cursor));
    const total = displayWidth(label) + displayWidth(text);
    const cursorRow = Math.floor(before / columns);
    const endRow = Math.floor(total / columns);
    const fill = total % columns === 0 && total > 0 ? '\r\n' : '';
    const back = endRow > cursorRow ? `\x1b[${endRow - cursorRow}A` : '';
    const column = before % columns;
    this.#queue.push(`${up}\r\x1b[J\x1b[1m${label}\x1b[0m${text}${fill}${back}\r${column ? `\x1b[${column}C` : ''}`);
    this.#rowsUp = cursorRow;
  }

  #newline(): void {
    this.#rowsUp = 0;
    this.#queue.push('\r\n');
  }

  /** Text as is (ours, never from a dump). */
  write(text: string): void {
    this.#queue.push(text);
  }

  output(nodes: readonly OutputNode[]): void {
    if (nodes.length) this.#queue.push(...nodes);
  }

  /** What the terminal is given for a node, when its turn comes: the screen is as wide as its table needs by then. */
  #rendered(node: OutputNode): string {
    const plain = nodeText(node, this.#lang);
    if (plain === undefined) return '';
    this.#remember(plain);
    const columns = columnsFor([node], this.#lang, this.#needed);
    if (columns > this.#needed) {
      this.#needed = columns;
      if (columns > this.#terminal.cols) this.#terminal.resize(columns, this.#terminal.rows);
    }
    let text = '';
    for (const piece of this.#proseInLines(node)) {
      const rendered = renderAnsi(piece, { lang: this.#lang, color: true, links: true });
      if (rendered !== undefined) text += `${rendered}\n`;
    }
    return text;
  }

  /** Sentences break where they are seen to end; tables never do. */
  #proseInLines(node: OutputNode): readonly OutputNode[] {
    const text = isProse(node) ? (nodeText(node, this.#lang) ?? '') : '';
    if (displayWidth(text) <= this.#fitting) return [node];
    return wrapProse(text, this.#fitting).map((line) => (node.kind === 'message' ? { ...node, text: { en: line, 'zh-tw': line } } : { kind: 'line', parts: [line] }));
  }

  /** Shows a command that something else than the keyboard started; a line being typed comes back with the prompt. */
  echo(command: string): void {
    const draft = this.editor.text;
    this.editor.set(command);
    this.#redraw();
    this.#remember(this.#prompt + command);
    this.editor.remember(command);
    this.editor.set(draft);
    this.#newline();
  }

  /** Waits for a command behind this prompt. */
  prompt(prompt: string): void {
    this.#busy = false;
    this.#block = '';
    this.#prompt = this.#ready = prompt;
    this.#rowsUp = 0;
    this.#host.scrollLeft = 0;
    this.#redraw();
    this.#take();
  }

  busy(): void {
    this.#busy = true;
  }

  clear(): void {
    this.#log = [];
    this.#queue.clear();
    this.#terminal.clear();
    this.prompt(this.#prompt);
  }

  /** Everything xterm.js has been given is on the screen when this resolves. */
  flushed(): Promise<void> {
    return this.#queue.flushed();
  }

  /** Everything shown, for the clipboard: lines as commands gave them, not as they were wrapped. */
  text(): string {
    return this.#log.join('\n').trimEnd();
  }

  #remember(text: string): void {
    this.#log.push(text);
    if (this.#log.length > SCROLLBACK) this.#log.splice(0, this.#log.length - SCROLLBACK);
  }
}
