export { rowAt } from './cfa-program.ts';
export type { CfaRule, CfiRow, RegisterRule } from './cfa-program.ts';
export { EhFrame } from './eh-frame.ts';
export type { Cie, Fde } from './eh-frame.ts';
export { evaluateExpression } from './expression.ts';
export type { Expression } from './expression.ts';
