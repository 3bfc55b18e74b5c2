/**
 * What of the format depends on its version (x64; Windows and Unix are the same). Number bases that never changed are in
 * `Base`. Source: dotnet/runtime src/coreclr/inc/gcinfotypes.h, gcinfodecoder.h.
 */
export interface GcInfoEncoding {
  readonly version: number;
  /** Bits of the return kind in slim and fat headers; 0: not stored. */
  readonly slimReturnKind: number;
  readonly fatReturnKind: number;
  /** The header may name the slot of the frame's PSPSym. */
  readonly pspSym: boolean;
  /** Safe points are stored as return address minus this. */
  readonly safePointBias: number;
}

const UP_TO_3 = { slimReturnKind: 2, fatReturnKind: 4, pspSym: true, safePointBias: 1 } as const;

const SINCE_4 = { slimReturnKind: 0, fatReturnKind: 0, pspSym: false, safePointBias: 0 } as const;

const ENCODINGS: Readonly<Record<number, GcInfoEncoding>> = {
  2: { version: 2, ...UP_TO_3 },
  3: { version: 3, ...UP_TO_3 },
  4: { version: 4, ...SINCE_4 },
  5: { version: 5, ...SINCE_4 },
};

export function gcInfoEncoding(version: number): GcInfoEncoding | undefined {
  return ENCODINGS[version];
}

/** Version a runtime's JIT writes, where no descriptor says it. */
export function jitGcInfoVersion(major: number): number {
  return major >= 10 ? 4 : major === 9 ? 3 : 2;
}

/** Version in a ReadyToRun image by the version of its header (inc/readytorun.h): 9.2 brought 3, 11 brought 4. */
export function readyToRunGcInfoVersion(major: number, minor: number): number {
  if (major >= 11) return 4;
  return major === 10 || (major === 9 && minor >= 2) ? 3 : 2;
}

/** Bases of the variable-length numbers (AMD64GcInfoEncoding). */
export const Base = {
  CodeLength: 8, PrologSize: 5, EpilogSize: 3, GsCookie: 6, PspSym: 6, GenericsContext: 6, StackBaseRegister: 3, EditAndContinue: 4,
  ReversePInvokeFrame: 6, StackArea: 3, SafePoints: 2, Ranges: 1, RangeStart: 6, RangeLength: 6, Registers: 2, StackSlots: 2,
  Untracked: 1, Register: 3, RegisterDelta: 2, StackSlot: 6, StackSlotDelta: 4, PointerSize: 3, Run: 2, Skip: 4,
} as const;

/** Code offsets a chunk of life times covers, and the bits of an offset in it. */
export const CHUNK = 64;
export const CHUNK_BITS = 6;

export const HeaderFlag = {
  VarArg: 1, GsCookie: 4, PspSym: 8, GenericsContext: 0x30, StackBaseRegister: 0x40, WantsReportOnlyLeaf: 0x80, EditAndContinue: 0x100, ReversePInvokeFrame: 0x200,
} as const;
export const HEADER_FLAG_BITS = 10;

export const SlotFlag = { Interior: 1, Pinned: 2, Untracked: 4 } as const;
/** What a stack slot's offset counts from. */
export const SlotBase = { CallerSp: 0, Sp: 1, FrameRegister: 2 } as const;
