export * from './ansi.ts';
export * from './html.ts';
export * from './json.ts';
export * from './nodes.ts';
export * from './sanitize.ts';
export * from './table.ts';
export * from './text.ts';
