import { writeManagedImage } from './metadata-writer.ts';
import type { TypeRow } from './metadata-writer.ts';
import { writeMinidump } from './minidump-writer.ts';

/**
 * A made-up process of .NET Framework 4.8 with a heap, written from CoreCLR 1.0's headers (vm/methodtable.h, class.h, field.h,
 * object.h, gc/gcpriv.h) and not from the reader: what is counted here is what the reader has to find.
 */
export interface FrameworkProcess {
  readonly dump: Uint8Array;
  /** Objects of each type, free space among them. */
  readonly counts: ReadonlyMap<string, number>;
  readonly strings: readonly string[];
  /** Addresses of a few objects. */
  readonly cart: number;
  readonly exception: number;
  readonly innerException: number;
  readonly message: string;
}

const IMAGE = 0x1000000;
const PRIVATE = 0x20000;
const CLR = 0x70000000;
const CLR_SIZE = 0x20000;
const CLR_DATA = CLR + 0x10000;
const MSCORLIB = 0x60000000;
const SHOP = 0x50000000;
const LOADER = 0x2000000;
const SOH = 0x3000000;
const LOH = 0x5000000;
const RESERVED = 0x1000000;
/** CorElementType codes of field signatures. */
const STRING = 0x0e, INT = 0x08, OBJECT = 0x1c;

const MSCORLIB_TYPES: readonly TypeRow[] = [
  { namespace: 'System', name: 'Object' },
  { namespace: 'System', name: 'String', extends: 'System.Object', fields: [{ name: 'm_stringLength', signature: [INT] }] },
  { namespace: 'System', name: 'Array', extends: 'System.Object' },
  {
    namespace: 'System', name: 'Exception', extends: 'System.Object',
    fields: [{ name: '_message', signature: [STRING] }, { name: '_innerException', signature: [OBJECT] }, { name: '_stackTrace', signature: [OBJECT] }, { name: '_stackTraceString', signature: [STRING] }, { name: '_HResult', signature: [INT] }],
  },
  { namespace: 'System', name: 'Byte', extends: 'System.Object' },
];
const SHOP_TYPES: readonly TypeRow[] = [
  { namespace: 'Shop', name: 'Cart', extends: 'mscorlib!System.Object', fields: [{ name: 'owner', signature: [STRING] }, { name: 'count', signature: [INT] }, { name: 'all', signature: [INT], isStatic: true }], methods: ['Checkout'] },
  { namespace: 'Shop', name: 'CartException', extends: 'mscorlib!System.Exception' },
  { namespace: 'Shop', name: 'Box`1', extends: 'mscorlib!System.Object', fields: [{ name: 'value', signature: [0x13, 0] }] },
];

export function writeFrameworkProcess(architecture: 'x86' | 'x64'): FrameworkProcess {
  const wide = architecture === 'x64';
  const p = wide ? 8 : 4;
  const space = new Space(p);
  const mscorlib = writeManagedImage('mscorlib', MSCORLIB_TYPES, wide);
  const shop = writeManagedImage('Shop', SHOP_TYPES, wide);
  space.map(CLR, new Uint8Array(CLR_SIZE), IMAGE);
  space.map(MSCORLIB, mscorlib, IMAGE);
  space.map(SHOP, shop, IMAGE);
  space.map(LOADER, new Uint8Array(0x10000), PRIVATE);
  const loader = new Arena(LOADER + 0x100);

  /** Module → file → image → layout → base, at offsets the reader has to find out. */
  const module = (base: number) => {
    const [at, file, image, layout] = [0x200, 0x80, 0x100, 0x40].map((n) => loader.take(n));
    space.pointer(at + 9 * p, file);
    space.pointer(file + 3 * p, image);
    space.pointer(image + 14 * p, layout);
    space.pointer(layout + p, base);
    return at;
  };
  const ofMscorlib = module(MSCORLIB);
  const ofShop = module(SHOP);

  const o = wide ? { parent: 16, module: 24, link: 40, slot1: 48, size: 64 } : { parent: 16, module: 20, link: 28, slot1: 32, size: 40 };
  interface TypeOptions { flags?: number; flags2?: number; base: number; parent?: number; module?: number; rid?: number; virtuals?: number; element?: number; canonical?: number; fields?: readonly { rid: number; offset: number; element: number; isStatic?: boolean }[]; extra?: number }
  const type = ({ flags = 0, flags2 = 0, base, parent = 0, module: of = ofMscorlib, rid = 0, virtuals = 4, element = 0, canonical, fields = [], extra = 0 }: TypeOptions) => {
    const at = loader.take(o.size + Math.ceil(virtuals / 8) * p + extra * p);
    space.u32(at, flags);
    space.u32(at + 4, base);
    space.u16(at + 8, flags2);
    space.u16(at + 10, rid);
    space.u16(at + 12, virtuals);
    space.pointer(at + o.parent, parent);
    space.pointer(at + o.module, of);
    if (element) space.pointer(at + o.slot1, element);
    if (canonical !== undefined) {
      space.pointer(at + o.link, canonical + 2);
      return at;
    }
    const eeClass = loader.take(0x60);
    space.pointer(at + o.link, eeClass);
    space.pointer(eeClass + 2 * p, at);
    if (fields.length) {
      const stride = p + 8;
      const list = loader.take(fields.length * stride);
      space.pointer(eeClass + 3 * p, list);
      fields.forEach((f, i) => {
        space.pointer(list + i * stride, at);
        space.u32(list + i * stride + p, f.rid | (f.isStatic ? 0x1000000 : 0));
        space.u32(list + i * stride + p + 4, (f.offset | (f.element << 27)) >>> 0);
      });
    }
    return at;
  };

  const smallest = 3 * p;
  const exceptionBase = 6 * p + 8;
  const T = { Object: 0, String: 0, Array: 0, Exception: 0, Byte: 0, StringArray: 0, ByteArray: 0, Cart: 0, CartException: 0, BoxCanon: 0, BoxString: 0, Free: 0 };
  T.Object = type({ base: smallest, rid: 2 });
  T.String = type({ base: wide ? 26 : 14, flags: 0x80000002, rid: 3, parent: T.Object });
  T.Array = type({ base: smallest, rid: 4, parent: T.Object });
  T.Exception = type({
    base: exceptionBase, rid: 5, parent: T.Object, flags: 0x01000000,
    fields: [{ rid: 2, offset: 0, element: 0x12 }, { rid: 3, offset: p, element: 0x12 }, { rid: 4, offset: 2 * p, element: 0x12 }, { rid: 5, offset: 3 * p, element: 0x12 }, { rid: 6, offset: 4 * p, element: INT }],
  });
  T.Byte = type({ base: smallest, rid: 6, parent: T.Object, flags: 0x00060000 });
  T.StringArray = type({ base: smallest, flags: (0x810a0000 | p) >>> 0, parent: T.Array, element: T.String });
  T.ByteArray = type({ base: smallest, flags: 0x800a0001, parent: T.Array, element: T.Byte });
  T.Cart = type({ base: smallest + p, rid: 2, parent: T.Object, module: ofShop, flags: 0x01000000, fields: [{ rid: 1, offset: 0, element: 0x12 }, { rid: 2, offset: p, element: INT }, { rid: 3, offset: 0, element: INT, isStatic: true }] });
  // The base type behind a cell, as in precompiled images.
  const cell = loader.take(p);
  space.pointer(cell, T.Exception);
  T.CartException = type({ base: exceptionBase, rid: 3, parent: cell - o.parent, module: ofShop, flags: 0x01800000 });
  // Box<__Canon>: loaded by mscorlib's loader, defined in Shop, which a third slot behind the vtable chunk says. Box<String> shares its class.
  const dictionaries = loader.take(2 * p) + p;
  const dictionary = loader.take(p);
  space.u16(dictionaries - p + (wide ? 4 : 0), 1);
  space.u16(dictionaries - p + (wide ? 6 : 2), 1);
  space.pointer(dictionaries, dictionary);
  space.pointer(dictionary, T.String);
  T.BoxCanon = type({ base: smallest, rid: 4, parent: T.Object, flags: 0x01000020, flags2: 0x13, extra: 1, element: dictionaries });
  space.pointer(T.BoxCanon + o.size + p, ofShop);
  T.BoxString = type({ base: smallest, rid: 4, parent: T.Object, flags: 0x01000020, flags2: 0x13, extra: 1, element: dictionaries, canonical: T.BoxCanon });
  T.Free = loader.take(o.size);
  space.u32(T.Free, 0x80000001);
  space.u32(T.Free + 4, smallest);

  // The one method of Shop.Cart: a chunk {MethodTable, next, size, count, token range} and a MethodDesc {token rest, index, flags, slot, flags}.
  const chunk = loader.take(2 * p + 8 + 8);
  const method = chunk + (wide ? 24 : 12);
  space.pointer(chunk, T.Cart);
  space.u16(method, 1);
  space.u16(method + 4, 4);

  // Heap: what the last GC left, an allocation context's zeros, newer objects, and behind the GC's own mark garbage of former times.
  const counts = new Map<string, number>();
  const strings: string[] = [];
  const count = (name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);
  const round = (n: number) => Math.ceil(n / p) * p;
  space.map(SOH, new Uint8Array(0x20000), PRIVATE, RESERVED);
  space.map(LOH, new Uint8Array(0x40000), PRIVATE, RESERVED);
  const heap = new Arena(SOH + 0x1000);
  const object = (table: number, name: string, size: number) => {
    const at = heap.take(round(size), p);
    space.pointer(at, table);
    count(name);
    return at;
  };
  const string = (text: string) => {
    const at = object(T.String, 'System.String', (wide ? 26 : 14) + 2 * text.length);
    space.u32(at + p, text.length);
    [...text].forEach((c, i) => space.u16(at + p + 4 + 2 * i, c.charCodeAt(0)));
    strings.push(text);
    return at;
  };
  const cartOf = (owner: string, n: number) => {
    const name = string(owner);
    const at = object(T.Cart, 'Shop.Cart', smallest + p);
    space.pointer(at + p, name);
    space.u32(at + 2 * p, n);
    return at;
  };
  const exceptionOf = (table: number, name: string, text: string, inner: number, hresult: number) => {
    const said = string(text);
    const at = object(table, name, exceptionBase);
    space.pointer(at + p, said);
    space.pointer(at + 2 * p, inner);
    space.u32(at + 5 * p, hresult);
    return at;
  };
  for (let i = 0; i < 40; i++) cartOf(`user${i}`, i);
  const free = object(T.Free, 'Free', smallest + 40);
  space.u32(free + p, 40);
  const array = object(T.StringArray, 'System.String[]', smallest + 3 * p);
  space.u32(array + p, 3);
  const box = object(T.BoxString, 'Shop.Box`1[[System.String, mscorlib]]', smallest);
  space.pointer(box + p, string('boxed'));
  const allocated = heap.at;
  const cart = cartOf('newest', 7);
  heap.take(0x180, p);
  const message = "ERR Error running script (call to f_71fe): @user_script:4: -OOM command not allowed when used memory > 'maxmemory'.";
  const innerException = exceptionOf(T.Exception, 'System.Exception', message, 0, 0x80131500);
  // StackTraceArray: {count, thread} and {ip, sp, MethodDesc, flags} a frame, in an array of bytes.
  const trace = object(T.ByteArray, 'System.Byte[]', smallest + 2 * p + 4 * p);
  space.u32(trace + p, 6 * p);
  [1, 0x1234, 0x40001234, 0x19f000, method, 0].forEach((word, i) => space.pointer(trace + 2 * p + i * p, word));
  space.pointer(innerException + 3 * p, trace);
  const exception = exceptionOf(T.CartException, 'Shop.CartException', 'the cart is locked', innerException, 0x80131501);
  const newest = heap.at;
  const before = new Map(counts);
  for (let i = 0; i < 5; i++) cartOf('garbage', i);
  const used = heap.at;
  counts.clear();
  for (const [name, n] of before) counts.set(name, n);
  strings.splice(strings.length - 5);
  space.segment(SOH, { allocated, committed: SOH + 0x20000, reserved: SOH + RESERVED, used, mem: SOH + 0x1000, flags: 0, next: 0 });

  const large = LOH + 0x1000;
  space.pointer(large, T.ByteArray);
  space.u32(large + p, 90_000);
  count('System.Byte[]');
  const largeEnd = large + Math.ceil((smallest + 90_000) / 8) * 8;
  space.segment(LOH, { allocated: largeEnd, committed: LOH + 0x40000, reserved: LOH + RESERVED, used: largeEnd, mem: large, flags: 8, next: 0 });

  // The GC's variables: start of the newest generation, segment, and the end of its newest object.
  [SOH, allocated, newest, newest - 0x40].forEach((value, i) => space.pointer(CLR_DATA + i * p, value));

  const modules = [
    { base: CLR, size: CLR_SIZE, path: 'C:\\Windows\\Microsoft.NET\\Framework\\v4.0.30319\\clr.dll', version: '4.8.4300.0' },
    { base: MSCORLIB, size: mscorlib.length, path: 'C:\\Windows\\assembly\\mscorlib.dll', version: '4.8.4300.0' },
    { base: SHOP, size: shop.length, path: 'C:\\inetpub\\shop\\bin\\Shop.dll', version: '1.0.0.0' },
  ];
  const dump = writeMinidump({
    architecture, modules, list: 'Memory64List', threads: [{ id: 0x1a4, teb: 0, registers: {} }],
    memory: space.regions.map(({ base, bytes }) => ({ address: base, bytes })),
    regions: space.regions.map(({ base, bytes, type, reserved = bytes.length }) => ({ address: base, size: reserved, committed: bytes.length, type })),
  });
  return { dump, counts, strings, cart, exception, innerException, message };
}

/** Hands out addresses, each aligned to a word of eight bytes unless told otherwise. */
class Arena {
  at: number;
  constructor(at: number) { this.at = at; }
  take(size: number, alignment = 8): number {
    const start = Math.ceil(this.at / alignment) * alignment;
    this.at = start + size;
    return start;
  }
}

class Space {
  readonly regions: { base: number; bytes: Uint8Array; type: number; reserved?: number }[] = [];
  readonly #p: number;
  constructor(p: number) { this.#p = p; }
  map(base: number, bytes: Uint8Array, type: number, reserved?: number): void {
    this.regions.push({ base, bytes, type, ...(reserved ? { reserved } : {}) });
  }
  #view(at: number): [DataView, number] {
    const region = this.regions.find((r) => at >= r.base && at < r.base + r.bytes.length);
    if (!region) throw new Error(`nothing is mapped at ${at.toString(16)}`);
    return [new DataView(region.bytes.buffer, region.bytes.byteOffset), at - region.base];
  }
  u16(at: number, v: number): void { const [view, i] = this.#view(at); view.setUint16(i, v, true); }
  u32(at: number, v: number): void { const [view, i] = this.#view(at); view.setUint32(i, v, true); }
  pointer(at: number, v: number): void {
    this.u32(at, v);
    if (this.#p === 8) this.u32(at + 4, 0);
  }
  /** heap_segment: allocated, committed, reserved, used, mem, flags, next. */
  segment(at: number, s: { allocated: number; committed: number; reserved: number; used: number; mem: number; flags: number; next: number }): void {
    [s.allocated, s.committed, s.reserved, s.used, s.mem, s.flags, s.next].forEach((v, i) => this.pointer(at + i * this.#p, v));
  }
}
