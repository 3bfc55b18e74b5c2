export * from './address.ts';
export * from './errors.ts';
export * from './reader.ts';
export * from './source.ts';
