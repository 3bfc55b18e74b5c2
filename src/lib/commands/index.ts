export * from './bitness.ts';
export * from './command.ts';
export * from './context.ts';
export * from './parse.ts';
export * from './registry.ts';
export * from './signals.ts';
export * from './sos-arguments.ts';
export { evaluate } from './windbg/expression.ts';
export { lookupText } from './windbg/symbol-text.ts';
