import type { OutputNode } from '../../lib/output/index.ts';
import { renderText } from '../../lib/output/index.ts';
import type { DumpLocation, HostSetting } from '../../lib/terminal/index.ts';
import { Answer } from './answer.ts';
import { announceFacts, closeSession, sessionFor } from './clients.ts';
import type { Session } from './clients.ts';
import { copyCommands, copyText, saveText } from './copy.ts';
import type { OwnCommands } from './copy.ts';
import { WrittenFiles } from './files.ts';
import { memoryKey, readMemory, writeMemory } from './memory.ts';
import type { Remembered } from './memory.ts';
import { ProgressBar } from './progress-bar.ts';
import type { Screen } from './screen.ts';
import { enableChips, enableLinks } from './static-transcript.ts';
import { pageLang, STRINGS } from './strings.ts';
import { addPin } from './notebook.ts';
import { writeInvestigation } from './permalink.ts';
import { TouchInput } from './touch-input.ts';
import { frame } from './write-queue.ts';

/** Rows of an answer given to listeners of `dumplab:done`. */
const REPORTED = 400;

interface Queued { readonly command: string; /** The line editor shows the command already; all others are shown when their turn comes. */ readonly echoed?: boolean; /** Runs again after a language switch: not read aloud. */ readonly restored?: boolean }

/** `<dump-terminal>`: a static transcript that becomes a live terminal on request. */
export class TerminalElement extends HTMLElement {
  #screen: Screen | undefined;
  #session: Session | undefined;
  #starting: Promise<void> | undefined;
  #queue: Queued[] = [];
  #running: { cancel(): void } | undefined;
  #commands: string[] = [];
  #answer: Answer | undefined;
  #files: WrittenFiles | undefined;
  #touch: TouchInput | undefined;
  #key = '';
  readonly #lang = pageLang();
  readonly #texts = STRINGS[pageLang()];
  #bar = new ProgressBar(null);

  /** What the terminal opens when it is not the sample of its attribute: the lab decides. */
  source: { key: string; location: DumpLocation; host: HostSetting } | undefined;

  connectedCallback(): void {
    this.classList.add('is-enhanced');
    this.#bar = new ProgressBar(this.querySelector('progress'));
    this.#button('.term-live')?.addEventListener('click', () => void this.start(true).catch(() => undefined));
    this.#button('.term-copy')?.addEventListener('click', () => void this.#copy());
    this.#button('.term-copy-commands')?.addEventListener('click', () => void this.#copyCommands());
    this.#button('.term-link')?.addEventListener('click', () => void this.#copyLink());
    this.#button('.term-pin')?.addEventListener('click', () => this.#pin());
    this.#button('.term-save')?.addEventListener('click', () => this.#answer && saveText(this.#answer.text, `${this.dump}.txt`));
    const transcript = this.querySelector<HTMLElement>('.term-static');
    if (transcript) enableLinks(transcript, this.#lang, (command) => void this.run(command));
    const form = this.querySelector<HTMLFormElement>('.term-input');
    const input = form?.querySelector('input');
    if (form && input) {
      this.#touch = new TouchInput(this, form, input, {
        run: (command) => void this.run(command),
        interrupt: () => this.#interrupt(),
        complete: async (line, cursor) => {
          await this.start(false);
          return this.#session?.client.complete(line, cursor) ?? { from: cursor, items: [] };
        },
        history: () => this.#screen?.editor.history ?? [],
      });
    }
    if (this.dataset['nosave'] !== undefined) return;
    this.#key = memoryKey(this);
    addEventListener('pagehide', () => this.#save());
    const saved = readMemory(this.#key);
    if (saved.commands.length) void this.restore(saved).catch(() => undefined);
  }

  get dump(): string {
    return this.dataset['dump'] ?? '';
  }

  /** Commands that ran here, and what else a language switch must not lose. */
  get memory(): Remembered {
    const editor = this.#screen?.editor;
    return { commands: this.#commands, history: editor?.history ?? [], draft: editor?.text || this.#touch?.text || '' };
  }

  #button(selector: string): HTMLButtonElement | null {
    return this.querySelector<HTMLButtonElement>(selector);
  }

  #save(): void {
    if (this.#key && this.isConnected && this.#commands.length) writeMemory(this.#key, this.memory);
  }

  /** Runs the remembered commands again, quietly: neither focus nor scroll position change. */
  async restore({ commands, history, draft }: Remembered): Promise<void> {
    this.#status(this.#texts.restoring);
    await this.start(false, false);
    const editor = this.#screen?.editor;
    for (const entry of history) editor?.remember(entry);
    for (const command of commands) this.#enqueue({ command, restored: true });
    if (!editor || !draft) return;
    if (matchMedia('(pointer: coarse)').matches && this.#touch) this.#touch.text = draft;
    else editor.set(draft);
  }

  /** Goes live; with `runOwn` the commands of the static transcript run again, this time here. */
  start(runOwn: boolean, focus = true): Promise<void> {
    this.#starting ??= this.#start(focus).then(
      () => {
        if (runOwn) for (const command of this.#own.commands) this.#enqueue({ command });
      },
      (error: unknown) => {
        this.#starting = undefined;
        throw error;
      },
    );
    return this.#starting;
  }

  get #own(): OwnCommands {
    return { commands: JSON.parse(this.dataset['run'] ?? '[]') as string[], converted: JSON.parse(this.dataset['converted'] ?? '{}') as OwnCommands['converted'] };
  }

  #source(): { key: string; location: DumpLocation; host: HostSetting } {
    const host: HostSetting = { debugger: this.dataset['debugger'] === 'dotnet-dump' ? 'dotnet-dump' : 'windbg', bitness: this.dataset['bits'] === '32' ? 32 : 64 };
    const url = new URL(this.dataset['index'] ?? '', location.href).href;
    return this.source ?? { key: `${this.dump}:${host.debugger}-${host.bitness}`, location: { kind: 'packed', url }, host };
  }

  async #start(focus: boolean): Promise<void> {
    const status = this.#status(this.#texts.loading);
    this.classList.add('is-starting');
    this.#bar.start();
    const started = performance.now();
    const { key, location: where, host } = this.#source();
    const screenElement = this.querySelector<HTMLElement>('.term-screen');
    if (!screenElement) throw new Error('no place for the screen');
    const session = sessionFor(key, where, host);
    session.progress = (done, total) => this.#bar.set(done, total);
    try {
      const [{ Screen }, opened] = await Promise.all([import('./screen.ts'), session.opened]);
      this.#session = session;
      // In pieces with a breath between them: each takes tens of milliseconds on a slow machine.
      await breath();
      const screen = new Screen(screenElement, this.#lang, {
        submit: (command) => this.#enqueue({ command, echoed: true }),
        interrupt: () => this.#interrupt(),
        complete: (line, cursor) => session.client.complete(line, cursor),
        link: (command) => void this.run(command),
        file: (name) => this.#files?.save(name),
      });
      this.#files = new WrittenFiles(this.querySelector<HTMLElement>('.term-files'), this.#lang);
      await breath();
      screenElement.hidden = false;
      this.querySelector<HTMLElement>('.term-static')?.setAttribute('hidden', '');
      this.classList.add('is-live');
      // The page is laid out anew here; xterm.js then measures without doing it.
      await frame();
      await screen.open(this.dataset['label'] ?? 'terminal', this.#keysHint());
      this.#screen = screen;
      await breath();
      screen.output(opened.banner);
      screen.prompt(opened.prompt);
      await screen.flushed();
      this.dataset['ready'] = String(Math.round(performance.now() - started));
      this.#status(this.#texts.ready);
      if (focus && !matchMedia('(pointer: coarse)').matches) screen.focus();
    } catch (error) {
      closeSession(key);
      const hint = navigator.onLine || this.source ? (error as { hint?: Record<string, string> }).hint?.[this.#lang] : this.#texts.notSaved;
      status.textContent = `${this.#texts.failed}${error instanceof Error ? error.message : String(error)}${hint ? ` – ${hint}` : ''}`;
      status.classList.add('is-error');
      throw error;
    } finally {
      this.classList.remove('is-starting');
      this.#bar.stop();
    }
  }

  /** The hint about keys that is visible below the screen also describes the screen; gives its id. */
  #keysHint(): string | undefined {
    const hint = this.querySelector<HTMLElement>('.term-keys');
    if (!hint) return undefined;
    hint.id ||= `term-keys-${[...document.querySelectorAll('.term-keys')].indexOf(hint)}`;
    return hint.id;
  }

  /** PDBs for the dump: they count from the next command on. */
  async addSymbols(files: readonly File[]): Promise<void> {
    await this.start(false);
    this.#session?.client.addSymbols(files);
  }

  /** Runs a command as if typed; starts the terminal if need be. */
  async run(command: string): Promise<void> {
    try {
      await this.start(false);
    } catch {
      return; // The status line says why.
    }
    this.#enqueue({ command });
  }

  #interrupt(): void {
    this.#queue = [];
    this.#running?.cancel();
  }

  #enqueue(item: Queued): void {
    this.#queue.push(item);
    if (!this.#running) void this.#next();
  }

  async #next(): Promise<void> {
    const screen = this.#screen;
    const session = this.#session;
    const item = this.#queue.shift();
    if (item === undefined || !screen || !session) return;
    const { command } = item;
    if (!item.echoed) screen.echo(command);
    screen.busy();
    this.#status(item.restored ? this.#texts.restoring : this.#texts.running);
    this.#bar.start();
    const answer = new Answer(this.#lang);
    const reported: OutputNode[] = [];
    const run = session.client.run(command, {
      output: (nodes) => {
        if (nodes.some((n) => n.kind === 'line' && n.parts.length === 1 && n.parts[0] === '\f')) screen.clear();
        this.#files?.take(nodes);
        screen.output(answer.take(nodes));
        announceFacts(this.dump, nodes);
        if (reported.length < REPORTED) reported.push(...nodes.filter((n) => n.kind !== 'chunk').slice(0, REPORTED));
      },
      progress: (done, total) => this.#bar.set(done, total),
    });
    this.#running = run;
    const result = await run.done;
    screen.output(answer.finish());
    this.#files?.end();
    this.#running = undefined;
    this.#bar.stop();
    // Done is what can be seen.
    await screen.flushed();
    if (result.status === 'cancelled') screen.write(`${this.#texts.cancelled}\n`);
    else this.#commands.push(command);
    this.#answer = answer;
    this.#save();
    this.#showLinks(answer.links);
    if (!item.restored) this.#speak(answer.spoken());
    const save = this.#button('.term-save');
    if (save) {
      save.hidden = !answer.cut;
      if (answer.cut) save.textContent = this.#texts.save(answer.lines);
    }
    const { traffic } = session.client;
    const size = traffic >= 1 << 20 ? `${(traffic / (1 << 20)).toFixed(1)} MB` : `${Math.round(traffic / 1024)} KB`;
    const last = item.restored && !this.#queue.some((q) => q.restored);
    this.#status(last ? this.#texts.restored(this.#commands.length) : `${this.#texts.done(`${Math.round(result.milliseconds)} ms`)} · ${this.#texts.fetched(size)}`);
    this.dataset['last'] = JSON.stringify({ command, status: result.status, milliseconds: Math.round(result.milliseconds), traffic });
    screen.prompt(session.client.prompt);
    // Its text is made only for who asks.
    const lang = this.#lang;
    const detail = { command, get text() { return renderText(reported, lang); } };
    this.dispatchEvent(new CustomEvent('dumplab:done', { bubbles: true, detail }));
    if (this.#queue.length) void this.#next();
  }

  /** The lab with this dump and these commands; a reader's own file cannot be in a link. */
  async #copyLink(): Promise<void> {
    const commands = this.#commands.length ? this.#commands : (JSON.parse(this.dataset['run'] ?? '[]') as string[]);
    const { debugger: name, bitness } = this.#source().host;
    const url = new URL((this.dataset['lab'] ?? '') + writeInvestigation({ dump: this.dump, host: `${name}-${bitness}`, commands }), location.href).href;
    try {
      await navigator.clipboard.writeText(url);
      this.#status(this.#texts.linkCopied);
    } catch {
      this.#status(this.#texts.copyFailed);
    }
  }

  /** The last answer, or the transcript of the page before anything ran. */
  #pin(): void {
    const command = this.#answer ? (this.#commands.at(-1) ?? '') : (JSON.parse(this.dataset['run'] ?? '[]') as string[]).join(' ; ');
    const answer = this.#answer?.text ?? this.querySelector<HTMLElement>('.term-static')?.innerText ?? '';
    const text = typeof answer === 'string' ? answer : answer.join('');
    const kept = addPin({ dump: this.dump, page: location.pathname, command, text });
    this.#status(kept ? this.#texts.pinned : this.#texts.notPinned);
  }

  #status(text: string): HTMLElement {
    const status = this.querySelector<HTMLElement>('.term-status') ?? this;
    status.classList.remove('is-error');
    status.textContent = text;
    return status;
  }

  /** The links of the last answer as buttons: for keyboards, fingers and screen readers. */
  #showLinks(links: readonly string[]): void {
    const box = this.querySelector<HTMLDetailsElement>('.term-links');
    const list = box?.querySelector('ul');
    if (!box || !list) return;
    box.hidden = links.length === 0;
    list.replaceChildren(...links.map((command) => {
      const button = Object.assign(document.createElement('button'), { type: 'button', textContent: command, className: 'term-link' });
      button.setAttribute('translate', 'no');
      button.addEventListener('click', () => void this.run(command));
      const entry = document.createElement('li');
      entry.append(button);
      return entry;
    }));
  }

  #speak(pieces: readonly string[]): void {
    const log = this.querySelector('.term-log');
    if (!log) return;
    log.replaceChildren(...pieces.map((text) => Object.assign(document.createElement('p'), { textContent: text })));
  }

  async #copy(): Promise<void> {
    this.#status(await copyText(this.#screen?.text() ?? this.querySelector<HTMLElement>('.term-static')?.innerText ?? '') ? this.#texts.copied : this.#texts.copyFailed);
  }

  async #copyCommands(): Promise<void> {
    const flavor = this.querySelector<HTMLSelectElement>('.term-flavor')?.value === 'dotnet-dump' ? 'dotnet-dump' : 'windbg';
    this.#status(await copyCommands(this.#commands.length ? { commands: this.#commands, client: this.#session?.client } : this.#own, flavor, this.#lang));
  }
}

/** Lets the page paint and answer before the next piece of work. */
function breath(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

if (!customElements.get('dump-terminal')) customElements.define('dump-terminal', TerminalElement);

/** Chips in the prose run in the terminal before them, else in the first one behind them. */
enableChips(pageLang(), (chip, command) => {
  const terminals = [...document.querySelectorAll<TerminalElement>('dump-terminal')];
  const before = terminals.filter((t) => t.compareDocumentPosition(chip) & Node.DOCUMENT_POSITION_FOLLOWING).at(-1);
  const terminal = before ?? terminals[0];
  terminal?.scrollIntoView({ block: 'nearest', behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth' });
  void terminal?.run(command);
});
