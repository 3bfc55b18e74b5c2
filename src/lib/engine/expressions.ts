import { ArgumentError, evaluate } from '../commands/index.ts';
import type { CommandContext } from '../commands/index.ts';

/** Words that can only be an expression: a register, a memory read, or arithmetic on numbers. Type names never look like this. */
const EXPRESSION = /^@[$\w]|\b(?:poi|by|wo|dwo|qwo)\(|^[0-9][0-9a-fx`]*(?:[-+*][0-9a-fx`]+)+$/i;

/**
 * WinDbg's own evaluator reads the arguments of SOS's commands (`!do poi(@rsp+8)`, `!dumpheap -mt poi(54a7390)`): each word that can
 * only be an expression is replaced by its value; words that do not evaluate stay as they are, for the command to refuse.
 */
export function evaluateWords(context: CommandContext, rest: string): string {
  if (!/[@(+*]|\d-/.test(rest)) return rest;
  return words(rest).map((word) => (EXPRESSION.test(word) ? valueOf(context, word) : word)).join(' ');
}

/** Splits at blanks, but not inside quotes or parentheses. */
function words(text: string): string[] {
  const list: string[] = [];
  let word = '';
  let depth = 0;
  let quoted = false;
  for (const c of text) {
    if (c === '"') quoted = !quoted;
    else if (!quoted && c === '(') depth++;
    else if (!quoted && c === ')') depth--;
    if (/\s/.test(c) && !quoted && depth <= 0) {
      if (word) list.push(word);
      word = '';
    } else word += c;
  }
  return word ? [...list, word] : list;
}

function valueOf(context: CommandContext, word: string): string {
  try {
    return evaluate(context, word).toString(16);
  } catch (error) {
    if (error instanceof ArgumentError) return word;
    throw error;
  }
}
