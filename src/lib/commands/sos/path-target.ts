import type { Address } from '../../bytes/index.ts';
import type { Clr } from '../../heap/index.ts';
import { parseNumber } from '../parse.ts';

/** Smallest common object: what a heap of this size holds at most is the end of a progress bar. */
const TYPICAL_OBJECT = 64;

/** An address argument; undefined when it is absent or no number. */
export function parseTarget(text: string | undefined): Address | undefined {
  return text === undefined ? undefined : parseNumber(text);
}

/** About how many objects the heap has. */
export function heapObjects(clr: Clr): number {
  return Math.ceil(clr.segments.reduce((sum, s) => sum + Math.max(0, s.end - s.start), 0) / TYPICAL_OBJECT);
}
