import { FormatError } from '../../bytes/index.ts';
import { InfoReader } from './bytes.ts';
import { commonHeader } from './header-table.ts';
import type { Flag, HeaderState } from './header-table.ts';

/** x86 registers by number, as instructions encode them. */
export const Reg = { eax: 0, ecx: 1, edx: 2, ebx: 3, esp: 4, ebp: 5, esi: 6, edi: 7 } as const;

const MAX_CODE = 1 << 28;
const MAX_VARIABLES = 1 << 16;
const MAX_ADJUSTMENTS = 256;
const MORE = 0x80;

/** Adjustments that set a field to code - first (inc/gcinfotypes.h, InfoHdrAdjust). */
const SETS: readonly (readonly [first: number, end: number, apply: (h: HeaderState, value: number) => void])[] = [
  [0x00, 0x08, (h, v) => { h.frameWords = v; }],
  [0x08, 0x11, (h, v) => { h.argumentCount = v; }],
  [0x11, 0x22, (h, v) => { h.prologSize = v; }],
  [0x22, 0x2d, (h, v) => { h.epilogSize = v; }],
  [0x2d, 0x37, (h, v) => { h.epilogCount = v >> 1; h.epilogAtEnd = (v & 1) === 1; }],
  [0x37, 0x3b, (h, v) => { h.untracked = v; }],
];
/** Adjustments that turn something on or off, from 0x3b on. */
const FLIPS = ['D', 'S', 'B', 'P', 'f', 'i', 'a', 'x', 'h', 'l', 'e', 'variables', 'untracked', 'v', 'profiler', 'cookie', 'sync', 'generics', 'generics-md', 'reverse', 'next'] as const;
const FIRST_FLIP = 0x3b;
/** Codes behind `next`: return kinds, since version 5 with a bit for async methods, then counts of regions without GC up to this, then a mark that the count follows. */
const MAX_REGIONS = 4;
const firstRegions = (version: number) => (version >= 5 ? 8 : 4);

/** A variable on the stack. `offset` is from ebp, or with esp frames from the stack pointer before arguments were pushed. Flags: 1 interior, 2 pinned. */
export interface X86Variable { readonly offset: number; readonly flags: number }

/** GC info of x86 code (inc/gcinfotypes.h InfoHdr, vm/gc_unwind_x86.inl): how its frame is built, and where objects are. Offsets are bytes. */
export interface X86GcInfo {
  readonly codeLength: number;
  readonly prologSize: number;
  readonly epilogSize: number;
  readonly epilogAtEnd: boolean;
  /** Where epilogs start. */
  readonly epilogs: readonly number[];
  /** Registers that the prolog saves, by number. */
  readonly saved: readonly number[];
  readonly flags: ReadonlySet<string>;
  /** Arguments on the stack, which the method pops. */
  readonly argumentBytes: number;
  /** Locals, without saved registers. */
  readonly frameBytes: number;
  readonly synchronized: boolean;
  /** Live everywhere. */
  readonly untracked: readonly X86Variable[];
  /** Live from `start` to `end`. */
  readonly variables: readonly (X86Variable & { readonly start: number; readonly end: number })[];
  /** Table of registers and pushed arguments. */
  readonly transitions: InfoReader;
  /** Position behind the header. */
  readonly headerSize: number;
}

export function has(info: Pick<X86GcInfo, 'flags'>, flag: Flag): boolean {
  return info.flags.has(flag);
}

/** Bytes of the frame below the return address: locals and saved registers. */
export function stackSize(info: X86GcInfo): number {
  return info.frameBytes + 4 * info.saved.length;
}

/** Decodes header and variable tables of this version (GCINFO_VERSION). Throws FormatError for data that cannot be GC info, and what `byte` throws. */
export function decodeX86GcInfo(byte: (offset: number) => number, version: number): X86GcInfo {
  const r = new InfoReader(byte);
  const codeLength = r.unsigned();
  if (codeLength === 0 || codeLength > MAX_CODE) throw new FormatError(`GC info is for ${codeLength} bytes of code`);
  const { state, on, regions } = readHeader(r, firstRegions(version));
  const counted = (value: number | 'count') => (value === 'count' ? r.unsigned() : value);
  const untrackedCount = counted(state.untracked);
  const variableCount = counted(state.variables);
  if (on.has('cookie')) r.unsigned();
  if (on.has('sync')) {
    r.unsigned();
    r.unsigned();
  }
  if (on.has('reverse')) r.unsigned();
  const regionCount = counted(regions);
  const epilogs: number[] = [];
  if (state.epilogCount > 1 || (state.epilogCount === 1 && !state.epilogAtEnd)) {
    for (let i = 0, start = 0; i < state.epilogCount; i++) epilogs.push((start += r.unsigned()));
  } else if (state.epilogCount === 1) epilogs.push(codeLength - state.epilogSize);
  // The distance to the transitions; they are reached by reading what lies between.
  if (state.untracked === 'count' || state.variables === 'count' || regionCount > 0) r.unsigned();
  const headerSize = r.position;
  if (untrackedCount > MAX_VARIABLES || variableCount > MAX_VARIABLES || regionCount > MAX_VARIABLES) throw new FormatError(`GC info has ${untrackedCount} and ${variableCount} variables`);
  for (let i = 0; i < regionCount; i++) {
    r.unsigned();
    r.unsigned();
  }
  const ebp = state.flags.has('f');
  return {
    codeLength, prologSize: state.prologSize, epilogSize: state.epilogSize, epilogAtEnd: state.epilogAtEnd, epilogs, headerSize,
    saved: ([['D', Reg.edi], ['S', Reg.esi], ['B', Reg.ebx], ['P', Reg.ebp]] as const).filter(([letter]) => state.saved.has(letter)).map(([, register]) => register),
    flags: state.flags, argumentBytes: 4 * state.argumentCount, frameBytes: 4 * state.frameWords, synchronized: on.has('sync'),
    untracked: readUntracked(r, untrackedCount), variables: readVariables(r, variableCount, ebp), transitions: r,
  };
}

function readHeader(r: InfoReader, firstRegion: number): { state: HeaderState; on: Set<string>; regions: number | 'count' } {
  let byte = r.u8();
  const state = commonHeader(byte & 0x7f);
  const on = new Set<string>();
  let regions: number | 'count' = 0;
  for (let steps = 0; byte & MORE; steps++) {
    if (steps > MAX_ADJUSTMENTS) throw new FormatError('the header of GC info does not end');
    byte = r.u8();
    const code = byte & 0x7f;
    const set = SETS.find(([first, end]) => code >= first && code < end);
    const flip = FLIPS[code - FIRST_FLIP];
    if (set) set[2](state, code - set[0]);
    else if (flip === 'next') {
      byte = r.u8();
      const next = byte & 0x7f;
      if (next > firstRegion + MAX_REGIONS + 1) throw new FormatError(`GC info has an unknown adjustment ${next}`);
      if (next >= firstRegion) regions = next > firstRegion + MAX_REGIONS ? 'count' : next - firstRegion;
    } else if (flip !== undefined) apply(state, on, flip);
    else if (code < 0x60) state.frameWords = state.frameWords * 16 + (code & 15);
    else if (code < 0x70) state.argumentCount = state.argumentCount * 16 + (code & 15);
    else if (code < 0x78) state.prologSize = state.prologSize * 8 + (code & 7);
    else state.epilogSize = state.epilogSize * 8 + (code & 7);
  }
  return { state, on, regions };
}

function apply(state: HeaderState, on: Set<string>, what: (typeof FLIPS)[number]): void {
  if (what === 'variables') state.variables = state.variables === 'count' ? 0 : 'count';
  else if (what === 'untracked') state.untracked = 'count';
  else {
    const set = 'DSBP'.includes(what) ? state.saved : what.length === 1 ? state.flags : on;
    if (!set.delete(what)) set.add(what);
  }
}

/** Offsets are stored as differences; their two low bits are flags. */
function readUntracked(r: InfoReader, count: number): X86Variable[] {
  const variables: X86Variable[] = [];
  for (let i = 0, last = 0; i < count; i++) {
    last -= r.signed();
    variables.push({ offset: last & ~3, flags: last & 3 });
  }
  return variables;
}

function readVariables(r: InfoReader, count: number, ebp: boolean): X86GcInfo['variables'] {
  const variables: (X86Variable & { start: number; end: number })[] = [];
  for (let i = 0, start = 0; i < count; i++) {
    const stored = r.unsigned();
    start += r.unsigned();
    const offset = stored & ~3;
    variables.push({ offset: ebp ? -offset : offset, flags: stored & 3, start, end: start + r.unsigned() });
  }
  return variables;
}
