export * from './async.ts';
export * from './clr.ts';
export * from './exceptions.ts';
export * from './managed.ts';
export * from './objects.ts';
export * from './references.ts';
export * from './segments.ts';
export * from './walk.ts';
