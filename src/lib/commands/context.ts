import type { Disassembler } from '../asm/index.ts';
import type { Address, Lang } from '../bytes/index.ts';
import type { Dump, NativeModule, Registers } from '../container/index.ts';
import type { SymbolFiles } from '../image/index.ts';
import type { AddressSpace } from '../memory/index.ts';
import type { Clr } from '../heap/index.ts';
import type { OutFile, Progress } from '../output/index.ts';
import type { GcHistory, MixedWalker, NativeSymbols } from '../runtime/index.ts';

export interface OpenLog { readonly file: OutFile; size: number; closing: boolean; /** Text not handed on yet. */ pending: string }

/** How dotnet-dump's `d` shows memory: elements of `length` bytes, `width` of them a line. */
export interface MemoryFormat { count: number; length: number; width: number; readonly text: 'ascii' | 'unicode' | 'ascii string' | 'unicode string' | undefined }

/** Everything one terminal remembers between commands. */
export interface SessionState {
  dump: Dump | undefined;
  /** File name as the user knows it. */
  dumpName: string;
  /** The debugger the terminal plays. `windbg` accepts `!cmd` and dot-commands; `dotnet-dump` prints SOS's text without `!`. `sos`: version of SOS, as eeversion prints it on Linux. */
  host: { debugger: 'windbg' | 'dotnet-dump'; bitness: 32 | 64; build: string; sos: string };
  /** Index into dump.threads of the current thread. */
  thread: number;
  /** Registers that stand in for the current thread's own: what .ecxr, .cxr and .frame /c set. */
  scope: Registers | undefined;
  symbolPath: string[];
  symbolNoise: boolean;
  /** PDBs the user gave; those inside images are found by themselves. */
  symbols: SymbolFiles;
  /** Extension DLLs as .chain lists them, newest first. */
  extensions: string[];
  /** What .cordll did so far. */
  cordll: { loaded: boolean; verbose: boolean; noAutoload: boolean };
  aliases: Map<string, string>;
  /** `$t0` to `$t19` and what `r` set besides; 64 bits each. */
  pseudoRegisters: Map<string, bigint>;
  /** Radix of plain numbers in the debugger's expressions. */
  radix: 8 | 10 | 16;
  /** The log that is open: everything printed goes there too. `closing` after .logclose, until its last lines are written. */
  log: OpenLog | undefined;
  /** Where `u` without an address goes on. */
  unassembleAt: Address | undefined;
  /** What histinit read from the stress log. */
  gcHistory: GcHistory | undefined;
  /** Format and place of dotnet-dump's next `d`. */
  memoryFormat: { readonly format: MemoryFormat; readonly next: Address };
  /** What SOS says once a session, when it first does it. */
  announced: Set<'roots' | 'stack roots' | 'live objects' | 'private symbols' | 'scanned frames'>;
}

/** What a host has loaded, by need. A host that can load at once may do so when it is read. */
export interface Capabilities {
  readonly disassembler?: Disassembler | undefined;
}

/** What a running command sees. `clr` opens the runtime on first use and throws ContractError when the dump has none. */
export interface CommandContext {
  readonly session: SessionState;
  readonly lang: Lang;
  readonly dump: Dump;
  readonly memory: AddressSpace;
  readonly clr: Clr;
  /** Names of native code. */
  readonly symbols: NativeSymbols;
  /** Stacks of native and managed code. */
  readonly stacks: MixedWalker;
  readonly capabilities: Capabilities;
  /** Address of a name a module exports. */
  exportOf(module: NativeModule, name: string): Address | undefined;
  /** Forgets the memory pages and structures read so far. */
  flush(): void;
  /** A smaller dump of what commands can reach, in pieces; throws ContractError when there is no runtime to follow. */
  trimmed(): Generator<Uint8Array | Progress>;
  /** Runs another command line (used by .foreach, aliases); output is yielded to the caller. */
  execute(command: string): import('../output/index.ts').CommandRun;
}
