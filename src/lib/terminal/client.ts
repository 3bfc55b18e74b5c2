import type { Lang, LocalText } from '../bytes/index.ts';
import type { Converted, Flavor } from '../engine/index.ts';
import type { OutputNode } from '../output/index.ts';
import type { DumpLocation, HostSetting, Reply, Request } from './protocol.ts';

export interface RunEvents {
  output(nodes: readonly OutputNode[]): void;
  progress?(done: number, total: number, label?: LocalText): void;
}

export interface RunResult { readonly status: 'ok' | 'error' | 'cancelled'; readonly milliseconds: number }

export interface Opened { readonly prompt: string; readonly banner: readonly OutputNode[]; readonly milliseconds: number }

interface Pending { readonly events: RunEvents; readonly resolve: (result: RunResult) => void }

/** A dump in a worker, as the page sees it. All terminals of a page that show the same dump share one. */
export class DumpClient {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  readonly #completing = new Map<number, (items: { from: number; items: readonly string[] }) => void>();
  readonly #converting = new Map<number, (result: Converted) => void>();
  #next = 1;
  #opening: { resolve: (opened: Opened) => void; reject: (error: Error) => void; progress?: RunEvents['progress'] } | undefined;
  prompt = '';
  /** Bytes fetched from the site for this dump. */
  traffic = 0;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.onmessage = (event: MessageEvent<Reply>) => this.#receive(event.data);
    worker.onerror = (event) => this.#opening?.reject(new Error(event.message || 'worker failed'));
  }

  #send(request: Request): void {
    this.#worker.postMessage(request);
  }

  open(location: DumpLocation, lang: Lang, host: HostSetting, progress?: RunEvents['progress']): Promise<Opened> {
    return new Promise((resolve, reject) => {
      this.#opening = { resolve, reject, ...(progress && { progress }) };
      this.#send({ type: 'open', location, lang, host });
    });
  }

  /** Starts a command; `cancel` stops it (Ctrl+C). */
  run(command: string, events: RunEvents): { readonly done: Promise<RunResult>; cancel(): void } {
    const id = this.#next++;
    const done = new Promise<RunResult>((resolve) => this.#pending.set(id, { events, resolve }));
    this.#send({ type: 'run', id, command });
    return { done, cancel: () => this.#send({ type: 'cancel', id }) };
  }

  complete(line: string, cursor: number): Promise<{ from: number; items: readonly string[] }> {
    const id = this.#next++;
    return new Promise((resolve) => {
      this.#completing.set(id, resolve);
      this.#send({ type: 'complete', id, line, cursor });
    });
  }

  /** The commands as another debugger takes them. */
  convert(commands: readonly string[], flavor: Flavor): Promise<Converted> {
    const id = this.#next++;
    return new Promise((resolve) => {
      this.#converting.set(id, resolve);
      this.#send({ type: 'convert', id, commands, flavor });
    });
  }

  /** Gives PDBs to the dump that is open. */
  addSymbols(files: readonly File[]): void {
    this.#send({ type: 'symbols', files });
  }

  close(): void {
    this.#worker.terminate();
  }

  #receive(reply: Reply): void {
    switch (reply.type) {
      case 'opened':
        this.prompt = reply.prompt;
        this.#opening?.resolve(reply);
        this.#opening = undefined;
        return;
      case 'failed':
        this.#opening?.reject(Object.assign(new Error(reply.detail), { hint: reply.message }));
        this.#opening = undefined;
        return;
      case 'output':
        this.#pending.get(reply.id)?.events.output(reply.nodes);
        return;
      case 'progress':
        if (reply.id === 0) this.#opening?.progress?.(reply.done, reply.total, reply.label);
        else this.#pending.get(reply.id)?.events.progress?.(reply.done, reply.total, reply.label);
        return;
      case 'done': {
        this.prompt = reply.prompt;
        const pending = this.#pending.get(reply.id);
        this.#pending.delete(reply.id);
        pending?.resolve({ status: reply.status, milliseconds: reply.milliseconds });
        return;
      }
      case 'completions':
        this.#completing.get(reply.id)?.(reply);
        this.#completing.delete(reply.id);
        return;
      case 'converted':
        this.#converting.get(reply.id)?.(reply.result);
        this.#converting.delete(reply.id);
        return;
      case 'traffic':
        this.traffic = reply.bytes;
    }
  }
}
