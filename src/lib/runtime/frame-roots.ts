import type { Address } from '../bytes/index.ts';
import type { ExplicitFrame } from './frames.ts';
import type { Target } from './target.ts';

/** Where HelperMethodFrame_1OBJ of .NET 9 (Windows x64) keeps the address of the reference it protects: behind its base class. */
const PROTECTED_OBJECT = 0xd8;

/** Addresses of references that an explicit Frame protects (vm/frames.h, GcScanRoots). */
export function protectedSlots(target: Target, frame: ExplicitFrame): Address[] {
  if (frame.name !== 'HelperMethodFrame_1OBJ') return [];
  const slot = target.memory.tryPointer(frame.address + PROTECTED_OBJECT);
  return slot ? [slot] : [];
}
