export * from './engine.ts';
export * from './complete.ts';
export * from './flavors.ts';
export * from './statements.ts';
export * from './suggest.ts';
export * from './session.ts';
export * from './trim.ts';
