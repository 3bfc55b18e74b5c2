import { COMMANDS, findCommand } from '../commands/index.ts';
import { splitCommand } from './statements.ts';

/** What may replace the text from `from` to the cursor. */
export interface Completions { readonly from: number; readonly items: readonly string[] }

const MAX_ITEMS = 200;

/** Completes command names, then the options of the command, then addresses the session has shown. */
export function complete(line: string, cursor: number, addresses: Iterable<string>): Completions {
  const before = line.slice(0, cursor);
  const from = Math.max(before.lastIndexOf(' '), before.lastIndexOf(';'), before.lastIndexOf('{')) + 1;
  const word = before.slice(from).toLowerCase();
  const statement = before.slice(Math.max(before.lastIndexOf(';', from - 1), before.lastIndexOf('{', from - 1)) + 1).trimStart();
  const isName = !/\s/.test(statement);
  if (isName) return { from, items: names(word) };
  const command = findCommand(splitCommand(statement).name);
  if (word.startsWith('-')) return { from, items: (command?.options ?? []).map((o) => o.name).filter((o) => o.toLowerCase().startsWith(word)) };
  if (command?.name === 'help' || command?.name === '.help') return { from, items: names(word) };
  const found: string[] = [];
  for (const address of addresses) {
    if (address.startsWith(word)) found.push(address);
    if (found.length >= MAX_ITEMS) break;
  }
  return { from, items: found };
}

function names(word: string): string[] {
  const bang = word.startsWith('!') ? '!' : '';
  const plain = word.slice(bang.length);
  const all = COMMANDS.flatMap((c) => (c.unavailable || (bang && c.host !== 'sos') ? [] : [c.name, ...(c.aliases ?? [])]));
  return [...new Set(all)].filter((n) => n.toLowerCase().startsWith(plain)).sort().slice(0, MAX_ITEMS).map((n) => bang + n);
}
