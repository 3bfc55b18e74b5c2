import { findCommand } from '../commands/index.ts';
import { splitCommand, splitStatements } from './statements.ts';

export type Flavor = 'windbg' | 'dotnet-dump';

/** Commands as the real tool takes them. `without`: those it has nothing for. */
export interface Converted { readonly commands: readonly string[]; readonly without: readonly string[] }

/** WinDbg's own commands that dotnet-dump has under another name; `readmemory` answers to the names of the d family. */
const IN_DOTNET_DUMP: Readonly<Record<string, string>> = { lm: 'modules', r: 'registers', '~': 'threads', q: 'exit', qd: 'exit', qq: 'exit' };
const MEMORY = /^d[abcdpquw]?$/i;
/** The other way round: commands of dotnet-dump that are the debugger's own in WinDbg. */
const IN_WINDBG: Readonly<Record<string, string>> = { modules: 'lm', registers: 'r', exit: 'q', quit: 'q' };
/** SOS's disassembler is native: WinDbg and lldb have it, as `!u` and `clru`. */
const DISASSEMBLER = 'clru';
/** `threads` lists the native threads in dotnet-dump and the managed ones in WinDbg. */
const MANAGED_THREADS = new Set(['threads', 'clrthreads', 't']);

/** The commands as they are typed in WinDbg (`!` before extension commands) or in dotnet-dump (without). */
export function convert(commands: readonly string[], flavor: Flavor): Converted {
  const done: string[] = [];
  const without: string[] = [];
  for (const command of commands) {
    const statements = splitStatements(command);
    const converted = statements.map(flavor === 'windbg' ? forWindbg : forDotnetDump);
    for (const [i, text] of converted.entries()) if (text === undefined) without.push(statements[i]);
    const rest = converted.filter((text) => text !== undefined);
    // dotnet-dump takes one command a line.
    if (flavor === 'dotnet-dump') done.push(...rest);
    else if (rest.length) done.push(rest.join('; '));
  }
  return { commands: done, without };
}

const joined = (name: string, rest: string) => (rest ? `${name} ${rest}` : name);

function forWindbg(statement: string): string {
  const { name, rest, bang } = splitCommand(statement);
  if (bang) return statement;
  const lower = name.toLowerCase();
  if (lower === 'setthread' && /^\d+$/.test(rest)) return `~${rest}s`;
  if (lower === DISASSEMBLER) return joined('!u', rest);
  const own = IN_WINDBG[lower];
  if (own) return joined(own, rest);
  if (MANAGED_THREADS.has(lower)) return joined('!threads', rest);
  return findCommand(name)?.host === 'sos' ? `!${joined(name, rest)}` : statement;
}

function forDotnetDump(statement: string): string | undefined {
  const { name, rest, bang } = splitCommand(statement);
  const lower = name.toLowerCase();
  const select = /^~(\d+)s$/.exec(statement.trim());
  if (select) return `setthread ${select[1]}`;
  if (!bang && (lower !== '~' || rest === '' || rest === '*')) {
    const other = IN_DOTNET_DUMP[lower];
    if (other) return other;
    if (MEMORY.test(lower)) return joined(lower, rest);
  }
  const command = findCommand(name) ?? (bang ? findCommand(`!${name}`) : undefined);
  if (command?.host !== 'sos' || command.name === DISASSEMBLER) return undefined;
  // -d and /d ask for WinDbg's clickable output.
  return joined(MANAGED_THREADS.has(lower) ? 'clrthreads' : name, rest.replace(/(^|\s)[-/]d(?=\s|$)/gi, '$1').trim().replace(/\s{2,}/g, ' '));
}
