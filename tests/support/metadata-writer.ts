/** A managed PE image as the loader maps it, with the few metadata tables that names and fields need (ECMA-335 II.24 and II.25). */
export interface TypeRow { readonly namespace: string; readonly name: string; /** Name of the base: of this assembly, or `mscorlib!Namespace.Name`; absent for none. */ readonly extends?: string; readonly fields?: readonly FieldRow[]; readonly methods?: readonly string[] }
export interface FieldRow { readonly name: string; /** Signature behind the 0x06: element types and coded indexes. */ readonly signature: readonly number[]; readonly isStatic?: boolean }

const TEXT = 0x400;

export function writeManagedImage(assembly: string, types: readonly TypeRow[], wide: boolean): Uint8Array {
  const metadata = writeMetadata(assembly, types);
  const bytes = new Uint8Array(TEXT + 72 + metadata.length);
  const view = new DataView(bytes.buffer);
  const directories = 0x98 + (wide ? 112 : 96);
  view.setUint16(0, 0x5a4d, true);
  view.setUint32(0x3c, 0x80, true);
  view.setUint32(0x80, 0x4550, true);
  view.setUint16(0x84, wide ? 0x8664 : 0x14c, true);
  view.setUint16(0x94, wide ? 240 : 224, true);
  view.setUint16(0x98, wide ? 0x20b : 0x10b, true);
  view.setUint32(0x98 + 56, bytes.length, true);
  view.setUint32(0x98 + 60, TEXT, true);
  view.setUint32(directories - 4, 16, true);
  view.setUint32(directories + 8 * 14, TEXT, true);
  view.setUint32(directories + 8 * 14 + 4, 72, true);
  view.setUint32(TEXT, 72, true);
  view.setUint32(TEXT + 8, TEXT + 72, true);
  view.setUint32(TEXT + 12, metadata.length, true);
  bytes.set(metadata, TEXT + 72);
  return bytes;
}

class Heap {
  readonly bytes: number[] = [0];
  readonly #known = new Map<string, number>();
  add(key: string, data: readonly number[]): number {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const at = this.bytes.length;
    this.bytes.push(...data);
    this.#known.set(key, at);
    return at;
  }
}

function writeMetadata(assembly: string, types: readonly TypeRow[]): Uint8Array {
  const strings = new Heap();
  const blobs = new Heap();
  const text = (s: string) => (s === '' ? 0 : strings.add(s, [...new TextEncoder().encode(s), 0]));
  const blob = (data: readonly number[]) => blobs.add(data.join(), [data.length, ...data]);

  const refs: string[] = [];
  const refOf = (full: string) => (refs.includes(full) ? refs.indexOf(full) : refs.push(full) - 1) + 1;
  const typeDefOrRef = (base: string | undefined): number => {
    if (base === undefined) return 0;
    if (base.startsWith('mscorlib!')) return (refOf(base.slice(9)) << 2) | 1;
    return (types.findIndex((t) => `${t.namespace}.${t.name}` === base) + 2) << 2;
  };

  const rows: number[] = [];
  const u16 = (v: number) => rows.push(v & 0xff, (v >>> 8) & 0xff);
  const u32 = (v: number) => { u16(v); u16(v >>> 16); };
  const typeDefs: (() => void)[] = [() => { u32(0); u16(text('<Module>')); u16(0); u16(0); u16(1); u16(1); }];
  const fields: (() => void)[] = [];
  const methods: (() => void)[] = [];
  for (const type of types) {
    const firstField = fields.length + 1;
    const firstMethod = methods.length + 1;
    const base = typeDefOrRef(type.extends);
    typeDefs.push(() => { u32(0x100001); u16(text(type.name)); u16(text(type.namespace)); u16(base); u16(firstField); u16(firstMethod); });
    for (const f of type.fields ?? []) fields.push(() => { u16(f.isStatic ? 0x16 : 6); u16(text(f.name)); u16(blob([6, ...f.signature])); });
    for (const name of type.methods ?? []) methods.push(() => { u32(0); u16(0); u16(0x86); u16(text(name)); u16(blob([0x20, 0, 1])); u16(1); });
  }
  const tables: [number, (() => void)[]][] = [
    [0, [() => { u16(0); u16(text(`${assembly}.dll`)); u16(1); u16(0); u16(0); }]],
    [1, refs.map((full) => () => { u16((1 << 2) | 2); u16(text(full.slice(full.lastIndexOf('.') + 1))); u16(text(full.slice(0, full.lastIndexOf('.')))); })],
    [2, typeDefs], [4, fields], [6, methods],
    [0x20, [() => { u32(0x8004); u16(4); u16(0); u16(0); u16(0); u32(0); u16(0); u16(text(assembly)); u16(0); }]],
    [0x23, refs.length ? [() => { u16(4); u16(0); u16(0); u16(0); u32(0); u16(0); u16(text('mscorlib')); u16(0); u16(0); }] : []],
  ];
  const present = tables.filter(([, list]) => list.length > 0);
  for (const [, list] of present) for (const row of list) row();

  const tilde: number[] = [0, 0, 0, 0, 2, 0, 0, 1];
  const mask = present.reduce((bits, [id]) => bits | (1n << BigInt(id)), 0n);
  for (const value of [mask, 0n]) for (let i = 0n; i < 8n; i++) tilde.push(Number((value >> (8n * i)) & 0xffn));
  for (const [, list] of present) for (let i = 0; i < 4; i++) tilde.push((list.length >>> (8 * i)) & 0xff);
  tilde.push(...rows);

  const streams: [string, number[]][] = [['#~', tilde], ['#Strings', strings.bytes], ['#US', [0]], ['#GUID', Array.from({ length: 16 }, (_, i) => i + 1)], ['#Blob', blobs.bytes]];
  const header: number[] = [];
  const h32 = (v: number) => { for (let i = 0; i < 4; i++) header.push((v >>> (8 * i)) & 0xff); };
  h32(0x424a5342);
  h32(0x10001);
  h32(0);
  h32(12);
  header.push(...new TextEncoder().encode('v4.0.30319\0\0'), 0, 0, streams.length, 0);
  const padded = (n: number) => Math.ceil(n / 4) * 4;
  let at = header.length + streams.reduce((sum, [name]) => sum + 8 + padded(name.length + 1), 0);
  for (const [name, data] of streams) {
    h32(at);
    h32(padded(data.length));
    header.push(...new TextEncoder().encode(name), ...Array.from({ length: padded(name.length + 1) - name.length }, () => 0));
    at += padded(data.length);
  }
  return Uint8Array.from([...header, ...streams.flatMap(([, data]) => [...data, ...Array.from({ length: padded(data.length) - data.length }, () => 0)])]);
}
