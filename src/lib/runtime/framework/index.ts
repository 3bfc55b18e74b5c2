export type { Confidence, Evidence } from './confidence.ts';
export type { Inferred } from './inferred.ts';
export { frameworkModule, infer } from './open.ts';
export type { FoundSegment } from './segments.ts';
