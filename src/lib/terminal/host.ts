import { isDumpError } from '../bytes/index.ts';
import type { ByteSource, LocalText, NamedSource } from '../bytes/index.ts';
import { convert, Engine } from '../engine/index.ts';
import type { Capabilities } from '../commands/index.ts';
import type { Need, OutputNode } from '../output/index.ts';
import { drive, macrotaskPause } from './driver.ts';
import type { DumpLocation, Reply, Request } from './protocol.ts';

/** Opens what a request points at; may fetch the first part of a packed sample and report its progress. */
export type OpenLocation = (location: DumpLocation, progress: (done: number, total: number) => void) => Promise<{ source: ByteSource; name: string; runtime?: ByteSource; symbols?: readonly NamedSource[] }>;

/** Bytes of a file the reader chose. */
export type ReadFile = (file: Blob) => ByteSource;

/** Loads what commands need once they need it; rejects when it cannot be had. */
export type LoadNeed = <N extends Need>(need: N) => Promise<NonNullable<Capabilities[N]>>;

const OPEN_FAILED: LocalText = { en: 'The dump could not be opened.', 'zh-tw': '無法開啟這個傾印檔。' };
const OPENING: LocalText = { en: 'Fetching the dump', 'zh-tw': '下載傾印中' };
const NOT_OPEN: LocalText = { en: 'No dump is open yet.', 'zh-tw': '尚未開啟傾印檔。' };

/** The worker's side of the protocol, free of worker APIs: requests in, replies out. Commands run one after another. */
export class TerminalHost {
  readonly #post: (reply: Reply) => void;
  readonly #open: OpenLocation;
  readonly #pause = macrotaskPause();
  readonly #cancelled = new Set<number>();
  #engine: Engine | undefined;
  #queue: Promise<void> = Promise.resolve();
  readonly #load: LoadNeed | undefined;
  readonly #readFile: ReadFile | undefined;
  readonly #capabilities: { -readonly [N in Need]?: Capabilities[N] } = {};

  constructor(post: (reply: Reply) => void, open: OpenLocation, load?: LoadNeed, readFile?: ReadFile) {
    this.#post = post;
    this.#open = open;
    this.#load = load;
    this.#readFile = readFile;
  }

  /** Takes a request; answers come through `post`. Never throws. */
  handle(request: Request): void {
    switch (request.type) {
      case 'cancel':
        this.#cancelled.add(request.id);
        return;
      case 'lang':
        if (this.#engine) this.#engine.context.lang = request.lang;
        return;
      case 'complete':
        this.#post({ type: 'completions', id: request.id, ...(this.#engine?.complete(request.line, request.cursor) ?? { from: request.cursor, items: [] }) });
        return;
      case 'convert':
        this.#post({ type: 'converted', id: request.id, result: convert(request.commands, request.flavor) });
        return;
      case 'open':
        this.#enqueue(() => this.#openDump(request));
        return;
      case 'symbols':
        this.#enqueue(async () => {
          for (const file of request.files) if (this.#readFile) this.#engine?.session.symbols.add(file.name, this.#readFile(file));
        });
        return;
      case 'run':
        this.#enqueue(() => this.#run(request.id, request.command));
    }
  }

  #enqueue(task: () => Promise<void>): void {
    this.#queue = this.#queue.then(task).catch((error: unknown) => this.#post({ type: 'failed', message: OPEN_FAILED, detail: String(error) }));
  }

  async #openDump(request: Extract<Request, { type: 'open' }>): Promise<void> {
    const started = performance.now();
    try {
      const { source, name, runtime, symbols } = await this.#open(request.location, (done, total) => this.#post({ type: 'progress', id: 0, done, total, label: OPENING }));
      const engine = new Engine({ host: request.host, lang: request.lang, capabilities: this.#capabilities });
      const banner = [...engine.open(source, name, runtime, symbols)];
      this.#engine = engine;
      this.#post({ type: 'opened', prompt: engine.prompt, banner, milliseconds: performance.now() - started });
    } catch (error) {
      const hint = isDumpError(error) && error.hint ? error.hint : OPEN_FAILED;
      this.#post({ type: 'failed', message: hint, detail: error instanceof Error ? error.message : String(error) });
    }
  }

  /** A failure is told by the engine, which misses what was not loaded; the next command tries again. */
  async #provide(need: Need): Promise<void> {
    this.#capabilities[need] = await this.#load?.(need).catch(() => undefined);
  }

  async #run(id: number, command: string): Promise<void> {
    const started = performance.now();
    const engine = this.#engine;
    const done = (status: 'ok' | 'error' | 'cancelled') => this.#post({ type: 'done', id, status, prompt: engine?.prompt ?? '> ', milliseconds: performance.now() - started });
    if (!engine) {
      this.#post({ type: 'output', id, nodes: [{ kind: 'message', style: 'error', text: NOT_OPEN }] });
      return done('error');
    }
    if (this.#cancelled.delete(id)) return done('cancelled');
    const events = {
      output: (nodes: readonly OutputNode[]) => this.#post({ type: 'output', id, nodes }),
      progress: (p: { done: number; total: number; label?: LocalText }) => this.#post({ type: 'progress', id, done: p.done, total: p.total, ...(p.label && { label: p.label }) }),
    };
    try {
      done(await drive(engine.execute(command), events, this.#pause, () => this.#cancelled.delete(id), (need) => this.#provide(need)));
    } catch (error) {
      const text = `internal error: ${error instanceof Error ? error.message : String(error)}`;
      events.output([{ kind: 'message', style: 'error', text: { en: text, 'zh-tw': `內部錯誤：${error instanceof Error ? error.message : String(error)}` } }]);
      done('error');
    }
  }
}
