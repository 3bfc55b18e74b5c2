import { isDumpError } from '../../bytes/index.ts';
import { ElementType, SignatureReader } from '../../image/index.ts';
import type { Metadata, MethodSig, TypeSig } from '../../image/index.ts';

const Table = { TypeRef: 1, TypeDef: 2, Field: 4, MethodDef: 6, MemberRef: 10, StandAloneSig: 17, ModuleRef: 26, TypeSpec: 27, MethodSpec: 43, UserString: 0x70 } as const;
const MAX_STRING = 79;
const PRIMITIVES: Readonly<Record<number, string>> = {
  [ElementType.Void]: 'void', [ElementType.Boolean]: 'bool', [ElementType.Char]: 'char', [ElementType.I1]: 'int8', [ElementType.U1]: 'uint8',
  [ElementType.I2]: 'int16', [ElementType.U2]: 'uint16', [ElementType.I4]: 'int32', [ElementType.U4]: 'uint32', [ElementType.I8]: 'int64',
  [ElementType.U8]: 'uint64', [ElementType.R4]: 'float32', [ElementType.R8]: 'float64', [ElementType.I]: 'native int', [ElementType.U]: 'native uint',
  [ElementType.Object]: 'object', [ElementType.String]: 'string', [ElementType.TypedByRef]: 'typedref',
};

/** Spells metadata tokens as IL disassembly does: `void Ns.Type::Method(int32,class [mscorlib]System.Object)`. */
export class IlNames {
  readonly #metadata: Metadata;
  constructor(metadata: Metadata) {
    this.#metadata = metadata;
  }

  token(token: number): string {
    const rid = token & 0xffffff;
    const m = this.#metadata;
    try {
      switch (token >>> 24) {
        case Table.TypeDef: return m.shortTypeName({ table: Table.TypeDef, rid });
        case Table.TypeRef: return m.shortTypeName({ table: Table.TypeRef, rid });
        case Table.TypeSpec: return this.type(new SignatureReader(m.blob(m.cell(Table.TypeSpec, rid, 0))).type());
        case Table.Field: return `${m.shortTypeName({ table: Table.TypeDef, rid: this.#ownerOfField(rid) })}::${m.fieldName(rid)}`;
        case Table.MethodDef: return this.#method(m.shortTypeName({ table: Table.TypeDef, rid: m.ownerOfMethod(rid) }), m.methodName(rid), m.methodSignature(rid));
        case Table.MemberRef: return this.#memberRef(rid, '');
        case Table.MethodSpec: return this.#methodSpec(rid);
        case Table.UserString: return `"${this.#string(rid)}"`;
        default: return `<unknown token type ${(token & 0xff000000) >>> 0 ? ((token & 0xff000000) >>> 0).toString(16).padStart(8, '0') : '00000000'}>`;
      }
    } catch (error) {
      if (!isDumpError(error)) throw error;
      return `<unreadable token ${token.toString(16).padStart(8, '0')}>`;
    }
  }

  /** Characters that are not printable ASCII become dots. */
  #string(offset: number): string {
    const text = this.#metadata.userString(offset);
    const cut = text.length > MAX_STRING ? `${text.slice(0, MAX_STRING)}...` : text;
    return cut.replace(/[^\x20-\x7f]/g, '.');
  }

  #ownerOfField(field: number): number {
    let low = 1;
    let high = this.#metadata.rows(Table.TypeDef);
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#metadata.fieldsOf(middle).first <= field) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #memberRef(rid: number, instantiation: string): string {
    const m = this.#metadata;
    const parent = m.cell(Table.MemberRef, rid, 0);
    const [table, row] = [[Table.TypeDef, Table.TypeRef, Table.ModuleRef, Table.MethodDef, Table.TypeSpec][parent & 7], parent >>> 3];
    const owner = table === Table.TypeDef || table === Table.TypeRef ? m.shortTypeName({ table, rid: row }) : table === Table.TypeSpec ? this.token((Table.TypeSpec << 24) | row) : '<unknown type token>';
    const signature = m.blob(m.cell(Table.MemberRef, rid, 2));
    const name = m.string(m.cell(Table.MemberRef, rid, 1)) + instantiation;
    return (signature[0] & 15) === 6 ? `${this.type(new SignatureReader(signature).field())} ${owner}::${name}` : this.#method(owner, name, signature);
  }

  #methodSpec(rid: number): string {
    const m = this.#metadata;
    const coded = m.cell(Table.MethodSpec, rid, 0);
    const args = new SignatureReader(m.blob(m.cell(Table.MethodSpec, rid, 1))).locals().map((a) => this.type(a));
    const instantiation = `<${args.join(',')}>`;
    const row = coded >>> 1;
    if (coded & 1) return this.#memberRef(row, instantiation);
    return this.#method(m.shortTypeName({ table: Table.TypeDef, rid: m.ownerOfMethod(row) }), m.methodName(row) + instantiation, m.methodSignature(row));
  }

  #method(owner: string, name: string, signature: Uint8Array): string {
    const sig: MethodSig = new SignatureReader(signature).method();
    return `${this.type(sig.returns)} ${owner}::${name}(${sig.parameters.map((p) => this.type(p)).join(',')})`;
  }

  type(sig: TypeSig): string {
    switch (sig.kind) {
      case 'primitive': return PRIMITIVES[sig.element] ?? '';
      case 'named': return `${sig.valueType ? 'valuetype' : 'class'} ${this.#class(sig.coded)}`;
      case 'szarray': return `${this.type(sig.element)}[]`;
      case 'array': return `${this.type(sig.element)}[${','.repeat(Math.max(0, sig.rank - 1))}]`;
      case 'pointer': return `${this.type(sig.element)}*`;
      case 'byref': return `${this.type(sig.element)}&`;
      case 'pinned': return `${this.type(sig.element)} pinned`;
      case 'var': return `!${sig.index}`;
      case 'mvar': return `!!${sig.index}`;
      case 'generic': return `${this.type(sig.type)}<${sig.args.map((a) => this.type(a)).join(',')}>`;
      case 'function': return 'method METHOD';
      case 'internal': return `MT ${sig.handle.toString(16)}`;
    }
  }

  #class(coded: number): string {
    const m = this.#metadata;
    const ref = m.typeDefOrRef(coded);
    if (ref.table === Table.TypeSpec) return this.token((Table.TypeSpec << 24) | ref.rid);
    // [*]: somewhere in this module.
    if (ref.table === Table.TypeDef) return `[*]${m.typeName(ref.rid).replaceAll('+', '/')}`;
    const assembly = m.assemblyRefOf(ref.rid);
    return `${assembly ? `[${m.assemblyRefName(assembly)}]` : ''}${m.typeRefName(ref.rid).replaceAll('+', '/')}`;
  }
}
