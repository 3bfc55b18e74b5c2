import { decodeUtf16, FormatError } from '../bytes/index.ts';
import type { Address } from '../bytes/index.ts';
import type { AddressSpace } from '../memory/index.ts';
import { FieldColumn, MethodDefColumn, ParamColumn, SCHEMA, Table, TypeDefColumn, TypeDefOrRef, TypeRefColumn } from './metadata-tables.ts';
import type { Column } from './metadata-tables.ts';

export { FieldColumn, MethodDefColumn, Table, TypeDefColumn, TypeRefColumn } from './metadata-tables.ts';

interface Stream { readonly start: Address; readonly size: number }
interface TableLayout { readonly start: Address; readonly rows: number; readonly size: number; readonly offsets: readonly number[]; readonly widths: readonly number[] }

const MAX_NESTING = 64;
/** GUID and stamp (Portable PDB v1.0, #Pdb stream). */
const PDB_ID_SIZE = 20;
const MAX_NAME = 2048;
const MAX_PARAMETERS = 4096;

/** A coded or plain metadata token: table number and 1-based row. */
export interface RowRef { readonly table: number; readonly rid: number }

/**
 * CLI metadata (ECMA-335 II.24) read in place from the dump, so that only the pages a question needs are touched.
 * Row numbers are 1-based; a row outside its table is a FormatError.
 */
export class Metadata {
  readonly address: Address;
  readonly size: number;
  readonly #memory: AddressSpace;
  readonly #streams = new Map<string, Stream>();
  readonly #tables: (TableLayout | undefined)[] = [];
  readonly #heapWidths: { string: number; guid: number; blob: number };
  readonly #typeNames = new Map<number, string>();

  constructor(memory: AddressSpace, address: Address, size: number) {
    this.#memory = memory;
    this.address = address;
    this.size = size;
    if (memory.u32(address) !== 0x424a5342) throw new FormatError(`no metadata signature at 0x${address.toString(16)}`);
    this.#readStreams();
    const tables = this.#streams.get('#~') ?? this.#streams.get('#-');
    if (!tables) throw new FormatError('the metadata has no table stream');
    const sizes = memory.u8(tables.start + 6);
    this.#heapWidths = { string: sizes & 1 ? 4 : 2, guid: sizes & 2 ? 4 : 2, blob: sizes & 4 ? 4 : 2 };
    this.#layOutTables(tables, sizes);
  }

  #readStreams(): void {
    const m = this.#memory;
    let at = this.address + 16 + Math.min(m.u32(this.address + 12), 256);
    const count = Math.min(m.u16(at + 2), 16);
    at += 4;
    for (let i = 0; i < count; i++) {
      const name = m.utf8(at + 8, 32);
      this.#streams.set(name, { start: this.address + m.u32(at), size: m.u32(at + 4) });
      at += 8 + ((name.length + 4) & ~3);
    }
  }

  #layOutTables(stream: Stream, sizes: number): void {
    const m = this.#memory;
    const valid = m.big64(stream.start + 8);
    const counts = new Array<number>(64).fill(0);
    let at = stream.start + 24;
    for (let i = 0; i < 64; i++) {
      if (!((valid >> BigInt(i)) & 1n)) continue;
      counts[i] = m.u32(at);
      if (counts[i] > 0xffffff) throw new FormatError(`metadata table ${i} declares ${counts[i]} rows`);
      at += 4;
    }
    if (sizes & 0x40) at += 4;
    const outside = this.#outsideCounts();
    const known = counts.map((count, i) => outside[i] ?? count);
    for (let i = 0; i < 64; i++) {
      if (counts[i] === 0) continue;
      const columns = SCHEMA[i];
      if (!columns) throw new FormatError(`unknown metadata table ${i}`);
      const widths = columns.map((c) => this.#width(c, known));
      const offsets: number[] = [];
      let size = 0;
      for (const width of widths) {
        offsets.push(size);
        size += width;
      }
      this.#tables[i] = { start: at, rows: counts[i], size, offsets, widths };
      at += size * counts[i];
    }
  }

  /** A PDB says how many rows the tables of its assembly have: they decide how wide its own row numbers are. */
  #outsideCounts(): (number | undefined)[] {
    const pdb = this.#streams.get('#Pdb');
    if (!pdb) return [];
    const m = this.#memory;
    const referenced = m.big64(pdb.start + PDB_ID_SIZE + 4);
    const counts: (number | undefined)[] = [];
    let at = pdb.start + PDB_ID_SIZE + 12;
    for (let i = 0; i < 64; i++) {
      if (!((referenced >> BigInt(i)) & 1n)) continue;
      counts[i] = m.u32(at);
      at += 4;
    }
    return counts;
  }

  /** The 20 bytes that tie a PDB to its assembly; undefined for metadata that is no PDB. */
  pdbId(): Uint8Array | undefined {
    const pdb = this.#streams.get('#Pdb');
    return pdb && this.#memory.read(pdb.start, PDB_ID_SIZE);
  }

  #width(column: Column, counts: readonly number[]): number {
    if (typeof column === 'number') return column;
    if (typeof column === 'string') return this.#heapWidths[column];
    if ('table' in column) return counts[column.table] > 0xffff ? 4 : 2;
    return Math.max(...column.coded.map((t) => counts[t] ?? 0)) >= 1 << (16 - column.bits) ? 4 : 2;
  }

  rows(table: number): number {
    return this.#tables[table]?.rows ?? 0;
  }

  /** Raw value of a cell: a number, a heap offset, a row or a coded index. */
  cell(table: number, rid: number, column: number): number {
    const layout = this.#tables[table];
    if (!layout || rid < 1 || rid > layout.rows) throw new FormatError(`metadata row ${rid} of table ${table} does not exist`);
    const at = layout.start + layout.size * (rid - 1) + layout.offsets[column];
    return layout.widths[column] === 2 ? this.#memory.u16(at) : this.#memory.u32(at);
  }

  /** Address of the first byte of a row's cell, for callers that print it. */
  string(offset: number): string {
    const heap = this.#streams.get('#Strings');
    if (!heap || offset >= heap.size) throw new FormatError(`metadata string ${offset} does not exist`);
    return this.#memory.utf8(heap.start + offset, Math.min(MAX_NAME, heap.size - offset));
  }

  /** A blob, or as much of it as `limit` bytes hold. */
  blob(offset: number, limit = Infinity): Uint8Array {
    const heap = this.#streams.get('#Blob');
    if (!heap || offset >= heap.size) throw new FormatError(`metadata blob ${offset} does not exist`);
    const { length, header } = this.#blobLength(heap.start + offset);
    if (length > heap.size - offset) throw new FormatError(`metadata blob ${offset} is ${length} bytes long`);
    return this.#memory.read(heap.start + offset + header, Math.min(length, limit));
  }

  /** A string of the #US heap (operand of ldstr). */
  userString(offset: number): string {
    const heap = this.#streams.get('#US');
    if (!heap || offset >= heap.size) throw new FormatError(`user string ${offset} does not exist`);
    const { length, header } = this.#blobLength(heap.start + offset);
    return decodeUtf16(this.#memory.read(heap.start + offset + header, Math.min(length, heap.size - offset) & ~1));
  }

  #blobLength(at: Address): { length: number; header: number } {
    const first = this.#memory.u8(at);
    if (first < 0x80) return { length: first, header: 1 };
    if (first < 0xc0) return { length: ((first & 0x3f) << 8) | this.#memory.u8(at + 1), header: 2 };
    return { length: ((first & 0x1f) << 24) | (this.#memory.u8(at + 1) << 16) | (this.#memory.u8(at + 2) << 8) | this.#memory.u8(at + 3), header: 4 };
  }

  /** Splits a TypeDefOrRef coded index. */
  typeDefOrRef(codedIndex: number): RowRef {
    const table = TypeDefOrRef[codedIndex & 3];
    if (table === undefined) throw new FormatError(`bad TypeDefOrRef index ${codedIndex}`);
    return { table, rid: codedIndex >>> 2 };
  }

  /** First row of a sorted table whose column equals `key`; 0 when there is none (II.22: NestedClass, GenericParam, …). */
  findSorted(table: number, column: number, key: number): number {
    let low = 1;
    let high = this.rows(table);
    let found = 0;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const value = this.cell(table, middle, column);
      if (value >= key) {
        if (value === key) found = middle;
        high = middle - 1;
      } else low = middle + 1;
    }
    return found;
  }

  /** TypeDef row of the enclosing type, or 0. */
  encloser(typeDef: number): number {
    const rid = this.findSorted(Table.NestedClass, 0, typeDef);
    return rid === 0 ? 0 : this.cell(Table.NestedClass, rid, 1);
  }

  /** `Namespace.Outer+Inner` of a TypeDef. */
  typeName(typeDef: number, depth = 0): string {
    const known = this.#typeNames.get(typeDef);
    if (known !== undefined) return known;
    const encloser = depth < MAX_NESTING ? this.encloser(typeDef) : 0;
    const own = this.string(this.cell(Table.TypeDef, typeDef, TypeDefColumn.Name));
    const name = encloser ? `${this.typeName(encloser, depth + 1)}+${own}` : this.#qualify(Table.TypeDef, typeDef, TypeDefColumn.Namespace, own);
    this.#typeNames.set(typeDef, name);
    return name;
  }

  /** `Namespace.Outer+Inner` of a TypeRef. */
  typeRefName(typeRef: number, depth = 0): string {
    const own = this.string(this.cell(Table.TypeRef, typeRef, TypeRefColumn.Name));
    const scope = this.cell(Table.TypeRef, typeRef, TypeRefColumn.Scope);
    if ((scope & 3) === 3 && depth < MAX_NESTING) return `${this.typeRefName(scope >>> 2, depth + 1)}+${own}`;
    return this.#qualify(Table.TypeRef, typeRef, TypeRefColumn.Namespace, own);
  }

  /** `Namespace.Outer+Inner` of a TypeDef or TypeRef; empty for a TypeSpec, which has no name of its own. */
  fullTypeName(ref: RowRef): string {
    if (ref.table === Table.TypeDef) return this.typeName(ref.rid);
    return ref.table === Table.TypeRef ? this.typeRefName(ref.rid) : '';
  }

  /** Namespace and name of the row alone, without enclosers: what SOS prints inside signatures. */
  shortTypeName(ref: RowRef): string {
    const namespaceColumn = ref.table === Table.TypeDef ? TypeDefColumn.Namespace : TypeRefColumn.Namespace;
    const nameColumn = ref.table === Table.TypeDef ? TypeDefColumn.Name : TypeRefColumn.Name;
    return this.#qualify(ref.table, ref.rid, namespaceColumn, this.string(this.cell(ref.table, ref.rid, nameColumn)));
  }

  #qualify(table: number, rid: number, namespaceColumn: number, own: string): string {
    const namespace = this.string(this.cell(table, rid, namespaceColumn));
    return namespace ? `${namespace}.${own}` : own;
  }

  /** Rows [first, end) that a list column of a TypeDef owns. */
  #list(typeDef: number, column: number, target: number): { first: number; end: number } {
    const first = this.cell(Table.TypeDef, typeDef, column);
    const end = typeDef < this.rows(Table.TypeDef) ? this.cell(Table.TypeDef, typeDef + 1, column) : this.rows(target) + 1;
    return { first, end: Math.max(first, end) };
  }

  fieldsOf(typeDef: number): { first: number; end: number } {
    return this.#list(typeDef, TypeDefColumn.FieldList, Table.Field);
  }

  methodsOf(typeDef: number): { first: number; end: number } {
    return this.#list(typeDef, TypeDefColumn.MethodList, Table.MethodDef);
  }

  /** TypeDef that declares a MethodDef. */
  ownerOfMethod(methodDef: number): number {
    let low = 1;
    let high = this.rows(Table.TypeDef);
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.cell(Table.TypeDef, middle, TypeDefColumn.MethodList) <= methodDef) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  methodName(methodDef: number): string {
    return this.string(this.cell(Table.MethodDef, methodDef, MethodDefColumn.Name));
  }

  methodSignature(methodDef: number): Uint8Array {
    return this.blob(this.cell(Table.MethodDef, methodDef, MethodDefColumn.Signature));
  }

  /** Names of a MethodDef's parameters by their position from 1; those without a row are missing. */
  parameterNames(methodDef: number): Map<number, string> {
    const first = this.cell(Table.MethodDef, methodDef, MethodDefColumn.ParamList);
    const next = methodDef < this.rows(Table.MethodDef) ? this.cell(Table.MethodDef, methodDef + 1, MethodDefColumn.ParamList) : this.rows(Table.Param) + 1;
    const names = new Map<number, string>();
    for (let rid = Math.max(1, first); rid < Math.min(next, first + MAX_PARAMETERS, this.rows(Table.Param) + 1); rid++) {
      const sequence = this.cell(Table.Param, rid, ParamColumn.Sequence);
      if (!names.has(sequence)) names.set(sequence, this.string(this.cell(Table.Param, rid, ParamColumn.Name)));
    }
    return names;
  }

  fieldName(field: number): string {
    return this.string(this.cell(Table.Field, field, FieldColumn.Name));
  }

  fieldSignature(field: number): Uint8Array {
    return this.blob(this.cell(Table.Field, field, FieldColumn.Signature));
  }

  /** Simple name of the assembly, undefined for a module without manifest. */
  assemblyName(): string | undefined {
    return this.rows(Table.Assembly) ? this.string(this.cell(Table.Assembly, 1, 7)) : undefined;
  }

  /** `Name, Version=…` parts of the assembly row. */
  assemblyVersion(): string | undefined {
    if (!this.rows(Table.Assembly)) return undefined;
    return [1, 2, 3, 4].map((c) => this.cell(Table.Assembly, 1, c)).join('.');
  }

  /** Row of the assembly a TypeRef comes from, 0 for anything else. */
  assemblyRefOf(typeRef: number, depth = 0): number {
    const scope = this.cell(Table.TypeRef, typeRef, TypeRefColumn.Scope);
    if ((scope & 3) === 3 && depth < MAX_NESTING) return this.assemblyRefOf(scope >>> 2, depth + 1);
    return (scope & 3) === 2 ? scope >>> 2 : 0;
  }

  /** Types this assembly passes on to another one (ECMA-335 II.22.14): full name and row of AssemblyRef; nested types follow their outer one. */
  *forwarders(): Generator<readonly [name: string, assemblyRef: number]> {
    for (let rid = 1; rid <= this.rows(Table.ExportedType); rid++) {
      const implementation = this.cell(Table.ExportedType, rid, 4);
      if ((implementation & 3) !== 1) continue;
      yield [this.#qualify(Table.ExportedType, rid, 3, this.string(this.cell(Table.ExportedType, rid, 2))), implementation >>> 2];
    }
  }

  assemblyRefName(assemblyRef: number): string {
    return this.string(this.cell(Table.AssemblyRef, assemblyRef, 6));
  }

  moduleName(): string {
    return this.string(this.cell(Table.Module, 1, 1));
  }
}
