import { isDumpError } from '../../bytes/index.ts';
import type { Address, LocalText } from '../../bytes/index.ts';
import { SignatureReader, Table, TypeDefColumn } from '../../image/index.ts';
import type { AddressSpace } from '../../memory/index.ts';
import type { Types } from '../types.ts';
import type { HeapSample } from './sample.ts';

/** Below this the layouts do not fit, and nothing is printed that might be wrong. */
export const LEAST_CONFIDENCE = 60;

/** One thing that can be counted without knowing the answer. */
export interface Evidence { readonly what: LocalText; readonly agree: number; readonly of: number }

/** How far the guessed layouts agree with the dump. */
export interface Confidence {
  /** 0 to 100: the weakest of the evidence. */
  readonly percent: number;
  readonly evidence: readonly Evidence[];
}

/** Checks that do not depend on each other: sizes by walking, types by metadata, strings by their terminator. */
export function measureConfidence(memory: AddressSpace, types: Types, sample: HeapSample, strings: readonly Address[]): Confidence {
  const evidence: Evidence[] = [
    { what: { en: 'bytes of the heap walked, objects end to end', 'zh-tw': '個堆積位元組首尾相接走訪無誤' }, agree: sample.walkedBytes, of: sample.walkedBytes + sample.lostBytes },
    { what: { en: 'types whose base type is the one their metadata names', 'zh-tw': '個型別的基底型別與中繼資料相符' }, ...parentsAgree(types, sample) },
    { what: { en: 'strings end with their terminator', 'zh-tw': '個字串以結尾字元結束' }, ...stringsAgree(memory, types, strings) },
  ];
  const percent = Math.min(...evidence.map(({ agree, of }) => (of === 0 ? 0 : Math.floor((100 * agree) / of))));
  return { percent, evidence };
}

/** TypeDef.Extends against the MethodTable's parent, by name: two readings of the same fact that share nothing. */
function parentsAgree(types: Types, sample: HeapSample): { agree: number; of: number } {
  let agree = 0;
  let of = 0;
  for (const address of sample.tables.keys()) {
    const table = types.find(address);
    if (!table || table.isFree || table.isArray || !table.rid) continue;
    of++;
    try {
      const { metadata } = types.moduleOf(table);
      const parent = table.parent ? types.find(table.parent) : undefined;
      const parentMetadata = parent && types.moduleOf(parent).metadata;
      if (!metadata) continue;
      const coded = metadata.cell(Table.TypeDef, table.rid, TypeDefColumn.Extends);
      if (coded === 0 ? !parent : parentMetadata !== undefined && extendsName(types, table.address) === parentMetadata.typeName(parent?.rid ?? 0)) agree++;
    } catch (error) {
      if (!isDumpError(error)) throw error;
    }
  }
  return { agree, of };
}

function extendsName(types: Types, address: Address): string {
  const table = types.get(address);
  const { metadata } = types.moduleOf(table);
  if (!metadata) return '';
  const base = metadata.typeDefOrRef(metadata.cell(Table.TypeDef, table.rid, TypeDefColumn.Extends));
  if (base.table !== Table.TypeSpec) return metadata.fullTypeName(base);
  // A generic base is named by its definition.
  const spec = new SignatureReader(metadata.blob(metadata.cell(Table.TypeSpec, base.rid, 0)), types.target.shape.pointerSize).type();
  return spec.kind === 'generic' && spec.type.kind === 'named' ? metadata.fullTypeName(metadata.typeDefOrRef(spec.type.coded)) : '';
}

function stringsAgree(memory: AddressSpace, types: Types, strings: readonly Address[]): { agree: number; of: number } {
  const { fields, chars } = types.target.shape;
  let agree = 0;
  let of = 0;
  for (const address of strings) {
    of++;
    const end = address + chars + 2 * (memory.tryU32(address + fields) ?? 0);
    if (memory.has(end, 2) && memory.u16(end) === 0) agree++;
  }
  return { agree, of };
}
