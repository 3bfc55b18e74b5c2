export * from './contexts.ts';
export * from './dump.ts';
export * from './open.ts';
