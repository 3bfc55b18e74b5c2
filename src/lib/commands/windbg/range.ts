import type { Address } from '../../bytes/index.ts';
import type { CommandContext } from '../context.ts';
import { evaluate, evaluateAddress } from './expression.ts';

/** Where a command begins, and how many elements it takes or where it ends, if that was said. */
export interface CommandRange { readonly start: Address; readonly count?: number; readonly end?: Address }

/** Reads `address`, `address Lcount` or `address end`. */
export function parseRange(context: CommandContext, text: string): CommandRange {
  const match = /^(.*?)(?:\s+L\??(\S+))?$/is.exec(text.trim());
  const words = (match?.[1] ?? '').split(/\s+/);
  const start = evaluateAddress(context, match?.[2] || words.length < 2 ? (match?.[1] ?? '') : words[0]);
  if (match?.[2]) return { start, count: Number(evaluate(context, match[2])) };
  return words.length < 2 ? { start } : { start, end: evaluateAddress(context, words.slice(1).join(' ')) };
}
