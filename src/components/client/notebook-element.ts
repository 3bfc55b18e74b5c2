import { readNotebook, saveNotebook, toHtml, toMarkdown } from './notebook.ts';
import type { Notebook, Pin } from './notebook.ts';
import { pageLang, STRINGS } from './strings.ts';

/** `<evidence-notebook>`: the pinned outputs, their notes and their order, and the report made of them. */
class NotebookElement extends HTMLElement {
  readonly #texts = STRINGS[pageLang()].notebook;

  connectedCallback(): void {
    this.querySelector<HTMLElement>('.notebook-body')?.removeAttribute('hidden');
    const title = this.querySelector<HTMLInputElement>('[name=title]');
    if (title) {
      title.value = readNotebook().title;
      title.addEventListener('input', () => this.#change((n) => ({ ...n, title: title.value }), false));
    }
    this.#on('.notebook-markdown', () => this.#save('report.md', toMarkdown(readNotebook(), this.#texts.report), 'text/markdown'));
    this.#on('.notebook-html', () => this.#save('report.html', toHtml(readNotebook(), this.#texts.report, document.documentElement.lang), 'text/html'));
    this.#on('.notebook-clear', () => {
      if (confirm(this.#texts.sure)) this.#change(() => ({ title: '', pins: [] }));
    });
    this.#draw();
  }

  #on(selector: string, act: () => void): void {
    this.querySelector(selector)?.addEventListener('click', act);
  }

  #save(name: string, text: string, type: string): void {
    const url = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
    Object.assign(document.createElement('a'), { href: url, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }

  #change(edit: (notebook: Notebook) => Notebook, redraw = true): void {
    if (!saveNotebook(edit(readNotebook()))) this.#say(this.#texts.full);
    if (redraw) this.#draw();
  }

  #say(text: string): void {
    const status = this.querySelector('.notebook-status');
    if (status) status.textContent = text;
  }

  #draw(): void {
    const { pins } = readNotebook();
    this.querySelector('.notebook-pins')?.replaceChildren(...pins.map((pin, i) => this.#pin(pin, i, pins.length)));
    this.querySelector('.notebook-empty')?.toggleAttribute('hidden', pins.length > 0);
    for (const button of this.querySelectorAll<HTMLButtonElement>('.notebook-actions button')) button.disabled = pins.length === 0;
  }

  #pin(pin: Pin, index: number, count: number): HTMLElement {
    const item = document.createElement('li');
    const head = Object.assign(document.createElement('p'), { className: 'notebook-head' });
    const command = Object.assign(document.createElement('code'), { textContent: pin.command });
    command.translate = false;
    head.append(command, Object.assign(document.createElement('span'), { className: 't-dim', textContent: `${pin.dump} · ${pin.at.slice(0, 16).replace('T', ' ')} UTC` }));
    const note = Object.assign(document.createElement('textarea'), { value: pin.note, rows: 3 });
    note.setAttribute('aria-label', `${this.#texts.note}: ${pin.command}`);
    note.placeholder = this.#texts.note;
    note.addEventListener('input', () => this.#change((n) => ({ ...n, pins: n.pins.map((p) => (p.id === pin.id ? { ...p, note: note.value } : p)) }), false));
    const text = Object.assign(document.createElement('pre'), { textContent: pin.text, tabIndex: 0 });
    text.translate = false;
    text.setAttribute('role', 'region');
    text.setAttribute('aria-label', pin.command);
    const actions = Object.assign(document.createElement('p'), { className: 'notebook-row' });
    actions.append(
      this.#button(this.#texts.up, index === 0, () => this.#move(pin.id, -1)), this.#button(this.#texts.down, index === count - 1, () => this.#move(pin.id, 1)),
      this.#button(this.#texts.remove, false, () => this.#change((n) => ({ ...n, pins: n.pins.filter((p) => p.id !== pin.id) }))),
    );
    item.append(head, note, text, actions);
    return item;
  }

  #button(label: string, disabled: boolean, act: () => void): HTMLButtonElement {
    const button = Object.assign(document.createElement('button'), { type: 'button', textContent: label, disabled });
    button.addEventListener('click', act);
    return button;
  }

  #move(id: string, by: number): void {
    this.#change((n) => {
      const pins = [...n.pins];
      const from = pins.findIndex((p) => p.id === id);
      const [pin] = pins.splice(from, 1);
      pins.splice(from + by, 0, pin);
      return { ...n, pins };
    });
  }
}

if (!customElements.get('evidence-notebook')) customElements.define('evidence-notebook', NotebookElement);
