import { deflateRawSync } from 'node:zlib';

/** Writes portable PDBs from a model, after their specification (Portable PDB v1.0; ECMA-335 II.24), for tests of the reader. */
export interface PointModel { readonly il: number; readonly document: number; readonly hidden?: boolean; readonly line: number; readonly column: number; readonly endLine: number; readonly endColumn: number }
export interface PdbModel {
  /** 20 bytes: GUID and stamp. */
  readonly id: Uint8Array;
  readonly documents: readonly string[];
  /** By MethodDef row, from 1: points, and scopes with the names of slots. */
  readonly methods: readonly {
    readonly points: readonly PointModel[];
    readonly scopes: readonly { readonly start: number; readonly length: number; readonly locals: readonly { readonly slot: number; readonly name: string; readonly hidden?: boolean }[] }[];
  }[];
  /** Rows the assembly's tables have, by table: they decide widths. */
  readonly outside: ReadonlyMap<number, number>;
}

const METHOD_DEF = 6;
const [DOCUMENT, METHOD_DEBUG, SCOPE, VARIABLE, IMPORT] = [48, 49, 50, 51, 53];

function compressed(value: number): number[] {
  if (value < 0x80) return [value];
  if (value < 0x4000) return [0x80 | (value >> 8), value & 0xff];
  return [0xc0 | (value >> 24), (value >> 16) & 0xff, (value >> 8) & 0xff, value & 0xff];
}

/** II.23.2: the value is turned left within 7, 14 or 29 bits. */
function compressedSigned(value: number): number[] {
  for (const bits of [7, 14, 29]) {
    const half = 2 ** (bits - 1);
    if (value < -half || value >= half) continue;
    const turned = ((value < 0 ? value + half : value) << 1) | (value < 0 ? 1 : 0);
    return bits === 7 ? [turned] : bits === 14 ? [0x80 | (turned >> 8), turned & 0xff] : [0xc0 | (turned >> 24), (turned >> 16) & 0xff, (turned >> 8) & 0xff, turned & 0xff];
  }
  throw new Error(`${value} does not fit`);
}

class Heap {
  readonly bytes: number[] = [0];
  readonly #known = new Map<string, number>();
  add(content: readonly number[]): number {
    const key = content.join();
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const at = this.bytes.length;
    for (const byte of content) this.bytes.push(byte);
    this.#known.set(key, at);
    return at;
  }
}

function pointBlob(points: readonly PointModel[], oneDocument: boolean): number[] {
  const out = compressed(0);
  let document = points[0].document;
  if (!oneDocument) out.push(...compressed(document));
  let previous: PointModel | undefined;
  points.forEach((p, i) => {
    if (p.document !== document) {
      document = p.document;
      out.push(0, ...compressed(document));
    }
    out.push(...compressed(i ? p.il - points[i - 1].il : p.il));
    if (p.hidden) {
      out.push(0, 0);
      return;
    }
    const lines = p.endLine - p.line;
    out.push(...compressed(lines), ...(lines === 0 ? compressed(p.endColumn - p.column) : compressedSigned(p.endColumn - p.column)));
    if (previous) out.push(...compressedSigned(p.line - previous.line), ...compressedSigned(p.column - previous.column));
    else out.push(...compressed(p.line), ...compressed(p.column));
    previous = p;
  });
  return out;
}

const u16 = (value: number) => [value & 0xff, (value >> 8) & 0xff];
const u32 = (value: number) => [value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, (value >>> 24) & 0xff];
const pad = (bytes: number[]) => [...bytes, ...new Array<number>((4 - (bytes.length % 4)) % 4).fill(0)];
const text = (value: string) => [...new TextEncoder().encode(value)];

export function writePdb(model: PdbModel): Uint8Array {
  const strings = new Heap();
  const blobs = new Heap();
  const blob = (content: readonly number[]) => blobs.add([...compressed(content.length), ...content]);
  const documents = model.documents.map((path) => {
    const separator = path.includes('\\') ? '\\' : '/';
    return blob([separator.charCodeAt(0), ...path.split(separator).flatMap((part) => compressed(part ? blob(text(part)) : 0))]);
  });
  const variables: { attributes: number; slot: number; name: number }[] = [];
  const scopes: { method: number; firstVariable: number; start: number; length: number }[] = [];
  const debug = model.methods.map((method, i) => {
    for (const scope of method.scopes) {
      scopes.push({ method: i + 1, firstVariable: variables.length + 1, start: scope.start, length: scope.length });
      for (const local of scope.locals) variables.push({ attributes: local.hidden ? 1 : 0, slot: local.slot, name: strings.add([...text(local.name), 0]) });
    }
    const { points } = method;
    if (points.length === 0) return { document: 0, blob: 0 };
    const one = points.every((p) => p.document === points[0].document);
    return { document: one ? points[0].document : 0, blob: blob(pointBlob(points, one)) };
  });
  const index = (rows: number, limit = 0x10000) => (value: number) => (rows >= limit ? u32(value) : u16(value));
  const ofString = index(strings.bytes.length);
  const ofBlob = index(blobs.bytes.length);
  const ofMethod = index(model.outside.get(METHOD_DEF) ?? 0);
  const ofDocument = index(documents.length);
  const ofVariable = index(variables.length);
  const tables: [number, number[][]][] = [
    [DOCUMENT, documents.map((name) => [...ofBlob(name), ...u16(0), ...ofBlob(0), ...u16(0)])],
    [METHOD_DEBUG, debug.map((d) => [...ofDocument(d.document), ...ofBlob(d.blob)])],
    [SCOPE, scopes.map((s) => [...ofMethod(s.method), ...u16(1), ...ofVariable(s.firstVariable), ...u16(1), ...u32(s.start), ...u32(s.length)])],
    [VARIABLE, variables.map((v) => [...u16(v.attributes), ...u16(v.slot), ...ofString(v.name)])],
    [IMPORT, [[...u16(0), ...ofBlob(0)]]],
  ];
  const present = tables.filter(([, rows]) => rows.length > 0);
  const mask = (numbers: Iterable<number>) => {
    const bytes = new Array<number>(8).fill(0);
    for (const n of numbers) bytes[n >> 3] |= 1 << (n & 7);
    return bytes;
  };
  const tableStream = [
    ...u32(0), 2, 0, (strings.bytes.length >= 0x10000 ? 1 : 0) | (blobs.bytes.length >= 0x10000 ? 4 : 0), 1,
    ...mask(present.map(([n]) => n)), ...mask([]), ...present.flatMap(([, rows]) => u32(rows.length)), ...present.flatMap(([, rows]) => rows.flat()),
  ];
  const outside = [...model.outside].sort(([a], [b]) => a - b);
  const pdbStream = [...model.id, ...u32(0), ...mask(outside.map(([n]) => n)), ...outside.flatMap(([, rows]) => u32(rows))];
  const streams: [string, number[]][] = [['#Pdb', pdbStream], ['#~', tableStream], ['#Strings', strings.bytes], ['#Blob', blobs.bytes], ['#GUID', []]];
  const version = pad([...text('PDB v1.0'), 0]);
  const names = streams.map(([name]) => pad([...text(name), 0]));
  let at = 20 + version.length + names.reduce((sum, name) => sum + 8 + name.length, 0);
  const headers = streams.flatMap(([, bytes], i) => {
    const header = [...u32(at), ...u32(bytes.length), ...names[i]];
    at += pad(bytes).length;
    return header;
  });
  return Uint8Array.from([...text('BSJB'), ...u16(1), ...u16(1), ...u32(0), ...u32(version.length), ...version, ...u16(0), ...u16(streams.length), ...headers, ...streams.flatMap(([, bytes]) => pad(bytes))]);
}

/** As an image carries it; `size`: what it claims to become. */
export function embed(pdb: Uint8Array, size = pdb.length): Uint8Array {
  return Uint8Array.from([...text('MPDB'), ...u32(size), ...deflateRawSync(pdb)]);
}
