import { inflateSync } from 'fflate';
import { BinaryReader, BufferSource, decodeUtf8, FormatError } from '../bytes/index.ts';
import type { ByteSource } from '../bytes/index.ts';
import { AddressSpace } from '../memory/index.ts';
import { guidText } from './debug-directory.ts';
import { Metadata, Table } from './metadata.ts';
import { CompressedReader } from './compressed.ts';

const MAX_PDB = 1 << 27;
/** Inside an image: the largest of real packages are a few megabytes. */
const MAX_EMBEDDED = 1 << 25;
/** Of a PDB's pages, in bytes. */
const CACHE = 8 << 20;
const MAX_POINTS = 1 << 14;
const MAX_POINTS_BLOB = 1 << 19;
/** Methods whose points are kept. */
const KEPT = 64;
const MAX_NAME_PARTS = 256;
const MAX_NAME = 4096;
const MAX_SCOPES = 1 << 14;
/** "MPDB": an embedded PDB (docs/specs/PE-COFF.md of dotnet/runtime). */
const EMBEDDED = 0x4244504d;
/** Start line of a point that belongs to no source. */
const HIDDEN = 0xfeefee;
/** Deflate cannot make more than this many bytes of one. */
const MAX_RATIO = 1100;
/** Nothing of the file is at address 0, so that offsets are never taken for "absent". */
const BASE = 0x10000;
const DEBUGGER_HIDDEN = 1;

/** Code from an IL offset on belongs to a place in a document; lines and columns count from 1. */
export interface SequencePoint {
  readonly il: number;
  readonly document: number;
  readonly hidden: boolean;
  readonly startLine: number;
  readonly startColumn: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** A portable PDB (Portable PDB v1.0): which lines the IL of an assembly came from, and what its locals were called. Damaged parts are FormatErrors. */
export class PortablePdb {
  readonly guid: string;
  readonly stamp: number;
  readonly #metadata: Metadata;
  readonly #points = new Map<number, SequencePoint[]>();

  private constructor(metadata: Metadata, id: Uint8Array) {
    this.#metadata = metadata;
    this.guid = guidText(id);
    this.stamp = new BinaryReader(id).u32(16);
  }

  /** Throws FormatError (or ReadError for references outside the file) when the file is no portable PDB. Read piece by piece. */
  static open(source: ByteSource): PortablePdb {
    if (source.size > MAX_PDB) throw new FormatError(`a PDB of ${source.size} bytes`);
    const memory = new AddressSpace(source, [{ address: BASE, size: source.size, offset: 0 }], 8, CACHE);
    const metadata = new Metadata(memory, BASE, source.size);
    const id = metadata.pdbId();
    if (!id) throw new FormatError('metadata without a #Pdb stream: this is an assembly, not a PDB');
    return new PortablePdb(metadata, id);
  }

  /** A PDB as images carry it: signature, size, deflated data. */
  static openEmbedded(bytes: Uint8Array): PortablePdb {
    const reader = new BinaryReader(bytes);
    if (reader.u32(0) !== EMBEDDED) throw new FormatError('no embedded PDB where the image says one is');
    const size = reader.u32(4);
    if (size > Math.min(MAX_EMBEDDED, bytes.length * MAX_RATIO)) throw new FormatError(`an embedded PDB of ${size} bytes`);
    let data: Uint8Array;
    try {
      data = inflateSync(bytes.subarray(8), { out: new Uint8Array(size) });
    } catch (error) {
      throw new FormatError(`the embedded PDB cannot be inflated: ${error instanceof Error ? error.message : String(error)}`);
    }
    return PortablePdb.open(new BufferSource(data));
  }

  /** Points of a MethodDef by ascending IL offset; empty for methods without source. */
  sequencePoints(methodDef: number): readonly SequencePoint[] {
    let points = this.#points.get(methodDef);
    if (!points) {
      points = this.#readPoints(methodDef);
      if (this.#points.size >= KEPT) this.#points.clear();
      this.#points.set(methodDef, points);
    }
    return points;
  }

  #readPoints(methodDef: number): SequencePoint[] {
    const m = this.#metadata;
    if (methodDef < 1 || methodDef > m.rows(Table.MethodDebugInformation)) return [];
    const blob = m.cell(Table.MethodDebugInformation, methodDef, 1);
    if (blob === 0) return [];
    const r = new CompressedReader(m.blob(blob, MAX_POINTS_BLOB));
    r.unsigned();
    let document = m.cell(Table.MethodDebugInformation, methodDef, 0) || r.unsigned();
    const points: SequencePoint[] = [];
    let il = 0;
    let start: { line: number; column: number } | undefined;
    while (!r.ended && points.length < MAX_POINTS) {
      const delta = r.unsigned();
      if (delta === 0 && points.length > 0) {
        document = r.unsigned();
        continue;
      }
      il += delta;
      const lines = r.unsigned();
      const columns = lines === 0 ? r.unsigned() : r.signed();
      if (lines === 0 && columns === 0) {
        points.push({ il, document, hidden: true, startLine: HIDDEN, startColumn: 0, endLine: HIDDEN, endColumn: 0 });
        continue;
      }
      start = start ? { line: start.line + r.signed(), column: start.column + r.signed() } : { line: r.unsigned(), column: r.unsigned() };
      points.push({ il, document, hidden: false, startLine: start.line, startColumn: start.column, endLine: start.line + lines, endColumn: start.column + columns });
    }
    return points;
  }

  /** Path of a document as the compiler wrote it: parts in the blob heap, joined by a character. */
  documentName(document: number): string {
    const m = this.#metadata;
    const blob = m.blob(m.cell(Table.Document, document, 0), MAX_NAME);
    const separator = blob.length ? String.fromCharCode(blob[0]) : '';
    const r = new CompressedReader(blob.subarray(1));
    const parts: string[] = [];
    let length = 0;
    while (!r.ended && parts.length < MAX_NAME_PARTS && length < MAX_NAME) {
      const at = r.unsigned();
      const part = at ? decodeUtf8(m.blob(at, MAX_NAME)) : '';
      parts.push(part);
      length += part.length + 1;
    }
    return parts.join(separator === '\0' ? '' : separator);
  }

  /** The line an IL offset comes from: the last visible point that is not behind it. */
  lineAt(methodDef: number, il: number): { readonly file: string; readonly line: number } | undefined {
    const point = this.sequencePoints(methodDef).filter((p) => p.il <= il && !p.hidden && p.startLine !== 0).at(-1);
    return point && { file: this.documentName(point.document), line: point.startLine };
  }

  /** Names of a method's locals by slot, where they are visible at an IL offset; what the compiler made is left out. */
  localNames(methodDef: number, il: number): Map<number, string> {
    const m = this.#metadata;
    const names = new Map<number, string>();
    const first = m.findSorted(Table.LocalScope, 0, methodDef);
    for (let rid = first; rid > 0 && rid <= Math.min(m.rows(Table.LocalScope), first + MAX_SCOPES); rid++) {
      if (m.cell(Table.LocalScope, rid, 0) !== methodDef) break;
      const start = m.cell(Table.LocalScope, rid, 4);
      if (il < start || il >= start + m.cell(Table.LocalScope, rid, 5)) continue;
      const end = rid < m.rows(Table.LocalScope) ? m.cell(Table.LocalScope, rid + 1, 2) : m.rows(Table.LocalVariable) + 1;
      for (let v = m.cell(Table.LocalScope, rid, 2); v > 0 && v < Math.min(end, m.rows(Table.LocalVariable) + 1); v++) {
        if ((m.cell(Table.LocalVariable, v, 0) & DEBUGGER_HIDDEN) === 0) names.set(m.cell(Table.LocalVariable, v, 1), m.string(m.cell(Table.LocalVariable, v, 2)));
      }
    }
    return names;
  }
}
