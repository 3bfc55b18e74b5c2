import type { Address } from '../bytes/index.ts';
import type { ExplicitFrame } from './frames.ts';
import type { Target } from './target.ts';

/** Addresses a HelperMethodFrame's subclass keeps behind its base class: one a protected reference. */
const PROTECTED: Readonly<Record<string, number>> = { HelperMethodFrame_1OBJ: 1, HelperMethodFrame_2OBJ: 2, HelperMethodFrame_3OBJ: 3 };
/** Bound of what HelperMethodFrame_PROTECTOBJ may claim. */
const MAX_PROTECTED = 64;

/** Addresses of references that an explicit Frame protects (vm/frames.h, GcScanRoots). */
export function protectedSlots(target: Target, frame: ExplicitFrame): Address[] {
  const { memory, layouts } = target;
  const count = PROTECTED[frame.name];
  if (count === undefined && frame.name !== 'HelperMethodFrame_PROTECTOBJ') return [];
  const behind = frame.address + layouts.size('HelperMethodFrame');
  if (count !== undefined) return Array.from({ length: count }, (_, i) => memory.tryPointer(behind + memory.pointerSize * i) ?? 0).filter((slot) => slot !== 0);
  const first = memory.tryPointer(behind) ?? 0;
  const length = Math.min(memory.tryU32(behind + memory.pointerSize) ?? 0, MAX_PROTECTED);
  return first ? Array.from({ length }, (_, i) => first + memory.pointerSize * i) : [];
}
