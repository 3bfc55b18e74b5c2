export * from './dwarf/index.ts';
export * from './elf.ts';
export * from './il.ts';
export * from './metadata.ts';
export * from './overlay.ts';
export * from './pe.ts';
export * from './pe-file.ts';
export * from './signature.ts';
