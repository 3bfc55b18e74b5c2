import { renderText } from '../../lib/output/index.ts';
import type { OutputNode } from '../../lib/output/index.ts';
import type { DumpLocation, HostSetting } from '../../lib/terminal/index.ts';
import { announceFacts, closeSession, sessionFor } from './clients.ts';
import type { Session } from './clients.ts';
import type { Screen } from './screen.ts';
import { pageLang, STRINGS } from './strings.ts';

const MAX_LINKS = 24;
const MAX_SAVED = 60;
/** Characters of an answer read to screen readers; longer ones are announced by their length. */
const MAX_SPOKEN = 1200;

/** `<dump-terminal>`: a static transcript that becomes a live terminal on request. */
export class TerminalElement extends HTMLElement {
  #screen: Screen | undefined;
  #session: Session | undefined;
  #starting: Promise<void> | undefined;
  #queue: string[] = [];
  #running: { cancel(): void } | undefined;
  #commands: string[] = [];
  readonly #texts = STRINGS[pageLang()];

  connectedCallback(): void {
    this.classList.add('is-enhanced');
    this.#button('.term-live')?.addEventListener('click', () => void this.start(true));
    this.#button('.term-copy')?.addEventListener('click', () => void this.#copy());
    this.#button('.term-copy-commands')?.addEventListener('click', () => void this.#copyCommands());
    this.querySelector('.term-static')?.addEventListener('click', (event) => {
      const target = (event.target as Element).closest<HTMLElement>('[data-cmd]');
      if (target && !getSelection()?.toString()) void this.run(target.dataset['cmd'] ?? '');
    });
    const form = this.querySelector<HTMLFormElement>('.term-input');
    form?.addEventListener('submit', (event) => {
      event.preventDefault();
      const input = form.querySelector('input');
      if (!input?.value.trim()) return;
      void this.run(input.value);
      input.value = '';
    });
    const saved = this.dataset['nosave'] === undefined ? this.#saved() : [];
    if (saved.length) void this.start(false).then(() => saved.forEach((c) => this.#enqueue(c)));
  }

  get dump(): string {
    return this.dataset['dump'] ?? '';
  }

  get #key(): string {
    const path = location.pathname.replace(/\/(en|zh-tw)\//, '/');
    const index = [...document.querySelectorAll('dump-terminal')].indexOf(this);
    return `dumplab.term:${path}#${index}`;
  }

  #button(selector: string): HTMLButtonElement | null {
    return this.querySelector<HTMLButtonElement>(selector);
  }

  #saved(): string[] {
    try {
      const value: unknown = JSON.parse(sessionStorage.getItem(this.#key) ?? '[]');
      return Array.isArray(value) ? value.filter((c): c is string => typeof c === 'string') : [];
    } catch {
      return [];
    }
  }

  #save(): void {
    try {
      sessionStorage.setItem(this.#key, JSON.stringify(this.#commands.slice(-MAX_SAVED)));
    } catch {
      // A full or forbidden storage only costs the history after a language switch.
    }
  }

  /** Goes live; with `runOwn` the commands of the static transcript run again, this time here. */
  start(runOwn: boolean): Promise<void> {
    this.#starting ??= this.#start().then(
      () => {
        if (runOwn) for (const command of this.#own()) this.#enqueue(command);
      },
      (error: unknown) => {
        this.#starting = undefined;
        throw error;
      },
    );
    return this.#starting;
  }

  #own(): string[] {
    return JSON.parse(this.dataset['run'] ?? '[]') as string[];
  }

  /** What the terminal opens: the sample of its attribute, or what the lab chose. */
  source: { key: string; location: DumpLocation; host: HostSetting } | undefined;

  #source(): { key: string; location: DumpLocation; host: HostSetting } {
    const host: HostSetting = { debugger: this.dataset['debugger'] === 'dotnet-dump' ? 'dotnet-dump' : 'windbg', bitness: 64 };
    const url = new URL(this.dataset['index'] ?? '', location.href).href;
    return this.source ?? { key: `${this.dump}:${host.debugger}`, location: { kind: 'packed', url }, host };
  }

  async #start(): Promise<void> {
    const status = this.#status(this.#texts.loading);
    this.classList.add('is-starting');
    const started = performance.now();
    const { key, location: where, host } = this.#source();
    const screenElement = this.querySelector<HTMLElement>('.term-screen');
    if (!screenElement) throw new Error('no place for the screen');
    const session = sessionFor(key, where, host);
    session.progress = (done, total) => this.#progress(done, total);
    try {
      const [{ Screen }, opened] = await Promise.all([import('./screen.ts'), session.opened]);
      this.#session = session;
      screenElement.hidden = false;
      this.querySelector<HTMLElement>('.term-static')?.setAttribute('hidden', '');
      this.classList.add('is-live');
      this.#screen = new Screen(screenElement, pageLang(), this.dataset['label'] ?? 'terminal', {
        submit: (line) => this.#enqueue(line, true),
        interrupt: () => this.#running?.cancel(),
        complete: (line, cursor) => session.client.complete(line, cursor),
        link: (command) => void this.run(command),
      });
      this.#screen.output(opened.banner);
      this.#screen.prompt(opened.prompt);
      this.dataset['ready'] = String(Math.round(performance.now() - started));
      this.#status(this.#texts.ready);
      if (!matchMedia('(pointer: coarse)').matches) this.#screen.focus();
    } catch (error) {
      closeSession(key);
      const hint = (error as { hint?: Record<string, string> }).hint?.[pageLang()];
      status.textContent = `${this.#texts.failed}${error instanceof Error ? error.message : String(error)}${hint ? ` – ${hint}` : ''}`;
      status.classList.add('is-error');
      throw error;
    } finally {
      this.classList.remove('is-starting');
      this.#progress(0, 0);
    }
  }

  /** Runs a command as if typed; starts the terminal if need be. */
  async run(command: string): Promise<void> {
    await this.start(false);
    this.#enqueue(command);
  }

  /** `echoed`: the line editor shows the command already; all others are shown when their turn comes. */
  #enqueue(command: string, echoed = false): void {
    this.#queue.push(echoed ? `\u0000${command}` : command);
    if (!this.#running) void this.#next();
  }

  async #next(): Promise<void> {
    const screen = this.#screen;
    const session = this.#session;
    const item = this.#queue.shift();
    if (item === undefined || !screen || !session) return;
    const echoed = item.startsWith('\u0000');
    const command = echoed ? item.slice(1) : item;
    if (!echoed) screen.echo(command);
    screen.busy();
    this.#status(this.#texts.running);
    const kept: OutputNode[] = [];
    const run = session.client.run(command, {
      output: (nodes) => {
        if (nodes.some((n) => n.kind === 'line' && n.parts.length === 1 && n.parts[0] === '\f')) screen.clear();
        screen.output(nodes);
        announceFacts(this.dump, nodes);
        if (kept.length < 4000) kept.push(...nodes);
      },
      progress: (done, total) => this.#progress(done, total),
    });
    this.#running = run;
    const result = await run.done;
    this.#running = undefined;
    this.#progress(0, 0);
    if (result.status === 'cancelled') screen.write(`${this.#texts.cancelled}\n`);
    this.#commands.push(command);
    this.#save();
    this.#links(kept);
    this.#speak(kept);
    const size = session.client.traffic >= 1 << 20 ? `${(session.client.traffic / (1 << 20)).toFixed(1)} MB` : `${Math.round(session.client.traffic / 1024)} KB`;
    this.#status(`${this.#texts.done(`${Math.round(result.milliseconds)} ms`)} · ${this.#texts.fetched(size)}`);
    this.dataset['last'] = JSON.stringify({ command, status: result.status, milliseconds: Math.round(result.milliseconds), traffic: session.client.traffic });
    screen.prompt(session.client.prompt);
    this.dispatchEvent(new CustomEvent('dumplab:done', { bubbles: true, detail: { command, text: renderText(kept.slice(0, 400), pageLang()) } }));
    if (this.#queue.length) void this.#next();
  }

  #status(text: string): HTMLElement {
    const status = this.querySelector<HTMLElement>('.term-status') ?? this;
    status.classList.remove('is-error');
    status.textContent = text;
    return status;
  }

  #progress(done: number, total: number): void {
    const bar = this.querySelector<HTMLProgressElement>('progress');
    if (!bar) return;
    bar.hidden = total <= 0;
    if (total > 0) {
      bar.max = total;
      bar.value = done;
    }
  }

  /** The links of the last answer as buttons: for keyboards, fingers and screen readers. */
  #links(nodes: readonly OutputNode[]): void {
    const box = this.querySelector<HTMLDetailsElement>('.term-links');
    const list = box?.querySelector('ul');
    if (!box || !list) return;
    const links = new Map<string, string>();
    for (const node of nodes) {
      const parts = node.kind === 'line' ? node.parts : node.kind === 'row' ? node.cells.map((c) => c.content) : [];
      for (const part of parts) if (typeof part !== 'string' && part.kind === 'link' && links.size < MAX_LINKS) links.set(part.command, part.text);
    }
    box.hidden = links.size === 0;
    list.replaceChildren(...[...links.keys()].map((command) => {
      const button = Object.assign(document.createElement('button'), { type: 'button', textContent: command, className: 'term-link' });
      button.setAttribute('translate', 'no');
      button.addEventListener('click', () => void this.run(command));
      const entry = document.createElement('li');
      entry.append(button);
      return entry;
    }));
  }

  #speak(nodes: readonly OutputNode[]): void {
    const log = this.querySelector('.term-log');
    if (!log) return;
    const text = renderText(nodes, pageLang());
    const entry = document.createElement('p');
    entry.textContent = text.length > MAX_SPOKEN ? `${this.#texts.lines(text.split('\n').length)}: ${text.slice(-400)}` : text;
    while (log.children.length > 4) log.firstElementChild?.remove();
    log.append(entry);
  }

  async #copy(): Promise<void> {
    const text = this.#screen?.text() ?? this.querySelector<HTMLElement>('.term-static')?.innerText ?? '';
    await navigator.clipboard.writeText(text);
    this.#status(this.#texts.copied);
  }

  /** The commands so far for the real tools: with `!` for WinDbg, without for dotnet-dump. */
  async #copyCommands(): Promise<void> {
    const commands = this.#commands.length ? this.#commands : this.#own();
    const plain = this.querySelector<HTMLSelectElement>('.term-flavor')?.value === 'dotnet-dump';
    await navigator.clipboard.writeText(commands.map((c) => (plain ? c.replace(/^!/, '') : c)).join('\n'));
    this.#status(this.#texts.copied);
  }
}

if (!customElements.get('dump-terminal')) customElements.define('dump-terminal', TerminalElement);

/** Chips in the prose run in the terminal before them, else in the first one behind them. */
document.addEventListener('click', (event) => {
  const chip = (event.target as Element).closest<HTMLElement>('.cmd-chip[data-cmd]');
  if (!chip) return;
  const terminals = [...document.querySelectorAll<TerminalElement>('dump-terminal')];
  const before = terminals.filter((t) => t.compareDocumentPosition(chip) & Node.DOCUMENT_POSITION_FOLLOWING).at(-1);
  const terminal = before ?? terminals[0];
  terminal?.scrollIntoView({ block: 'nearest', behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth' });
  void terminal?.run(chip.dataset['cmd'] ?? '');
});
