import { ContractError, FormatError, isDumpError } from '../bytes/index.ts';
import type { ByteSource, Lang, LocalText, NamedSource } from '../bytes/index.ts';
import { AFTER_REFUSAL, ArgumentError, bitnessProblem, commandNames, findCommand, inferredNotice, isSignal, lookupText, NATIVE_COMMANDS, parseArguments, Signal } from '../commands/index.ts';
import type { Capabilities, CommandDef, SessionState } from '../commands/index.ts';
import { openDump } from '../container/index.ts';
import { SymbolFiles, withImageFile } from '../image/index.ts';
import { joinLines, line, lines, link, message } from '../output/index.ts';
import type { CommandRun, Need, OutputNode, Progress } from '../output/index.ts';
import { frameworkModule, moduleOfRuntimeFile } from '../runtime/index.ts';
import { expandAliases } from './aliases.ts';
import { banner } from './banner.ts';
import { complete } from './complete.ts';
import type { Completions } from './complete.ts';
import { evaluateWords } from './expressions.ts';
import { withLog } from './log.ts';
import { refusal } from './refusal.ts';
import { newSession, SessionContext } from './session.ts';
import { splitCommand, splitStatements } from './statements.ts';
import { suggest } from './suggest.ts';

const MAX_DEPTH = 32;
/** Names that mean another command in dotnet-dump than in WinDbg. */
const TERMINAL_NAMES: Readonly<Record<string, string>> = { threads: 'setthread', lm: 'modules', r: 'registers' };
const MAX_LINE = 1 << 16;
const MAX_ROUNDS = 1_000_000;
const MAX_ADDRESSES = 5000;
const NEEDS: Readonly<Record<Need, { readonly loading: LocalText; readonly failed: LocalText }>> = {
  disassembler: {
    loading: { en: 'Loading the disassembler', 'zh-tw': '載入反組譯器中' },
    failed: { en: 'The disassembler could not be loaded. Check the connection and run the command again.', 'zh-tw': '無法載入反組譯器。請檢查網路連線，然後重新執行指令。' },
  },
};

/** Which debugger to play: a WinDbg of one bitness, or of that of the dump. */
export type HostChoice = Partial<Omit<SessionState['host'], 'bitness'>> & { readonly bitness?: 32 | 64 | 'dump' };

/** One terminal's engine: a session, and commands run in it. */
export class Engine {
  readonly session: SessionState;
  readonly context: SessionContext;
  /** Addresses shown so far, newest last; offered by completion. */
  readonly #addresses = new Set<string>();
  #depth = 0;

  /** True when the debugger takes the bitness of the dump it opens, as one who only wants an answer would choose it. */
  readonly #asDump: boolean;

  constructor(options: { host?: HostChoice; lang?: Lang; capabilities?: Capabilities } = {}) {
    const { bitness, ...host } = options.host ?? {};
    this.#asDump = bitness === 'dump';
    this.session = newSession({ ...host, ...(bitness !== undefined && bitness !== 'dump' && { bitness }) });
    const capabilities = options.capabilities ?? {};
    this.context = new SessionContext(this.session, options.lang ?? 'en', capabilities, (command) => this.#lines(command), () => new Engine({ host: { debugger: 'dotnet-dump' }, capabilities }));
  }

  /**
   * Opens a dump and gives the debugger's greeting; throws FormatError when the file is not a dump. `runtimeFile` is the coreclr.dll or
   * libcoreclr.so of the process, or the program itself when it was published as one file, for heap dumps that lack its pages;
   * `symbols` are PDB files, by default those that come with the dump.
   */
  open(source: ByteSource, name: string, runtimeFile?: ByteSource, symbols: readonly NamedSource[] = source.symbols ?? []): Generator<OutputNode> {
    const dump = openDump(source);
    const runtime = runtimeFile && moduleOfRuntimeFile(dump);
    if (runtimeFile && !runtime) throw new FormatError('the dump names no module that the runtime file could belong to');
    this.session.dump = runtime && runtimeFile ? withImageFile(dump, runtime, runtimeFile) : dump;
    if (this.#asDump) this.session.host.bitness = dump.pointerSize === 4 ? 32 : 64;
    this.session.dumpName = name;
    this.session.symbols = new SymbolFiles();
    for (const file of symbols) this.session.symbols.add(file.name, file.source);
    this.reset();
    return banner(this.session);
  }

  /** Back to the state after opening: event thread, no aliases, nothing loaded; what was read from the dump stays cached. */
  reset(): void {
    const { dump } = this.session;
    const fresh = newSession(this.session.host);
    // lm tells which symbols are loaded: in a session that starts again none are.
    this.session.symbols.reset();
    const faulting = dump?.exception ? dump.threads.findIndex((t) => t.id === dump.exception?.threadId) : 0;
    Object.assign(this.session, { ...fresh, dump, dumpName: this.session.dumpName, symbols: this.session.symbols, thread: Math.max(0, faulting) });
  }

  get prompt(): string {
    if (this.session.host.debugger === 'dotnet-dump') return '> ';
    return `0:${String(this.session.thread).padStart(3, '0')}> `;
  }

  complete(text: string, cursor: number): Completions {
    return complete(text, cursor, [...this.#addresses].reverse());
  }

  /** Runs what was typed. What goes wrong becomes a message; only the caller's cancellation ends it early. */
  execute(text: string): CommandRun {
    return withLog(this.session, this.context.lang, `${this.prompt}${text}`, joinLines(this.#typed(text)));
  }

  /** A line from outside: whoever waits for a signal is inside of it. */
  *#typed(text: string): CommandRun {
    this.context.retry();
    try {
      yield* this.#lines(text);
    } catch (error) {
      if (!isSignal(error)) throw error;
    }
  }

  /** Runs a line or block of statements; signals go through to whoever waits for them. */
  *#lines(text: string): CommandRun {
    if (text.length > MAX_LINE) {
      yield message('error', { en: 'The command line is too long.', 'zh-tw': '指令列太長。' });
      return;
    }
    if (this.#depth >= MAX_DEPTH) {
      yield message('error', { en: 'Commands are nested too deeply.', 'zh-tw': '指令的巢狀層數過多。' });
      return;
    }
    this.#depth++;
    try {
      // `z` starts the line again; the loop ends with its condition, with Ctrl+C or here.
      let rounds = 1;
      while (yield* this.#statements(text)) {
        yield { kind: 'progress', done: 0, total: 0 };
        if (rounds++ < MAX_ROUNDS) continue;
        yield message('error', { en: `The line was stopped after ${MAX_ROUNDS} rounds.`, 'zh-tw': `這一行重複 ${MAX_ROUNDS} 次後已停止。` });
        break;
      }
    } finally {
      this.#depth--;
    }
  }

  /** True when the statements are to run again. */
  *#statements(text: string): Generator<OutputNode | Progress, boolean> {
    try {
      for (const statement of splitStatements(expandAliases(text, this.session.aliases))) yield* this.#statement(statement);
      return false;
    } catch (error) {
      if (isSignal(error, 'again')) return true;
      throw error;
    }
  }

  *#statement(statement: string): CommandRun {
    const { name, rest, bang } = splitCommand(statement);
    // SOS and the debugger both have a u: with an exclamation mark, and where only SOS is, it is SOS's.
    const terminal = this.session.host.debugger === 'dotnet-dump';
    const extension = bang || terminal ? findCommand(`!${name}`) : undefined;
    const command = extension ?? findCommand((terminal && TERMINAL_NAMES[name]) || name);
    if (command) yield* this.run(command, rest, name);
    else yield* this.#unknown(name, rest, bang);
  }

  *#unknown(name: string, rest: string, bang: boolean): CommandRun {
    const windbg = this.session.host.debugger === 'windbg';
    if (windbg) yield line(bang ? `No export ${name} found` : `Couldn't resolve error at '${name}'`);
    else yield line(`ERROR: Unrecognized SOS command '${name}'`);
    const near = windbg ? suggest(name, commandNames()) : undefined;
    if (near) {
      const meant = `${bang ? '!' : ''}${near}${rest ? ` ${rest}` : ''}`;
      const prefix = this.context.lang === 'zh-tw' ? '您是不是要輸入：' : 'Did you mean: ';
      yield line(prefix, link(meant, meant));
    }
    if (windbg && !bang) throw new Signal('error');
  }

  /** Runs one command with its untouched arguments. */
  *run(command: CommandDef, rest: string, calledAs = command.name): CommandRun {
    try {
      const evaluated = command.host === 'sos' && this.session.dump && this.session.host.debugger === 'windbg' ? evaluateWords(this.context, rest) : rest;
      const args = parseArguments(command, evaluated, calledAs);
      if (command.host === 'sos' && !command.withoutDump && this.session.dump && bitnessProblem(this.session.dump, this.session.host)) {
        yield* refusal(this.session);
        return;
      }
      for (const need of command.needs ?? []) if (!(yield* this.#provide(need))) return;
      if (command.host === 'sos' && !command.withoutDump) yield* this.#notice(command);
      for (const node of command.run(this.context, args)) {
        yield* this.#symbolNoise();
        this.#remember(node);
        yield node;
      }
      yield* this.#symbolNoise();
    } catch (error) {
      if (error instanceof ArgumentError) yield* this.#badArguments(command, error);
      else if (isDumpError(error)) {
        yield message('error', { en: error.message, 'zh-tw': error.message });
        if (error.hint) yield message('dim', error.hint);
      } else throw error;
      // An error of the debugger's own commands ends the line; extension commands report theirs and the line goes on.
      if (command.host === 'windbg') throw new Signal('error');
    }
  }

  /** Lets the host load what a command needs; false, with a message, when it could not. */
  *#provide(need: Need): Generator<OutputNode | Progress, boolean> {
    const { capabilities } = this.context;
    if (!capabilities[need]) yield { kind: 'progress', done: 0, total: 0, label: NEEDS[need].loading, need };
    if (capabilities[need]) return true;
    yield message('error', NEEDS[need].failed);
    return false;
  }

  /** After `!sym noisy` the debugger tells where it looked for symbols, before what came of it. */
  *#symbolNoise(): CommandRun {
    const lookups = this.session.symbols.takeLookups();
    if (this.session.symbolNoise) yield* lookupText(this.context, lookups);
  }

  /** Answers that rest on guessed layouts say so, every time; commands that need more than shapes are refused. */
  *#notice(command: CommandDef): CommandRun {
    const { dump } = this.session;
    if (!dump || !frameworkModule(dump)) return;
    let inferred;
    try {
      ({ inferred } = this.context.clr.target);
    } catch (error) {
      // The command itself says what is wrong, if it needs the runtime at all.
      if (isDumpError(error)) return;
      throw error;
    }
    if (!inferred) return;
    yield* inferredNotice(inferred);
    if (!command.byShape) throw new ContractError(`${inferred.name}: ${command.name} needs structures whose layout is not known`, inferred.limits[0]);
  }

  *#badArguments(command: CommandDef, error: ArgumentError): CommandRun {
    const terminal = this.session.host.debugger === 'dotnet-dump';
    const native = NATIVE_COMMANDS.has(command.name);
    const text = error.message.replaceAll('{!}', terminal ? '' : '!');
    yield* lines(terminal && command.host === 'sos' && !native ? `ERROR: ${text}` : text);
    if (AFTER_REFUSAL[command.name]) yield line(AFTER_REFUSAL[command.name]);
    const near = error.option && /^[-/]/.test(error.option) ? suggest(error.option, (command.options ?? []).flatMap((o) => [o.name, ...(o.aliases ?? [])])) : undefined;
    // dotnet-dump prints SOS's text alone; hints are for those who learn WinDbg here.
    if (terminal && command.host === 'sos') return;
    if (near) yield message('dim', { en: `Did you mean ${near}?`, 'zh-tw': `您是不是要用 ${near}？` });
    else if (error.option !== undefined) yield message('dim', { en: `Type !help ${command.name} for its options.`, 'zh-tw': `輸入 !help ${command.name} 查看可用的選項。` });
  }

  /** Addresses of facts and links: what the reader has seen and may want to complete. */
  #remember(node: OutputNode | Progress): void {
    if (node.kind === 'fact') {
      if (node.address !== undefined) this.#seen(node.address.toString(16));
    } else if (node.kind === 'row') {
      for (const { content } of node.cells) if (typeof content !== 'string' && content.kind === 'link') this.#seen(content.text);
    } else if (node.kind === 'line') {
      for (const part of node.parts) if (typeof part !== 'string' && part.kind === 'link') this.#seen(part.text);
    }
  }

  #seen(text: string): void {
    const address = text.replace('`', '').replace(/^(0x)?0*/i, '').toLowerCase();
    if (!/^[0-9a-f]{4,16}$/.test(address)) return;
    this.#addresses.delete(address);
    this.#addresses.add(address);
    if (this.#addresses.size <= MAX_ADDRESSES) return;
    for (const oldest of this.#addresses) {
      this.#addresses.delete(oldest);
      break;
    }
  }
}
