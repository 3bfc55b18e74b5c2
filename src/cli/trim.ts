import { isDumpError } from '../lib/bytes/index.ts';
import type { Address, ByteSource } from '../lib/bytes/index.ts';
import { Engine } from '../lib/engine/index.ts';
import { openDump } from '../lib/container/index.ts';
import { openClr, stackRoots } from '../lib/heap/index.ts';
import type { Clr } from '../lib/heap/index.ts';
import { openMemory } from '../lib/memory/index.ts';
import { LoaderHeaps } from '../lib/runtime/index.ts';
import { findEnvironment } from './environment.ts';
import { nodeCapabilities } from './needs.ts';
import type { Scrub } from './environment.ts';
import { PAGE, planTrim } from './trim-policy.ts';
import { writeTrimmed } from './trim-writer.ts';

export interface TrimResult { readonly bytes: Uint8Array; readonly comment: string; readonly scrubbed: number }

/** Which pages a session of commands reads; those are kept whatever the policy says. */
export function tracePages(source: ByteSource, commands: readonly { readonly command: string; readonly thread?: number | undefined }[]): Set<Address> {
  const pages = new Set<Address>();
  const granular: ByteSource = { size: source.size, granularity: PAGE, read: (offset, length) => source.read(offset, length) };
  const engine = new Engine({ host: { debugger: 'dotnet-dump' }, capabilities: nodeCapabilities });
  for (const node of engine.open(granular, 'trace')) void node;
  engine.context.memory.onPage = (start, end) => {
    for (let page = start - (start % PAGE); page < end; page += PAGE) pages.add(page);
  };
  const first = engine.session.thread;
  for (const { command, thread } of commands) {
    engine.session.thread = thread ?? first;
    try {
      for (const node of engine.execute(command)) void node;
    } catch {
      // A command that fails here is a matter for its tests; what it read until then is kept.
    }
  }
  for (const page of loaderPages(engine.context.clr)) pages.add(page);
  readStacks(engine);
  readSymbols(engine);
  return pages;
}

/** Reads what stack roots need, and all code on the stacks with its tables, which no list of commands may cover. */
function readStacks(engine: Engine): void {
  const { clr } = engine.context;
  const starts = new Set<Address>();
  for (const thread of clr.threads.list()) {
    for (const root of stackRoots(clr, thread)) void root;
    const native = clr.target.dump.threads.find((t) => t.id === thread.osId);
    for (const frame of native ? clr.stacks.walk(native.registers, thread.frame) : []) if (frame.kind === 'managed') starts.add(frame.code.start);
  }
  for (const start of starts) for (const name of ['gcinfo', 'ehinfo', 'clru']) for (const node of engine.execute(`${name} ${start.toString(16)}`)) void node;
}

/** Reads what variables and source lines need: of all code on the stacks and in the traces of exceptions, and the PDBs inside images. */
function readSymbols(engine: Engine): void {
  const { clr, memory, session } = engine.context;
  for (const module of clr.modules.list()) if (module.base) session.symbols.of(memory, module.base);
  for (const thread of clr.threads.list()) {
    const native = clr.target.dump.threads.find((t) => t.id === thread.osId);
    for (const frame of native ? clr.stacks.walk(native.registers, thread.frame) : []) {
      if (frame.kind !== 'managed') continue;
      clr.variables.of(frame, native?.registers ?? {});
      clr.sourceLines.ilOffset(frame.ip, true);
    }
  }
  const found: Address[] = [];
  const walker = clr.walk();
  while (walker.step((address, table) => {
    if (clr.types.isException(table)) found.push(address);
  }));
  for (const address of found) for (const frame of clr.exceptions.find(address)?.frames ?? []) clr.sourceLines.ilOffset(frame.ip, true);
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

function bufferFill(clr: Clr): Scrub[] {
  const found: Scrub[] = [];
  const walker = clr.walk();
  while (walker.step((address, table, size) => {
    if (table.componentSize === 1 && table.isArray && size > MIN_BUFFER && clr.types.name(table.address, 'sos') === 'System.Byte[]') {
      found.push({ address: address + 16 + KEPT_OF_BUFFER, size: clr.objects.length(address) - KEPT_OF_BUFFER });
    }
  }));
  return found;
}

/** Trims a dump to what the analyzer can reach; see docs/architecture.md, "Sample dumps". */
export function trimDump(source: ByteSource, commands: readonly { readonly command: string; readonly thread?: number | undefined }[], options: { readonly blankBuffers?: boolean; readonly lean?: boolean } = {}): TrimResult {
  const dump = openDump(source);
  const memory = openMemory(dump);
  const clr = openClr(dump, memory);
  const plan = planTrim(dump, clr, tracePages(source, commands), options.lean);
  const { blocks, strings } = findEnvironment(dump, memory);
  const heap = clr.segments;
  const needles = strings.flatMap((s) => [Buffer.from(s, 'latin1'), Buffer.from(s, 'utf16le')]);
  let scrubbed = 0;
  const inHeap = (address: Address) => heap.some((s) => address >= s.start - PAGE && address < s.end);
  if (options.blankBuffers) blocks.push(...bufferFill(clr));
  blocks.sort((a, b) => a.address - b.address);
  let block0 = 0;
  const patch = (address: Address, bytes: Uint8Array) => {
    // Pages come in ascending order within a range: blocks that end before this page are done with.
    while (block0 > 0 && blocks[block0 - 1].address + blocks[block0 - 1].size > address) block0--;
    while (block0 < blocks.length && blocks[block0].address + blocks[block0].size <= address) block0++;
    for (let i = block0; i < blocks.length && blocks[i].address < address + bytes.length; i++) {
      const block = blocks[i];
      const from = Math.max(block.address, address);
      const to = Math.min(block.address + block.size, address + bytes.length);
      if (from < to) bytes.fill(0, from - address, to - address);
    }
    // The managed heap is evidence and stays as it was; native copies of the variables go.
    if (inHeap(address)) return;
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    for (const needle of needles) {
      for (let at = buffer.indexOf(needle); at >= 0; at = buffer.indexOf(needle, at + needle.length)) {
        buffer.fill(0, at, at + needle.length);
        scrubbed++;
      }
    }
  };
  const zero = new Set<Address>();
  for (const range of dump.ranges) {
    for (let address = range.address; address < range.address + range.size; address += PAGE - (address % PAGE)) {
      const size = Math.min(PAGE - (address % PAGE), range.address + range.size - address);
      if (dump.source.read(range.offset + address - range.address, size).every((b) => b === 0)) zero.add(address - (address % PAGE));
    }
  }
  const touched = tracePages(source, commands);
  const comment = [...plan.notes, ...(options.blankBuffers ? [`The filler in byte arrays of more than ${MIN_BUFFER} bytes is zeroed behind the first ${KEPT_OF_BUFFER}.`] : [])].join(' ');
  // Zero pages go too, unless something reads them: a reader must not meet a gap where there were zeros.
  const bytes = writeTrimmed(dump, (page) => plan.keeps(page) && (!zero.has(page) || touched.has(page) || inHeap(page)), patch, comment);
  return { bytes, comment, scrubbed };
}
