import { ContractError, isDumpError } from '../bytes/index.ts';
import type { Address, Lang } from '../bytes/index.ts';
import type { Capabilities, CommandContext, SessionState } from '../commands/index.ts';
import type { Dump, NativeModule } from '../container/index.ts';
import { ElfImage, SymbolFiles } from '../image/index.ts';
import { MixedWalker, NativeSymbols, NativeUnwinder } from '../runtime/index.ts';
import { openClr } from '../heap/index.ts';
import type { Clr } from '../heap/index.ts';
import { openMemory } from '../memory/index.ts';
import type { AddressSpace } from '../memory/index.ts';
import type { CommandRun, Progress } from '../output/index.ts';
import { trimDump, USUAL_COMMANDS } from './trim.ts';
import type { Tracer } from './trim.ts';

/** The version of SOS our texts follow: dotnet/diagnostics at this commit. */
const SOS_VERSION = '10.0.0.0 @Commit: 3c9f99e8251b0c68cb229afad5bf30a6edeb3c13';

/** A session without a dump. */
export function newSession(host: Partial<SessionState['host']> = {}): SessionState {
  return {
    dump: undefined, dumpName: '', host: { debugger: 'windbg', bitness: 64, build: '10.0.26100.1', sos: SOS_VERSION, ...host }, thread: 0, scope: undefined,
    symbolPath: [], symbolNoise: false, symbols: new SymbolFiles(), extensions: [], cordll: { loaded: false, verbose: false, noAutoload: false },
    aliases: new Map(), pseudoRegisters: new Map(), radix: 16, log: undefined, gcHistory: undefined, unassembleAt: undefined, announced: new Set(), memoryFormat: { format: { count: 32, length: 0, width: 0, text: undefined }, next: 0 },
  };
}

/** What commands see; memory and runtime are opened when the first command asks. */
export class SessionContext implements CommandContext {
  readonly session: SessionState;
  lang: Lang;
  readonly capabilities: Capabilities;
  readonly #execute: (command: string) => CommandRun;
  readonly #newTracer: () => Tracer;
  #memory: AddressSpace | undefined;
  #clr: Clr | undefined;
  /** Why there is no runtime; commands that name thousands of addresses ask each time. */
  #refused: ContractError | undefined;
  #native: { readonly symbols: NativeSymbols; readonly stacks: MixedWalker } | undefined;
  #of: Dump | undefined;

  constructor(session: SessionState, lang: Lang, capabilities: Capabilities, execute: (command: string) => CommandRun, newTracer: () => Tracer) {
    this.session = session;
    this.lang = lang;
    this.capabilities = capabilities;
    this.#execute = execute;
    this.#newTracer = newTracer;
  }

  get dump(): Dump {
    const { dump } = this.session;
    if (!dump) {
      throw new ContractError('no dump is open', { en: 'Open a dump first.', 'zh-tw': '請先開啟傾印檔。' });
    }
    if (this.#of !== dump) {
      this.#of = dump;
      this.#memory = undefined;
      this.#clr = undefined;
      this.#refused = undefined;
      this.#native = undefined;
    }
    return dump;
  }

  get memory(): AddressSpace {
    const { dump } = this;
    this.#memory ??= openMemory(dump);
    return this.#memory;
  }

  get clr(): Clr {
    const { dump, memory } = this;
    if (this.#refused) throw this.#refused;
    try {
      this.#clr ??= openClr(dump, memory, this.session.symbols);
    } catch (error) {
      if (error instanceof ContractError) this.#refused = error;
      throw error;
    }
    return this.#clr;
  }

  /** A new command may try again what an earlier one could not: what it lacked may be there now. */
  retry(): void {
    this.#refused = undefined;
  }

  get symbols(): NativeSymbols {
    return this.#nativeSide().symbols;
  }

  get stacks(): MixedWalker {
    return this.#nativeSide().stacks;
  }

  #nativeSide() {
    const { dump, memory } = this;
    if (!this.#native) {
      const unwinder = new NativeUnwinder({ dump, memory });
      this.#native = { symbols: new NativeSymbols({ dump, memory }, unwinder), stacks: new MixedWalker({ dump, memory }, unwinder) };
    }
    return this.#native;
  }

  exportOf(module: NativeModule, name: string): Address | undefined {
    try {
      const hashed = this.dump.os === 'linux' ? ElfImage.open(this.memory, module.base).symbol(name) : undefined;
      if (hashed !== undefined) return hashed;
    } catch (error) {
      if (!isDumpError(error)) throw error;
    }
    const table = this.symbols.of(module);
    return (table.find((s) => s.name === name) ?? table.find((s) => s.name.toLowerCase() === name.toLowerCase()))?.address;
  }

  flush(): void {
    this.#of = undefined;
    this.session.announced.clear();
  }

  trimmed(): Generator<Uint8Array | Progress> {
    return trimDump(this.dump.source, USUAL_COMMANDS.map((command) => ({ command })), this.#newTracer);
  }

  execute(command: string): CommandRun {
    return this.#execute(command);
  }
}
