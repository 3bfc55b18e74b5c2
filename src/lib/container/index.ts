export * from './contexts.ts';
export * from './dump.ts';
export * from './handle-data.ts';
export * from './open.ts';
export * from './pack-index.ts';
export * from './packed.ts';
export * from './trim-writer.ts';
export * from './wow64.ts';
