import { isDumpError } from '../bytes/index.ts';
import type { Address } from '../bytes/index.ts';
import type { Method, Methods } from './methods.ts';
import type { Target } from './target.ts';

/** RangeSection flags (vm/codeman.h). */
const RangeFlag = { CodeHeap: 2, RangeList: 4 } as const;
const MAX_FRAGMENTS = 256;
const MAX_FUNCLET_STEPS = 64;
const MAX_FUNCTIONS = 1 << 20;
/** Levels of the code range map by pointer size: 256 pointers each, over these address bits (vm/codeman.h RangeSectionMap). */
const RANGE_LEVELS = { 4: [24, 16], 8: [49, 41, 33, 25, 17] } as const;
const SLOTS = 4;

/** Code that belongs to a method. */
export interface CodeInfo {
  readonly kind: 'jit' | 'r2r';
  readonly methodDesc: Address;
  /** First byte of the method's code. */
  readonly start: Address;
  /** Base the unwind RVAs are relative to. */
  readonly imageBase: Address;
  /** RUNTIME_FUNCTION that covers the ip: begin, end (0 when unknown) and unwind data, relative to imageBase. */
  readonly unwind: { readonly begin: number; readonly end: number; readonly data: number } | undefined;
  /** GC info blob of jitted code, 0 for ReadyToRun (see locateGcInfo). */
  readonly gcInfo: Address;
  /** Of ReadyToRun code: unwind data of the method's own function (not a funclet's) relative to imageBase, the image's READYTORUN_HEADER, and which of its functions it is. */
  readonly readyToRun: { readonly unwindData: number; readonly header: Address; readonly functionIndex: number } | undefined;
  /** RealCodeHeader of jitted code, 0 for ReadyToRun. */
  readonly header: Address;
}

/** Maps instruction pointers to methods (vm/codeman.cpp: RangeSectionMap, nibble maps, ReadyToRun lookup tables). */
export class CodeManager {
  readonly #target: Target;
  readonly #methods: Methods;
  readonly #known = new Map<Address, CodeInfo | undefined>();
  readonly #functions = new Map<Address, Uint32Array>();
  readonly #map: Address;
  readonly #constantTimeMap: boolean;

  constructor(target: Target, methods: Methods) {
    this.#target = target;
    this.#methods = methods;
    this.#map = target.layouts.tryGlobal('ExecutionManagerCodeRangeMapAddress') ?? target.slots[0] ?? 0;
    this.#constantTimeMap = target.major >= 10;
  }

  /** What the code at an address belongs to; undefined for native code, stubs and gaps. */
  find(ip: Address): CodeInfo | undefined {
    if (this.#known.has(ip)) return this.#known.get(ip);
    let info: CodeInfo | undefined;
    try {
      info = this.#find(ip);
    } catch (error) {
      if (!isDumpError(error)) throw error;
    }
    if (this.#known.size > 200_000) this.#known.clear();
    this.#known.set(ip, info);
    return info;
  }

  methodAt(ip: Address): Method | undefined {
    const info = this.find(ip);
    return info && this.#methods.find(info.methodDesc);
  }

  /** True when the address lies in memory the runtime manages as code, stubs included. */
  isManagedRange(ip: Address): boolean {
    return this.#section(ip) !== undefined;
  }

  /** Leaves of the map are linked fragments. Low bits of links are flags. */
  #section(ip: Address): Address | undefined {
    const { memory, layouts } = this.#target;
    let level = this.#map;
    for (const shift of RANGE_LEVELS[memory.pointerSize]) {
      const index = Math.floor(ip / 2 ** shift) % 256;
      const next = memory.tryPointer(level - (level % 2) + memory.pointerSize * index);
      if (!next) return undefined;
      level = next;
    }
    const field = (name: string) => layouts.offset('RangeSectionFragment', name);
    let fragment = level - (level % 2);
    for (let guard = 0; fragment && guard < MAX_FRAGMENTS; guard++) {
      if (ip >= memory.pointer(fragment + field('RangeBegin')) && ip < memory.pointer(fragment + field('RangeEndOpen'))) return memory.pointer(fragment + field('RangeSection'));
      const next = memory.pointer(fragment + field('Next'));
      fragment = next - (next % 2);
    }
    return undefined;
  }

  #find(ip: Address): CodeInfo | undefined {
    const { memory, layouts } = this.#target;
    const section = this.#section(ip);
    if (!section) return undefined;
    const field = (name: string) => layouts.offset('RangeSection', name);
    const begin = memory.pointer(section + field('RangeBegin'));
    const flags = memory.u32(section + field('Flags'));
    if (flags & RangeFlag.CodeHeap) return this.#jitted(ip, section, begin);
    if (flags & RangeFlag.RangeList) return undefined;
    const module = memory.pointer(section + field('R2RModule'));
    return module ? this.#readyToRun(ip, module, begin) : undefined;
  }

  #jitted(ip: Address, section: Address, rangeBegin: Address): CodeInfo | undefined {
    const { memory, layouts } = this.#target;
    const heap = memory.pointer(section + layouts.offset('RangeSection', 'HeapList'));
    const mapBase = memory.pointer(heap + layouts.offset('CodeHeapListNode', 'MapBase'));
    const headerMap = memory.pointer(heap + layouts.offset('CodeHeapListNode', 'HeaderMap'));
    const start = this.#constantTimeMap ? this.#startConstantTime(ip - mapBase, mapBase, headerMap) : this.#startLinear(ip - mapBase, mapBase, headerMap);
    if (!start) return undefined;
    const header = memory.pointer(start - memory.pointerSize);
    if (header <= (layouts.tryGlobal('StubCodeBlockLast') ?? 15)) return undefined;
    const real = (name: string) => header + layouts.offset('RealCodeHeader', name);
    const count = Math.min(memory.u32(real('NumUnwindInfos')), 1024);
    let unwind: CodeInfo['unwind'];
    for (let i = 0; i < count && !unwind; i++) {
      const entry = this.#function(real('UnwindInfos') + i * layouts.size('RuntimeFunction'), rangeBegin);
      if (ip >= rangeBegin + entry.begin && ip < rangeBegin + entry.end) unwind = entry;
    }
    return { kind: 'jit', methodDesc: memory.pointer(real('MethodDesc')), start, imageBase: rangeBegin, unwind, gcInfo: memory.pointer(real('GCInfo')), readyToRun: undefined, header };
  }

  /** Nibble map of .NET 10 (contract ExecutionManager 2): one nibble a 32-byte bucket, or a pointer that covers the whole dword. */
  #startConstantTime(delta: number, mapBase: Address, map: Address): Address {
    const m = this.#target.memory;
    const pointer = (dword: number) => mapBase + (dword - (dword % 16)) + ((dword % 16) - 9) * 4;
    const index = Math.floor(delta / 256);
    const dword = m.u32(map + 4 * index);
    if (dword && dword % 16 > 8) return pointer(dword);
    const bucket = Math.floor(delta / 32) % 8;
    const own = nibble(dword, bucket);
    if (own && own <= Math.floor((delta % 32) / 4) + 1) return mapBase + delta - (delta % 32) + (own - 1) * 4;
    for (let i = bucket - 1; i >= 0; i--) {
      const value = nibble(dword, i);
      if (value) return mapBase + index * 256 + i * 32 + (value - 1) * 4;
    }
    if (index === 0) return 0;
    const previous = m.u32(map + 4 * (index - 1));
    if (!previous) return 0;
    if (previous % 16 > 8) return pointer(previous);
    for (let i = 7; i >= 0; i--) {
      const value = nibble(previous, i);
      if (value) return mapBase + (index - 1) * 256 + i * 32 + (value - 1) * 4;
    }
    return 0;
  }

  /** Nibble map up to .NET 9 (contract 1): go back to the nearest start. */
  #startLinear(delta: number, mapBase: Address, map: Address): Address {
    const m = this.#target.memory;
    let index = Math.floor(delta / 256);
    const bucket = Math.floor(delta / 32) % 8;
    const dword = m.u32(map + 4 * index);
    const own = nibble(dword, bucket);
    if (own && own <= Math.floor((delta % 32) / 4) + 1) return mapBase + delta - (delta % 32) + (own - 1) * 4;
    let word = dword;
    for (let i = bucket - 1; index >= 0; i = 7) {
      for (; i >= 0; i--) {
        const value = nibble(word, i);
        if (value) return mapBase + index * 256 + i * 32 + (value - 1) * 4;
      }
      if (--index < 0) break;
      word = m.u32(map + 4 * index);
    }
    return 0;
  }

  /** A RUNTIME_FUNCTION: where its end is not in it, the unwind data begins with the length (x86, vm/codeman.h UNWIND_INFO). */
  #function(at: Address, imageBase: Address): { begin: number; end: number; data: number } {
    const { memory, layouts } = this.#target;
    const begin = memory.u32(at + layouts.offset('RuntimeFunction', 'BeginAddress'));
    const data = memory.u32(at + layouts.offset('RuntimeFunction', 'UnwindData'));
    const endAt = layouts.tryOffset('RuntimeFunction', 'EndAddress');
    return { begin, data, end: endAt === undefined ? begin + memory.u32(imageBase + data) : memory.u32(at + endAt) };
  }

  /** RuntimeFunctions of a ReadyToRun image as words. */
  #runtimeFunctions(address: Address, count: number): Uint32Array {
    let table = this.#functions.get(address);
    if (!table) {
      const bytes = this.#target.memory.read(address, this.#target.layouts.size('RuntimeFunction') * Math.min(count, MAX_FUNCTIONS));
      table = new Uint32Array(bytes.buffer, 0, Math.floor(bytes.byteLength / 4));
      this.#functions.set(address, table);
    }
    return table;
  }

  #readyToRun(ip: Address, module: Address, imageBase: Address): CodeInfo | undefined {
    const { memory, layouts } = this.#target;
    const info = memory.pointer(module + layouts.offset('Module', 'ReadyToRunInfo'));
    const field = (name: string) => layouts.offset('ReadyToRunInfo', name);
    const count = memory.u32(info + field('NumRuntimeFunctions'));
    const functions = memory.pointer(info + field('RuntimeFunctions'));
    const table = this.#runtimeFunctions(functions, count);
    const size = layouts.size('RuntimeFunction');
    const words = size / 4;
    const unwindWord = layouts.offset('RuntimeFunction', 'UnwindData') / 4;
    const rva = ip - imageBase;
    const thunks = memory.pointer(info + field('DelayLoadMethodCallThunks'));
    if (thunks && rva >= memory.u32(thunks) && rva < memory.u32(thunks) + memory.u32(thunks + 4)) return undefined;
    let index = lastNotAfter(table, words, rva);
    if (index < 0) return undefined;
    const unwind = this.#function(functions + size * index, imageBase);
    const composite = memory.pointer(info + field('CompositeInfo')) || info;
    // Funclets follow their method and have no entry of their own.
    for (let step = 0; index >= 0 && step < MAX_FUNCLET_STEPS; step++, index--) {
      const start = imageBase + table[words * index];
      const methodDesc = this.#hashLookup(composite + field('EntryPointToMethodDescMap'), start);
      if (methodDesc) {
        const readyToRun = { unwindData: table[words * index + unwindWord], header: memory.pointer(composite + field('ReadyToRunHeader')), functionIndex: index };
        return { kind: 'r2r', methodDesc, start, imageBase, unwind, gcInfo: 0, readyToRun, header: 0 };
      }
    }
    return undefined;
  }

  /** HashMap of vm/hash.cpp: open addressing over buckets of four keys and four values; the values' top bit marks collisions. The first bucket holds the size. */
  #hashLookup(map: Address, key: Address): Address {
    const { memory, layouts } = this.#target;
    const table = memory.tryPointer(map + layouts.offset('HashMap', 'Buckets'));
    const p = memory.pointerSize;
    const bucketSize = 2 * SLOTS * p;
    if (!table || !memory.has(table, bucketSize)) return 0;
    const size = memory.u32(table);
    if (size < 2 || size > 10_000_000) return 0;
    const wanted = key <= 1 ? key + 100 : key;
    let seed = Math.floor(wanted / 4) % 4294967296;
    const increment = 1 + (((Math.floor(wanted / 32) % 4294967296) + 1) % 4294967296) % (size - 1);
    for (let probe = 0; probe < size; probe++) {
      const bucket = table + bucketSize * (1 + (seed % size));
      for (let i = 0; i < SLOTS; i++) {
        if (memory.pointer(bucket + p * i) !== wanted) continue;
        const value = bucket + p * (SLOTS + i);
        const high = memory.u32(value + p - 4) & 0x7fffffff;
        return (p === 8 ? memory.u32(value) + high * 4294967296 : high) * 2;
      }
      if (memory.u32(bucket + SLOTS * p + p - 4) < 0x80000000) return 0;
      seed = (seed + increment) % 4294967296;
    }
    return 0;
  }
}

/** Nibbles are stored most significant first. */
function nibble(dword: number, index: number): number {
  return (dword >>> (28 - 4 * index)) & 15;
}

/** Index of the last entry of `words` words whose begin, the first, is not after `rva`, or -1. */
function lastNotAfter(table: Uint32Array, words: number, rva: number): number {
  let low = 0;
  let high = table.length / words - 1;
  let found = -1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (table[words * middle] <= rva) {
      found = middle;
      low = middle + 1;
    } else high = middle - 1;
  }
  return found;
}
