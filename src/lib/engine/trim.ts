import { isDumpError } from '../bytes/index.ts';
import type { Address, ByteSource } from '../bytes/index.ts';
import type { CommandContext } from '../commands/index.ts';
import { openDump, PAGE, writeTrimmed } from '../container/index.ts';
import type { Registers } from '../container/index.ts';
import { findEnvironment, openClr, planTrim, stackRoots } from '../heap/index.ts';
import type { Clr, Scrub } from '../heap/index.ts';
import { openMemory } from '../memory/index.ts';
import { progress } from '../output/index.ts';
import type { CommandRun, Progress } from '../output/index.ts';
import { LoaderHeaps } from '../runtime/index.ts';
import type { ClrThread, StackFrame } from '../runtime/index.ts';
import { Needles } from './needles.ts';

export interface TracedCommand { readonly command: string; readonly thread?: number | undefined }

/**
 * What is kept: `reachable` (private memory that is read, metadata, and all that stacks need), `lean` (the heap and what stacks
 * and the commands read), `commands` (only what the commands read).
 */
export interface TrimOptions { readonly blankBuffers?: boolean; readonly keep?: 'reachable' | 'lean' | 'commands' }

/** A session of its own that a trim runs its commands in. */
export interface Tracer { readonly context: CommandContext; open(source: ByteSource, name: string): Iterable<unknown>; execute(command: string): CommandRun }

export interface TrimSummary { readonly comment: string; readonly scrubbed: number; readonly bytes: number }

/** What everybody is likely to ask of a dump: the pages these read are kept. */
export const USUAL_COMMANDS: readonly string[] = ['dumpheap -stat', 'dumpheap -strings', 'clrthreads', 'dumpexceptions', 'eeversion', 'lm', '~', 'clrstack -all', 'syncblk', 'gchandles', 'finalizequeue', 'eeheap', '~*k', 'histinit'];

/** Pages looked at between two looks at the clock. */
const STEP = 512;

/** Which pages a session of commands reads; those are kept whatever the policy says. */
export function* tracePages(source: ByteSource, commands: readonly TracedCommand[], newTracer: () => Tracer, stacks: boolean): Generator<Progress, Set<Address>> {
  const pages = new Set<Address>();
  const granular: ByteSource = { size: source.size, granularity: PAGE, read: (offset, length) => source.read(offset, length) };
  const tracer = newTracer();
  for (const node of tracer.open(granular, 'trace')) void node;
  const { context } = tracer;
  context.memory.onPage = (start, end) => {
    for (let page = start - (start % PAGE); page < end; page += PAGE) pages.add(page);
  };
  const first = context.session.thread;
  for (const [i, { command, thread }] of commands.entries()) {
    context.session.thread = thread ?? first;
    yield* quietly(tracer.execute(command), i, commands.length);
  }
  if (!stacks) return pages;
  for (const page of loaderPages(context.clr)) pages.add(page);
  yield* readStacks(tracer);
  yield* readSymbols(tracer);
  return pages;
}

/** Runs a command for what it reads. One that fails is a matter for its tests; what it read until then is kept. */
function* quietly(run: CommandRun, done: number, total: number): Generator<Progress> {
  try {
    for (const node of run) if (node.kind === 'progress') yield node.need ? node : progress(done, total);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
  }
}

/** Compiled frames of a thread, while they are walked, with the registers the thread stands at. */
function* managedFrames(clr: Clr, thread: ClrThread): Generator<{ frame: Extract<StackFrame, { kind: 'managed' }>; registers: Registers }> {
  const native = clr.target.dump.threads.find((t) => t.id === thread.osId);
  if (!native) return;
  for (const frame of clr.stacks.walk(native.registers, thread.frame)) if (frame.kind === 'managed') yield { frame, registers: native.registers };
}

/** Reads what stack roots need, and all code on the stacks with its tables, which no list of commands may cover. */
function* readStacks(tracer: Tracer): Generator<Progress> {
  const { clr } = tracer.context;
  const starts = new Set<Address>();
  for (const thread of clr.threads.list()) {
    for (const root of stackRoots(clr, thread)) void root;
    for (const { frame } of managedFrames(clr, thread)) starts.add(frame.code.start);
    yield progress(0, 0);
  }
  for (const start of starts) for (const name of ['gcinfo', 'ehinfo']) yield* quietly(tracer.execute(`${name} ${start.toString(16)}`), 0, 0);
  // Of a call through memory only WinDbg's notation shows the address, and SOS names what it leads to: cells and stubs are read.
  const { session } = tracer.context;
  const { host } = session;
  session.host = { ...host, debugger: 'windbg', bitness: clr.target.memory.pointerSize === 8 ? 64 : 32 };
  try {
    for (const start of starts) yield* quietly(tracer.execute(`!u ${start.toString(16)}`), 0, 0);
  } finally {
    session.host = host;
  }
}

/** Reads what variables and source lines need: of all code on the stacks and in the traces of exceptions, and the PDBs inside images. */
function* readSymbols({ context }: Tracer): Generator<Progress> {
  const { clr, memory, session } = context;
  for (const module of clr.modules.list()) if (module.base) session.symbols.of(memory, module.base);
  for (const thread of clr.threads.list()) {
    for (const { frame, registers } of managedFrames(clr, thread)) {
      clr.variables.of(frame, registers);
      clr.sourceLines.ilOffset(frame.ip, true);
    }
    yield progress(0, 0);
  }
  const found: Address[] = [];
  const walker = clr.walk();
  while (walker.step((address, table) => {
    if (clr.types.isException(table)) found.push(address);
  })) yield progress(walker.doneBytes, walker.totalBytes);
  for (const address of found) {
    for (const frame of clr.exceptions.find(address)?.frames ?? []) clr.sourceLines.ilOffset(frame.ip, true);
    yield progress(0, 0);
  }
}

/** Pages of loader and code heaps: eeheap tells what is committed by which of them are there, zeros or not. */
function loaderPages(clr: Clr): Address[] {
  const pages: Address[] = [];
  try {
    const loader = new LoaderHeaps(clr.target);
    for (const { start, size } of [...loader.allocatorHeaps(), ...loader.codeHeaps()]) {
      for (let page = start; page < start + size; page += PAGE) if (clr.memory.has(page, PAGE)) pages.push(page);
    }
  } catch (error) {
    if (!isDumpError(error)) throw error;
  }
  return pages;
}

/** Large byte arrays hold filler the sample programs made up: only their beginnings teach anything. */
const MIN_BUFFER = 1024;
const KEPT_OF_BUFFER = 256;

function* bufferFill(clr: Clr): Generator<Progress, Scrub[]> {
  const found: Scrub[] = [];
  const evidence = new Set<Address>();
  const walker = clr.walk();
  while (walker.step((address, table, size) => {
    // What an error report would say of an exception is a byte array too.
    if (clr.types.isException(table)) evidence.add(clr.managed.ref(address, '_watsonBuckets') ?? 0);
    else if (table.componentSize === 1 && table.isArray && size > MIN_BUFFER && clr.types.name(table.address, 'sos') === 'System.Byte[]') {
      found.push({ address: address + 2 * clr.memory.pointerSize + KEPT_OF_BUFFER, size: clr.objects.length(address) - KEPT_OF_BUFFER });
    }
  })) yield progress(walker.doneBytes, walker.totalBytes);
  return found.filter((scrub) => !evidence.has(scrub.address - 2 * clr.memory.pointerSize - KEPT_OF_BUFFER));
}

/** Trims a dump to what the analyzer can reach, in pieces; see docs/architecture.md, "Sample dumps". */
export function* trimDump(source: ByteSource, commands: readonly TracedCommand[], newTracer: () => Tracer, options: TrimOptions = {}): Generator<Uint8Array | Progress, TrimSummary> {
  const keep = options.keep ?? 'reachable';
  const dump = openDump(source);
  const memory = openMemory(dump);
  const clr = openClr(dump, memory);
  const touched = yield* tracePages(source, commands, newTracer, keep !== 'commands');
  const plan = planTrim(dump, clr, touched, keep);
  const { blocks, strings } = findEnvironment(dump, memory);
  const scrubs = [...blocks, ...(options.blankBuffers ? yield* bufferFill(clr) : [])].sort((a, b) => a.address - b.address);
  const needles = new Needles(strings.flatMap((s) => [bytesOf(s, 1), bytesOf(s, 2)]));
  const heap = clr.segments;
  const inHeap = (address: Address) => heap.some((s) => address >= s.start - PAGE && address < s.end);
  let first = 0;
  const patch = (address: Address, bytes: Uint8Array) => {
    // Pages come in ascending order within a range: blocks that end before this page are done with.
    while (first > 0 && scrubs[first - 1].address + scrubs[first - 1].size > address) first--;
    while (first < scrubs.length && scrubs[first].address + scrubs[first].size <= address) first++;
    for (let i = first; i < scrubs.length && scrubs[i].address < address + bytes.length; i++) {
      const from = Math.max(scrubs[i].address, address);
      const to = Math.min(scrubs[i].address + scrubs[i].size, address + bytes.length);
      if (from < to) bytes.fill(0, from - address, to - address);
    }
    // The managed heap is evidence and stays as it was; native copies of the variables go.
    if (!inHeap(address)) needles.blank(bytes);
  };
  const zero = yield* zeroPages(dump);
  const comment = [...plan.notes, ...(options.blankBuffers ? [`The filler in byte arrays of more than ${MIN_BUFFER} bytes is zeroed behind the first ${KEPT_OF_BUFFER}.`] : [])].join(' ');
  // Zero pages go too, unless something reads them: a reader must not meet a gap where there were zeros.
  const keeps = (page: Address) => plan.keeps(page) && (!zero.has(page) || touched.has(page) || inHeap(page));
  let bytes = 0;
  for (const piece of writeTrimmed(dump, { keeps, patch, comment })) {
    bytes += piece.byteLength;
    yield piece;
    yield progress(bytes, source.size);
  }
  return { comment, scrubbed: needles.found, bytes };
}

/** Text as Latin-1 or UTF-16, as a native copy of it looks in memory. */
function bytesOf(text: string, width: 1 | 2): Uint8Array {
  const bytes = new Uint8Array(text.length * width);
  for (let i = 0; i < text.length; i++) {
    bytes[i * width] = text.charCodeAt(i);
    if (width === 2) bytes[2 * i + 1] = text.charCodeAt(i) >> 8;
  }
  return bytes;
}

function* zeroPages(dump: ReturnType<typeof openDump>): Generator<Progress, Set<Address>> {
  const zero = new Set<Address>();
  let pages = 0;
  for (const range of dump.ranges) {
    for (let at = 0; at < range.size; ) {
      const address = range.address + at;
      const size = Math.min(PAGE - (address % PAGE), range.size - at);
      if (isZero(dump.source.read(range.offset + at, size))) zero.add(address - (address % PAGE));
      at += size;
      if (++pages % STEP === 0) yield progress(range.offset + at, dump.source.size);
    }
  }
  return zero;
}

function isZero(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if (bytes[i] !== 0) return false;
  return true;
}
