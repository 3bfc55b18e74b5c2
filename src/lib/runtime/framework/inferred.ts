import type { Address, LocalText } from '../../bytes/index.ts';
import type { Confidence } from './confidence.ts';
import type { FoundSegment } from './segments.ts';

/** What was found by its shape in a runtime that says nothing about itself, and how far it can be trusted. */
export interface Inferred {
  /** `.NET Framework 4.8.4300.0`. */
  readonly name: string;
  readonly confidence: Confidence;
  readonly segments: readonly FoundSegment[];
  /** Modules met in the sample of the heap. */
  readonly modules: readonly Address[];
  imageOf(module: Address): Address;
  readonly wellKnown: Readonly<Record<'FreeObjectMethodTable' | 'StringMethodTable' | 'ObjectMethodTable' | 'ExceptionMethodTable', Address>>;
  /** What a reader has to know before believing the numbers. */
  readonly limits: readonly LocalText[];
}
