/** Writes minidumps from a model, after minidumpapiset.h, for tests of the container: 32- and 64-bit, either memory list. */
export interface MinidumpModel {
  readonly architecture: 'x86' | 'x64';
  readonly threads: readonly { readonly id: number; readonly teb: number; readonly registers: Readonly<Record<string, number>> }[];
  readonly modules: readonly { readonly base: number; readonly size: number; readonly path: string; /** `a.b.c.d` */ readonly version?: string }[];
  readonly memory: readonly { readonly address: number; readonly bytes: Uint8Array }[];
  readonly list: 'MemoryList' | 'Memory64List';
  /** What the system says of the address space; `type`: MEM_PRIVATE 0x20000, MEM_IMAGE 0x1000000; `committed` bytes of `size`. */
  readonly regions?: readonly { readonly address: number; readonly size: number; readonly committed: number; readonly type: number }[];
  readonly exception?: { readonly thread: number; readonly code: number; readonly address: number; readonly registers: Readonly<Record<string, number>> };
  /** Addresses above 2 GB with all upper bits set, as some writers store 32-bit ones. */
  readonly signExtended?: boolean;
}

const Stream = { ThreadList: 3, ModuleList: 4, MemoryList: 5, Exception: 6, SystemInfo: 7, Memory64List: 9, MemoryInfoList: 16 } as const;
const HEADER = 32;
const CONTEXTS = {
  x86: { size: 0x2cc, width: 4, flags: { at: 0, value: 0x1003f }, offsets: { edi: 0x9c, esi: 0xa0, ebx: 0xa4, edx: 0xa8, ecx: 0xac, eax: 0xb0, ebp: 0xb4, eip: 0xb8, eflags: 0xc0, esp: 0xc4 } },
  x64: { size: 0x4d0, width: 8, flags: { at: 0x30, value: 0x10001f }, offsets: { rax: 0x78, rsp: 0x98, rbp: 0xa0, rip: 0xf8 } },
} as const;

/** A CONTEXT of winnt.h with these registers. */
export function windowsContext(architecture: 'x86' | 'x64', registers: Readonly<Record<string, number>>): Uint8Array {
  const { size, width, flags, offsets } = CONTEXTS[architecture];
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint32(flags.at, flags.value, true);
  for (const [name, value] of Object.entries(registers)) {
    const at = (offsets as Readonly<Record<string, number>>)[name];
    if (at === undefined) throw new Error(`${architecture} has no register ${name} here`);
    if (width === 8) view.setBigUint64(at, BigInt(value), true);
    else view.setUint32(at, value, true);
  }
  return bytes;
}

export function writeMinidump(model: MinidumpModel): Uint8Array {
  const streams: [number, number][] = [];
  const count = 4 + (model.exception ? 1 : 0) + (model.regions ? 1 : 0);
  const out = new Writer(HEADER + 12 * count);
  const address = (value: number) => (model.signExtended && value >= 0x80000000 ? BigInt(value) | 0xffffffff00000000n : BigInt(value));
  const place = (bytes: Uint8Array) => [bytes.length, out.append(bytes)] as const;
  const contexts = model.threads.map((thread) => place(windowsContext(model.architecture, thread.registers)));
  const names = model.modules.map(({ path }) => out.append(new Fields().u32(2 * path.length).utf16(`${path}\0`).bytes()));

  const add = (type: number, fields: Fields) => streams.push([type, out.append(fields.bytes())]);
  const sizes = new Map<number, number>();
  const stream = (type: number, fields: Fields) => {
    sizes.set(type, fields.bytes().length);
    add(type, fields);
  };
  stream(Stream.SystemInfo, new Fields().u16(model.architecture === 'x86' ? 0 : 9).u16(0).u16(0).u16(0x0102).u32(10).u32(0).u32(17763).u32(2).zeros(32));
  const threads = new Fields().u32(model.threads.length);
  model.threads.forEach(({ id, teb }, i) => threads.u32(id).zeros(12).u64(address(teb)).zeros(16).u32(contexts[i][0]).u32(contexts[i][1]));
  stream(Stream.ThreadList, threads);
  const modules = new Fields().u32(model.modules.length);
  model.modules.forEach(({ base, size, version }, i) => {
    const [a, b, c, d] = (version ?? '0.0.0.0').split('.').map(Number);
    modules.u64(address(base)).u32(size).zeros(8).u32(names[i]);
    if (version) modules.u32(0xfeef04bd).u32(0x10000).u32((a << 16) + b).u32((c << 16) + d).zeros(68);
    else modules.zeros(84);
  });
  stream(Stream.ModuleList, modules);
  if (model.exception) {
    const { thread, code, address: at, registers } = model.exception;
    const [size, rva] = place(windowsContext(model.architecture, registers));
    stream(Stream.Exception, new Fields().u32(thread).u32(0).u32(code).u32(0).u64(0n).u64(address(at)).zeros(8 + 15 * 8).u32(size).u32(rva));
  }
  if (model.regions) {
    const rows = model.regions.flatMap(({ address: at, size, committed, type }) => [
      { at, base: at, size: committed, state: 0x1000, type },
      ...(size > committed ? [{ at: at + committed, base: at, size: size - committed, state: 0x2000, type }] : []),
    ]);
    const list = new Fields().u32(16).u32(48).u64(BigInt(rows.length));
    for (const row of rows) list.u64(address(row.at)).u64(address(row.base)).u32(4).u32(0).u64(BigInt(row.size)).u32(row.state).u32(4).u32(row.type).u32(0);
    stream(Stream.MemoryInfoList, list);
  }
  if (model.list === 'MemoryList') {
    const places = model.memory.map(({ bytes }) => out.append(bytes));
    const list = new Fields().u32(model.memory.length);
    model.memory.forEach(({ address: at, bytes }, i) => list.u64(address(at)).u32(bytes.length).u32(places[i]));
    stream(Stream.MemoryList, list);
  } else {
    const head = 16 + 16 * model.memory.length;
    const list = new Fields().u64(BigInt(model.memory.length)).u64(BigInt(out.size + head));
    for (const { address: at, bytes } of model.memory) list.u64(address(at)).u64(BigInt(bytes.length));
    stream(Stream.Memory64List, list);
    for (const { bytes } of model.memory) out.append(bytes);
  }
  const directory = new Fields();
  for (const [type, rva] of streams) directory.u32(type).u32(sizes.get(type) ?? 0).u32(rva);
  return out.finish(new Fields().u32(0x504d444d).u32(0xa793).u32(count).u32(HEADER).u32(0).u32(1_700_000_000).u64(2n).bytes(), directory.bytes());
}

/** Parts one after the other behind a head of known size. */
class Writer {
  size: number;
  readonly #head: number;
  readonly #parts: Uint8Array[] = [];
  constructor(head: number) {
    this.#head = head;
    this.size = head;
  }
  append(bytes: Uint8Array): number {
    const at = this.size;
    this.#parts.push(bytes);
    this.size += bytes.length;
    return at;
  }
  finish(...head: readonly Uint8Array[]): Uint8Array {
    const front = Buffer.concat(head);
    if (front.length !== this.#head) throw new Error(`a head of ${front.length} bytes`);
    return Uint8Array.from(Buffer.concat([front, ...this.#parts]));
  }
}

class Fields {
  readonly #bytes: number[] = [];
  #number(value: bigint, size: number): this {
    for (let i = 0; i < size; i++) this.#bytes.push(Number((value >> BigInt(8 * i)) & 0xffn));
    return this;
  }
  u16(value: number): this { return this.#number(BigInt(value), 2); }
  u32(value: number): this { return this.#number(BigInt(value), 4); }
  u64(value: bigint): this { return this.#number(value, 8); }
  zeros(size: number): this { return this.#number(0n, size); }
  utf16(text: string): this {
    for (const c of text) this.u16(c.charCodeAt(0));
    return this;
  }
  bytes(): Uint8Array { return Uint8Array.from(this.#bytes); }
}
