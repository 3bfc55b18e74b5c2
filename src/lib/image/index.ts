export * from './elf.ts';
export * from './metadata.ts';
export * from './pe.ts';
export * from './signature.ts';
