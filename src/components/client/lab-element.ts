import type { DumpLocation, HostSetting } from '../../lib/terminal/index.ts';
import { closeSession, packUrl } from './clients.ts';
import { memoryKey, readMemory, writeMemory } from './memory.ts';
import type { Remembered } from './memory.ts';
import { readInvestigation } from './permalink.ts';
import { pageLang, STRINGS } from './strings.ts';
import { TerminalElement } from './terminal-element.ts';

const SYMBOL_FILE = /\.pdb$/i;
const RUNTIME_FILE = /^(coreclr\.dll|libcoreclr\.so)$/i;
const KEY = 'dumplab.lab';
/** What the lab had open, for the next page of this tab: a sample opens again, a file must be chosen again. */
interface LabState { readonly name: string; readonly sample: boolean; readonly size: number; readonly host: string }

function readState(): LabState | undefined {
  try {
    const value = JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as Partial<LabState> | null;
    if (typeof value?.name !== 'string' || typeof value.host !== 'string') return undefined;
    return { name: value.name, sample: value.sample === true, size: Number(value.size), host: value.host };
  } catch {
    return undefined;
  }
}

/** `<dump-lab>`: chooses what its terminal opens: a sample, or a file that stays on this machine. */
class LabElement extends HTMLElement {
  #state: LabState | undefined;
  #session: string | undefined;
  #fresh: HTMLElement | undefined;
  #terminal: TerminalElement | undefined;
  /** A file that was open before the language changed. */
  #awaited: LabState | undefined;

  connectedCallback(): void {
    const form = this.querySelector('form');
    const file = this.querySelector<HTMLInputElement>('input[type=file]');
    const first = this.querySelector<HTMLElement>('dump-terminal');
    if (!form || !file || !first) return;
    this.classList.add('is-enhanced');
    this.#fresh = first.cloneNode(true) as HTMLElement;
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#openSample(new FormData(form).get('sample') as string);
    });
    file.addEventListener('change', () => this.#openFile(file.files));
    this.#acceptDrops();
    addEventListener('pagehide', () => this.#save());
    if (!this.#offerLinked()) this.#resume();
    addEventListener('hashchange', () => this.#offerLinked());
  }

  /** A link that brings commands: they are shown, and run when the reader says so. */
  #offerLinked(): boolean {
    const samples = [...(this.querySelector<HTMLSelectElement>('[name=sample]')?.options ?? [])].map((o) => o.value);
    const linked = readInvestigation(location.hash, samples);
    const place = this.querySelector<HTMLElement>('.lab-message');
    if (!linked || !place) return false;
    const texts = STRINGS[pageLang()];
    const run = Object.assign(document.createElement('button'), { type: 'button', textContent: texts.runLinked, className: 'lab-linked' });
    run.addEventListener('click', () => {
      for (const [name, value] of [['sample', linked.dump], ['host', linked.host]] as const) {
        const select = this.querySelector<HTMLSelectElement>(`[name=${name}]`);
        if (select) select.value = value;
      }
      this.#openSample(linked.dump);
      for (const command of linked.commands) void this.#terminal?.run(command);
    });
    const list = linked.commands.flatMap((command) => [Object.assign(document.createElement('code'), { textContent: command }), ' ']);
    place.classList.remove('is-error');
    place.replaceChildren(texts.linked(linked.commands.length, linked.dump), ...list, run);
    return true;
  }

  #acceptDrops(): void {
    const zone = this.querySelector<HTMLElement>('.lab-own');
    const over = (on: boolean) => zone?.classList.toggle('is-over', on);
    this.addEventListener('dragover', (event) => {
      event.preventDefault();
      over(true);
    });
    this.addEventListener('dragleave', (event) => {
      if (!this.contains(event.relatedTarget as Node | null)) over(false);
    });
    this.addEventListener('drop', (event) => {
      event.preventDefault();
      over(false);
      this.#openFile(event.dataTransfer?.files);
    });
  }

  /** After a language switch or a reload: the sample as it was; for a file the request to choose it again. */
  #resume(): void {
    const state = readState();
    if (!state) return;
    const host = this.querySelector<HTMLSelectElement>('[name=host]');
    if (host) host.value = state.host;
    const memory = readMemory(KEY + '.terminal');
    if (state.sample) {
      const sample = this.querySelector<HTMLSelectElement>('[name=sample]');
      if (sample) sample.value = state.name;
      this.#openSample(state.name, memory);
    } else {
      this.#awaited = state;
      this.#say(STRINGS[pageLang()].chooseAgain(state.name, memory.commands.length));
    }
  }

  #save(): void {
    if (!this.#state || !this.#terminal) return;
    try {
      sessionStorage.setItem(KEY, JSON.stringify(this.#state));
      writeMemory(KEY + '.terminal', this.#terminal.memory);
    } catch {
      // Without storage a switch of language starts the lab anew.
    }
  }

  #openSample(id: string, memory?: Remembered): void {
    this.#open({ name: id, sample: true, size: 0, host: this.#hostValue }, { kind: 'packed', url: packUrl(this, id) }, memory);
  }

  /** The dump, and beside it the runtime's own file and PDBs when the reader gave them too; PDBs alone are for the dump that is open. */
  #openFile(files: FileList | null | undefined): void {
    const all = [...(files ?? [])];
    const runtime = all.length > 1 ? all.find((f) => RUNTIME_FILE.test(f.name)) : undefined;
    const symbols = all.filter((f) => SYMBOL_FILE.test(f.name));
    const file = all.find((f) => f !== runtime && !symbols.includes(f));
    if (!file) {
      if (symbols.length) this.#addSymbols(symbols);
      return;
    }
    const again = this.#awaited?.name === file.name && this.#awaited.size === file.size;
    this.#open({ name: file.name, sample: false, size: file.size, host: this.#hostValue }, { kind: 'file', file, ...(runtime && { runtime }), ...(symbols.length && { symbols }) }, again ? readMemory(KEY + '.terminal') : undefined);
    this.#awaited = undefined;
  }

  #addSymbols(files: readonly File[]): void {
    const terminal = this.querySelector<TerminalElement>('dump-terminal');
    const names = files.map((f) => f.name).join(', ');
    const texts = STRINGS[pageLang()];
    terminal?.addSymbols(files).then(() => this.#say(texts.symbolsAdded(names)), () => undefined);
  }

  get #hostValue(): string {
    return this.querySelector<HTMLSelectElement>('[name=host]')?.value ?? 'windbg-dump';
  }

  #say(text: string, error = false): void {
    const place = this.querySelector<HTMLElement>('.lab-message');
    if (!place) return;
    place.textContent = text;
    place.classList.toggle('is-error', error);
  }

  /** A new terminal in place of the old one: sessions do not mix. */
  #open(state: LabState, where: DumpLocation, memory: Remembered | undefined): void {
    if (this.#session) closeSession(this.#session);
    const old = this.querySelector('dump-terminal');
    const terminal = this.#fresh?.cloneNode(true) as TerminalElement | undefined;
    if (!old || !terminal) return;
    sessionStorage.removeItem(memoryKey(old));
    const host: HostSetting = { debugger: state.host.startsWith('windbg') ? 'windbg' : 'dotnet-dump', bitness: state.host === 'windbg-dump' ? 'dump' : state.host.endsWith('32') ? 32 : 64 };
    this.#state = state;
    this.#session = `lab:${state.name}:${Date.now()}`;
    terminal.source = { key: this.#session, location: where, host };
    terminal.dataset['dump'] = state.name;
    terminal.dataset['run'] = '[]';
    terminal.dataset['converted'] = '{}';
    terminal.dataset['nosave'] = '';
    const copyLink = terminal.querySelector<HTMLElement>('.term-link');
    if (copyLink) copyLink.hidden = !state.sample;
    const label = terminal.querySelector('.term-dump');
    if (label) label.textContent = state.name;
    terminal.querySelector('.term-static')?.replaceChildren();
    const flavor = terminal.querySelector<HTMLSelectElement>('.term-flavor');
    if (flavor) flavor.value = host.debugger;
    old.replaceWith(terminal);
    this.#terminal = terminal;
    this.#say('');
    if (!memory) terminal.scrollIntoView({ block: 'nearest', behavior: 'instant' });
    const started = memory ? terminal.restore(memory) : terminal.start(false);
    started.catch(() => this.#say(terminal.querySelector('.term-status')?.textContent ?? '', true));
  }
}

if (!customElements.get('dump-lab')) customElements.define('dump-lab', LabElement);
