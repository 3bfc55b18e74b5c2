export * from './nodes.ts';
export * from './table.ts';
export * from './text.ts';
