import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import type { LocalText } from '../lib/bytes/index.ts';
import { message } from '../lib/output/index.ts';
import type { OutFile, OutputNode } from '../lib/output/index.ts';

const FLAGS = { new: 'wx', overwrite: 'w', append: 'a' } as const;

/** Puts the files that commands write onto the disk, under the names they were given; nothing is overwritten unless it is allowed. */
export class FileWriter {
  readonly #overwrite: boolean;
  /** Open files by path; no handle: refused, its pieces are dropped. */
  readonly #open = new Map<string, { readonly file: OutFile; readonly handle: number | undefined }>();

  constructor(overwrite: boolean) {
    this.#overwrite = overwrite;
  }

  /** Takes pieces and ends of files out of what a command gives; adds what went wrong. */
  take(nodes: readonly OutputNode[]): OutputNode[] {
    return nodes.flatMap((node): OutputNode[] => {
      if (node.kind === 'chunk') return this.#write(node.file, node.bytes);
      if (node.kind !== 'file') return [node];
      const problem = this.#open.has(resolve(node.file.name)) ? [] : this.#write(node.file, new Uint8Array(0));
      const handle = this.#open.get(resolve(node.file.name))?.handle;
      this.#open.delete(resolve(node.file.name));
      if (handle === undefined) return problem;
      closeSync(handle);
      return [node];
    });
  }

  #write(file: OutFile, bytes: Uint8Array): OutputNode[] {
    const path = resolve(file.name);
    try {
      if (!this.#open.has(path)) this.#open.set(path, { file, handle: openSync(path, FLAGS[file.mode === 'new' && this.#overwrite ? 'overwrite' : file.mode]) });
      const handle = this.#open.get(path)?.handle;
      if (handle !== undefined) for (let done = 0; done < bytes.byteLength; ) done += writeSync(handle, bytes, done);
      return [];
    } catch (error) {
      const handle = this.#open.get(path)?.handle;
      if (handle !== undefined) closeSync(handle);
      this.#open.set(path, { file, handle: undefined });
      return [message('error', reason(file.name, error))];
    }
  }

  /** A command has ended: what it left unfinished is removed. */
  end(): void {
    for (const [path, { file, handle }] of this.#open) {
      if (file.live) continue;
      this.#open.delete(path);
      if (handle === undefined) continue;
      closeSync(handle);
      rmSync(path, { force: true });
    }
  }
}

function reason(name: string, error: unknown): LocalText {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'EEXIST') return { en: `${name} exists already and was not overwritten; -o allows it.`, 'zh-tw': `${name} 已存在，未覆寫；加上 -o 即可覆寫。` };
  const text = error instanceof Error ? error.message : String(error);
  return { en: `${name} could not be written: ${text}`, 'zh-tw': `無法寫入 ${name}：${text}` };
}
