import type { Lang } from '../../lib/bytes/index.ts';
import { baseName, fileText } from '../../lib/output/index.ts';
import type { FileWritten, OutFile, OutputNode } from '../../lib/output/index.ts';
import { saveBlob } from './copy.ts';
import { STRINGS } from './strings.ts';

/** Files kept for saving (saveallmodules writes some hundred); the oldest goes when there are more. */
const MAX_FILES = 300;

interface Kept { readonly blob: Blob; readonly node: FileWritten }

/** Files that commands wrote: collected as they come, offered as buttons, saved when the reader says so. */
export class WrittenFiles {
  readonly #lang: Lang;
  readonly #box: HTMLElement | null;
  readonly #open = new Map<string, { readonly file: OutFile; readonly parts: BlobPart[] }>();
  readonly #kept = new Map<string, Kept>();

  constructor(box: HTMLElement | null, lang: Lang) {
    this.#box = box;
    this.#lang = lang;
  }

  /** Takes pieces and ends of files out of what a command gives. */
  take(nodes: readonly OutputNode[]): void {
    for (const node of nodes) {
      if (node.kind === 'chunk') this.#parts(node.file).push(node.bytes as BlobPart);
      else if (node.kind === 'file') {
        const blob = new Blob(this.#parts(node.file), { type: node.file.mime });
        this.#open.delete(node.file.name);
        this.#kept.delete(node.file.name);
        this.#kept.set(node.file.name, { blob, node: { ...node, size: blob.size } });
        for (const oldest of this.#kept.keys()) if (this.#kept.size > MAX_FILES) this.#kept.delete(oldest);
        this.#show();
      }
    }
  }

  /** A command has ended: a file it left incomplete is none. */
  end(): void {
    for (const [name, { file }] of this.#open) if (!file.live) this.#open.delete(name);
  }

  #parts(file: OutFile): BlobPart[] {
    let open = this.#open.get(file.name);
    if (!open) {
      const before = file.mode === 'append' ? this.#kept.get(file.name) : undefined;
      this.#open.set(file.name, (open = { file, parts: before ? [before.blob] : [] }));
    }
    return open.parts;
  }

  /** Hands a file to the browser, which asks or saves as it is set up to. */
  save(name: string): void {
    const kept = this.#kept.get(name);
    if (kept) saveBlob(kept.blob, baseName(name));
  }

  #show(): void {
    const list = this.#box?.querySelector('ul');
    if (!this.#box || !list) return;
    this.#box.hidden = this.#kept.size === 0;
    list.replaceChildren(...[...this.#kept].reverse().map(([name, { node }]) => {
      const button = Object.assign(document.createElement('button'), { type: 'button', className: 'term-file', textContent: STRINGS[this.#lang].saveFile(fileText(node)[this.#lang].replace(/^(File: |檔案：)/, '')) });
      button.addEventListener('click', () => this.save(name));
      const entry = document.createElement('li');
      entry.append(button);
      return entry;
    }));
  }
}
