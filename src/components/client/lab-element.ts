import type { HostSetting } from '../../lib/terminal/index.ts';
import { closeSession } from './clients.ts';
import { TerminalElement } from './terminal-element.ts';

/** `<dump-lab>`: chooses what its terminal opens: a sample, or a file that stays on this machine. */
class LabElement extends HTMLElement {
  #opened: string | undefined;
  #fresh: HTMLElement | undefined;

  connectedCallback(): void {
    const form = this.querySelector('form');
    const file = this.querySelector<HTMLInputElement>('input[type=file]');
    const template = this.querySelector('dump-terminal')?.cloneNode(true) as HTMLElement | undefined;
    if (!form || !file || !template) return;
    this.#fresh = template;
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const id = new FormData(form).get('sample') as string;
      this.#open(id, { kind: 'packed', url: new URL(`${this.dataset['base']}${id}/index.json`, location.href).href });
    });
    file.addEventListener('change', () => this.#openFile(file.files?.[0]));
    this.addEventListener('dragover', (event) => event.preventDefault());
    this.addEventListener('drop', (event) => {
      event.preventDefault();
      this.#openFile(event.dataTransfer?.files[0]);
    });
  }

  #openFile(file: File | undefined): void {
    if (file) this.#open(file.name, { kind: 'file', file });
  }

  #host(): HostSetting {
    const value = this.querySelector<HTMLSelectElement>('[name=host]')?.value ?? 'windbg-64';
    return { debugger: value.startsWith('windbg') ? 'windbg' : 'dotnet-dump', bitness: value.endsWith('32') ? 32 : 64 };
  }

  /** A new terminal in place of the old one: sessions do not mix. */
  #open(name: string, location: { kind: 'packed'; url: string } | { kind: 'file'; file: File }): void {
    if (this.#opened) closeSession(this.#opened);
    const old = this.querySelector('dump-terminal');
    const terminal = this.#fresh?.cloneNode(true) as TerminalElement | undefined;
    if (!old || !terminal) return;
    const host = this.#host();
    this.#opened = `lab:${name}:${Date.now()}`;
    terminal.source = { key: this.#opened, location, host };
    terminal.dataset['dump'] = name;
    terminal.dataset['run'] = '[]';
    terminal.dataset['nosave'] = '';
    const label = terminal.querySelector('.term-dump');
    if (label) label.textContent = name;
    old.replaceWith(terminal);
    void terminal.start(false).catch(() => undefined);
  }
}

if (!customElements.get('dump-lab')) customElements.define('dump-lab', LabElement);
