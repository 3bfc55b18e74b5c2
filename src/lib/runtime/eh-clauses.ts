import type { Address } from '../bytes/index.ts';
import type { CodeInfo } from './code.ts';
import type { Target } from './target.ts';

const MAX_CLAUSES = 1 << 14;
const MAX_SECTIONS = 256;
/** READYTORUN_SECTION type of the exception table (inc/readytorun.h). */
const EXCEPTION_INFO = 104;

/** What an exception clause does (inc/corhdr.h, CorExceptionFlag); cached: its type is a MethodTable by now. */
export const ClauseFlag = { Filter: 1, Finally: 2, Fault: 4, Duplicated: 8, CachedClass: 0x10000000 } as const;

/** An exception clause of compiled code; offsets are bytes from the start of the method. */
export interface EhClause {
  readonly flags: number;
  readonly tryStart: number;
  readonly tryEnd: number;
  readonly handlerStart: number;
  readonly handlerEnd: number;
  /** Offset of the filter, or the caught type: token, or MethodTable for dynamic methods. */
  readonly value: number;
}

/** The exception clauses of a method (vm/codeman.cpp, InitializeEHEnumeration and GetNextEHClause); empty when it has none. */
export function readEhClauses(target: Target, code: CodeInfo): EhClause[] {
    if (!code.readyToRun) return jittedClauses(target, code);
  const table = exceptionTable(target, code.imageBase, code.readyToRun.header);
  return table ? imageClauses(target, code, table) : [];
}

/** EE_ILEXCEPTION: a section header, then clauses that end in a pointer; the count lies in front. */
function jittedClauses(target: Target, code: CodeInfo): EhClause[] {
  const { memory, layouts } = target;
  const info = memory.tryPointer(code.header + layouts.offset('RealCodeHeader', 'EHInfo'));
  if (!info) return [];
  const p = memory.pointerSize;
  const count = Math.min(memory.u32(info - p), MAX_CLAUSES);
  const value = Math.ceil(20 / p) * p;
  return Array.from({ length: count }, (_, i) => {
    const at = info + p + (value + p) * i;
    return { ...offsets(target, at), value: memory.pointer(at + value) };
  });
}

function exceptionTable(target: Target, imageBase: Address, header: Address): { address: Address; size: number } | undefined {
  const { memory } = target;
  const count = Math.min(memory.u32(header + 12), MAX_SECTIONS);
  for (let at = header + 16; at < header + 16 + 12 * count; at += 12) {
    if (memory.u32(at) === EXCEPTION_INFO) return { address: imageBase + memory.u32(at + 4), size: memory.u32(at + 8) };
  }
  return undefined;
}

/** The image's exception table maps method starts (RVA) to runs of clauses of 24 bytes; the next entry ends the run. */
function imageClauses(target: Target, code: CodeInfo, table: { readonly address: Address; readonly size: number }): EhClause[] {
  const { memory } = target;
  const rva = code.start - code.imageBase;
  let low = 0;
  let high = Math.floor(table.size / 8) - 2;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const at = table.address + 8 * middle;
    const start = memory.u32(at);
    if (start === rva) {
      const first = code.imageBase + memory.u32(at + 4);
      const count = Math.min(Math.max(0, Math.floor((memory.u32(at + 12) - memory.u32(at + 4)) / 24)), MAX_CLAUSES);
      return Array.from({ length: count }, (_, i) => ({ ...offsets(target, first + 24 * i), value: memory.u32(first + 24 * i + 20) }));
    }
    if (start < rva) low = middle + 1;
    else high = middle - 1;
  }
  return [];
}

function offsets(target: Target, at: Address): Omit<EhClause, 'value'> {
  const { memory } = target;
  return { flags: memory.u32(at), tryStart: memory.u32(at + 4), tryEnd: memory.u32(at + 8), handlerStart: memory.u32(at + 12), handlerEnd: memory.u32(at + 16) };
}
