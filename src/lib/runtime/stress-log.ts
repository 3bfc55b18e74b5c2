import { ContractError, FormatError, isDumpError } from '../bytes/index.ts';
import type { Address } from '../bytes/index.ts';
import type { Target } from './target.ts';

/** stresslog.h: StressMsg is 16 bytes of bit fields, followed by its arguments. */
const HEADER = 16;
const MAX_ARGS = 63;
const MAX_THREADS = 1 << 14;
const MAX_CHUNKS = 1 << 16;
const MAX_FORMAT = 256;
/** Up to .NET 9 these are in stresslog.h only. */
const MAX_MODULES = 5;
const CHUNK_SIZE = { 4: 0x4000, 8: 0x8000 } as const;
const MIN_MODULE = 1 << 20;
const MAX_OFFSET = 2 ** 39;
const TASK_SWITCH = 'StressLog TaskSwitch Marker\n';

/** The log's own header (stresslog.h, class StressLog). Times in ticks of `frequency` a second. */
export interface StressLogHeader {
  readonly address: Address;
  readonly module: Address;
  readonly facilities: number;
  readonly level: number;
  readonly maxPerThread: number;
  readonly maxTotal: number;
  readonly chunks: number;
  readonly frequency: number;
  readonly startTicks: number;
  /** FILETIME: 100 ns since 1601, UTC. */
  readonly startTime: bigint;
}

export interface StressMessage {
  readonly threadId: number;
  /** Seconds since the start of the log. */
  readonly seconds: number;
  readonly facility: number;
  readonly format: string;
  /** 64-bit words on a 64-bit target; at most 63. */
  readonly args: readonly bigint[];
}

/** What a reader of the log meets, newest first. `end`: the last message of a thread has been read. `step`: nothing to show. */
export type StressEvent =
  | { readonly kind: 'message'; readonly message: StressMessage }
  | { readonly kind: 'switch'; readonly from: bigint }
  | { readonly kind: 'end'; readonly threadId: number }
  | { readonly kind: 'step' };

interface ModuleRange { readonly base: Address; readonly size: number }

interface RawMessage { readonly facility: number; readonly count: number; readonly format: number; readonly ticks: number }

/** The in-memory log of a runtime that was started with DOTNET_StressLog=1. */
export class StressLog {
  readonly target: Target;
  readonly header: StressLogHeader;
  readonly #modules: readonly ModuleRange[];
  readonly #formats = new Map<number, string>();

  private constructor(target: Target, header: StressLogHeader, modules: readonly ModuleRange[]) {
    this.target = target;
    this.header = header;
    this.#modules = modules;
  }

  /** Reads the header; undefined when logging was off. Throws ContractError when this runtime does not describe the log. */
  static open(target: Target, address?: Address): StressLog | undefined {
    const { memory, layouts } = target;
    const at = address ?? locate(target);
    if (at === 0) return undefined;
    const field = (name: string) => at + layouts.offset('StressLog', name);
    const module = memory.pointer(field('ModuleOffset'));
    if (memory.pointer(field('Logs')) === 0 || module === 0) return undefined;
    const startTicks = field('StartTimestamp');
    const header: StressLogHeader = {
      address: at, module, facilities: memory.u32(field('LoggedFacilities')), level: memory.u32(field('Level')), maxPerThread: memory.u32(field('MaxSizePerThread')), maxTotal: memory.u32(field('MaxSizeTotal')),
      chunks: memory.u32(field('TotalChunks')), frequency: memory.u64(field('TickFrequency')), startTicks: memory.u64(startTicks),
      // The descriptor leaves the FILETIME out: it follows the ticks (stresslog.h, startTimeStamp, startTime).
      startTime: memory.big64(startTicks + 8),
    };
    if (header.frequency === 0) throw new FormatError(`the stress log at 0x${at.toString(16)} has no clock`);
    return new StressLog(target, header, readModules(target, at, module));
  }

  /** Threads that have a log, in the runtime's order. Throws FormatError when one of their chunks is damaged. */
  threads(): ThreadLog[] {
    const { memory, layouts } = this.target;
    const list: ThreadLog[] = [];
    const seen = new Set<Address>();
    const next = layouts.offset('ThreadStressLog', 'Next');
    for (let at = memory.pointer(this.header.address + layouts.offset('StressLog', 'Logs')); at !== 0 && !seen.has(at) && list.length < MAX_THREADS; at = memory.pointer(at + next)) {
      seen.add(at);
      list.push(new ThreadLog(this.target, at));
    }
    return list;
  }

  /** Where the log's chunks lie. */
  ranges(): { readonly start: Address; readonly end: Address }[] {
    const size = this.target.layouts.size('StressLogChunk');
    return this.threads().flatMap((t) => t.chunks.map((start) => ({ start, end: start + size })));
  }

  /** Ticks of the newest message. */
  newest(threads: readonly ThreadLog[]): number {
    return threads.reduce((newest, t) => Math.max(newest, t.message()?.ticks ?? 0), 0);
  }

  seconds(ticks: number): number {
    return (ticks - this.header.startTicks) / this.header.frequency;
  }

  /** All threads' messages by time, newest first. Consumes the threads' positions. */
  *events(threads: readonly ThreadLog[]): Generator<StressEvent> {
    const open = new Set(threads);
    while (open.size > 0) {
      let latest: ThreadLog | undefined;
      let ticks = -1;
      for (const thread of open) {
        if (thread.ticks > ticks) [latest, ticks] = [thread, thread.ticks];
      }
      if (!latest) return;
      const raw = latest.message();
      let event: StressEvent = { kind: 'step' };
      if (raw && raw.format !== 0 && !latest.done) event = this.#event(latest, raw);
      yield event;
      latest.advance();
      if (!latest.done) continue;
      open.delete(latest);
      yield { kind: 'end', threadId: latest.threadId };
    }
  }

  #event(thread: ThreadLog, raw: RawMessage): StressEvent {
    const format = this.#format(raw.format);
    const args = thread.args(raw.count);
    if (format === TASK_SWITCH) {
      thread.threadId = Number(BigInt.asUintN(32, args[0] ?? 0n));
      return { kind: 'switch', from: args[0] ?? 0n };
    }
    return { kind: 'message', message: { threadId: thread.threadId, seconds: this.seconds(raw.ticks), facility: raw.facility, format, args } };
  }

  /** The format text an offset means: offsets count through the modules of the table one after another. */
  #format(offset: number): string {
    let text = this.#formats.get(offset);
    if (text === undefined) {
      try {
        text = this.target.memory.utf8(this.#formatAddress(offset), MAX_FORMAT);
      } catch (error) {
        if (!isDumpError(error)) throw error;
        text = 'Could not read address of format string';
      }
      this.#formats.set(offset, text);
    }
    return text;
  }

  #formatAddress(offset: number): Address {
    let before = 0;
    for (const { base, size } of this.#modules) {
      if (offset - before >= 0 && offset - before < size) return base + offset - before;
      before += size;
    }
    return this.header.module + offset;
  }
}

/** Where the log is: through the descriptor's variable, else as the one of the DAC's variables that points to something of its shape; 0 for none. */
function locate({ memory, layouts, slots, runtime: { base, end }, major }: Target): Address {
  const variable = layouts.tryGlobal('StressLog');
  if (variable !== undefined) return memory.pointer(variable);
  const module = layouts.tryOffset('StressLog', 'ModuleOffset');
  if (module === undefined) {
    throw new ContractError(`.NET ${major} does not describe its stress log`, {
      en: 'Its layout is known on x64 only. Read this one with dotnet-dump: dumplog.',
      'zh-tw': '只知道它在 x64 上的配置。這份傾印請改用 dotnet-dump 的 dumplog 讀取。',
    });
  }
  const inside = (at: Address | undefined): at is Address => at !== undefined && at >= base && at < end;
  for (const slot of slots) {
    const log = inside(slot) ? memory.tryPointer(slot) : undefined;
    // Formats are counted from the runtime's own image: a log that was started says so.
    if (inside(log) && memory.tryPointer(log + module) === base) return log;
  }
  return 0;
}

/** The table of modules that hold format texts; empty when it is not one. */
function readModules({ memory, layouts }: Target, log: Address, module: Address): ModuleRange[] {
  if (layouts.tryGlobal('StressLogHasModuleTable') === 0) return [];
  const size = layouts.size('StressLogModuleDesc');
  const list: ModuleRange[] = [];
  for (let i = 0; i < Math.min(layouts.tryGlobal('StressLogMaxModules') ?? MAX_MODULES, 64); i++) {
    const at = log + layouts.offset('StressLog', 'Modules') + i * size;
    const range = { base: memory.pointer(at + layouts.offset('StressLogModuleDesc', 'BaseAddress')), size: memory.pointer(at + layouts.offset('StressLogModuleDesc', 'Size')) };
    if (range.base === 0) break;
    list.push(range);
  }
  const first = list[0];
  return first && first.base === module && first.size >= MIN_MODULE && first.size < MAX_OFFSET ? list : [];
}

/** One thread's messages: written downwards into chunks of a ring, read upwards from the newest. */
export class ThreadLog {
  threadId: number;
  /** True when all messages have been read. */
  done = false;
  /** Addresses of the ring's chunks. */
  readonly chunks: readonly Address[];
  readonly #target: Target;
  readonly #chunkSize: number;
  readonly #maxMessage: number;
  readonly #tail: Address;
  readonly #writeChunk: Address;
  readonly #writeWrapped: boolean;
  /** Below this the oldest messages may be half overwritten. */
  readonly #safe: Address;
  #chunk: Address;
  #at: Address;
  #wrapped = false;

  constructor(target: Target, address: Address) {
    const { memory, layouts } = target;
    this.#target = target;
    const field = (name: string) => address + layouts.offset('ThreadStressLog', name);
    this.threadId = memory.u32(field('ThreadId'));
    this.#chunkSize = layouts.tryGlobal('StressLogChunkSize') ?? CHUNK_SIZE[memory.pointerSize];
    this.#maxMessage = layouts.tryGlobal('StressLogMaxMessageSize') ?? HEADER + MAX_ARGS * memory.pointerSize;
    this.#tail = memory.pointer(field('ChunkListTail'));
    this.#chunk = this.#writeChunk = memory.pointer(field('CurrentWriteChunk'));
    this.#writeWrapped = memory.u8(field('WriteHasWrapped')) !== 0;
    this.#at = memory.pointer(field('CurrentPtr'));
    this.chunks = checkRing(target, memory.pointer(field('ChunkListHead')), this.#writeChunk);
    this.#safe = Math.max(this.#start(), this.#at - this.#maxMessage);
    if (this.#at >= this.#end()) this.#pass();
    this.#settle();
  }

  #start(): Address {
    return this.#chunk + this.#target.layouts.offset('StressLogChunk', 'Buf');
  }

  #end(): Address {
    return this.#start() + this.#chunkSize;
  }

  #settle(): void {
    if (this.#wrapped && (!this.#writeWrapped || (this.#chunk === this.#writeChunk && this.#at >= this.#safe))) this.done = true;
    else if (this.message()?.ticks === 0) this.done = true;
  }

  /** Time of the message that is next; 0 for a log without messages, which thus comes last. */
  get ticks(): number {
    return this.message()?.ticks ?? 0;
  }

  /** The header of the message that is next; undefined when there is none. */
  message(): RawMessage | undefined {
    if (this.done) return undefined;
    const low = this.#target.memory.big64(this.#at);
    const high = this.#target.memory.big64(this.#at + 8);
    const facility = Number(low & 0xffffffffn);
    const count = Number((low >> 32n) & 0x3fn);
    const format = Number((low >> 38n) & 0x3ffffffn) + Number(high & 0x1fffn) * 2 ** 26;
    return { facility, count, format, ticks: Number(high >> 13n) };
  }

  args(count: number): bigint[] {
    const { memory } = this.#target;
    return Array.from({ length: Math.min(count, MAX_ARGS) }, (_, i) => memory.word(this.#at + HEADER + i * memory.pointerSize));
  }

  /** Goes to the next older message. */
  advance(): void {
    const count = this.message()?.count;
    if (count === undefined) {
      this.done = true;
      return;
    }
    this.#at += HEADER + count * this.#target.memory.pointerSize;
    if (this.#at >= this.#end()) this.#pass();
    this.#settle();
  }

  /** Over the end of a chunk: the next one begins behind a gap of zeros. */
  #pass(): void {
    const { memory, layouts } = this.#target;
    if (this.#chunk === this.#tail) {
      this.#wrapped = true;
      if (!this.#writeWrapped) {
        this.#at = this.#start();
        return;
      }
    }
    this.#chunk = memory.pointer(this.#chunk + layouts.offset('StressLogChunk', 'Next'));
    const start = this.#start();
    let at = start;
    while (at - start < this.#maxMessage && memory.pointer(at) === 0) at += memory.pointerSize;
    this.#at = memory.pointer(at) === 0 ? start : at;
  }
}

/** Every chunk of the ring must carry its signatures, and the one that is written must be among them. */
function checkRing({ memory, layouts }: Target, head: Address, writing: Address): Address[] {
  const signature = layouts.tryGlobal('StressLogValidChunkSig') ?? 0xcfcfcfcf;
  const offset = (name: string) => layouts.offset('StressLogChunk', name);
  const chunks: Address[] = [];
  let at = head;
  for (let i = 0; i < MAX_CHUNKS; i++) {
    if (at === 0 || memory.u32(at + offset('Sig1')) !== signature || memory.u32(at + offset('Sig2')) !== signature) throw new FormatError(`invalid stress log chunk: 0x${at.toString(16)}`);
    chunks.push(at);
    at = memory.pointer(at + offset('Next'));
    if (at === head) break;
  }
  if (!chunks.includes(writing) || at !== head) throw new FormatError(`the stress log's chunks at 0x${head.toString(16)} are no ring`);
  return chunks;
}
