import type { CommandDef } from './command.ts';
import { clrthreads } from './sos/clrthreads.ts';
import { dumparray } from './sos/dumparray.ts';
import { dumpexceptions } from './sos/dumpexceptions.ts';
import { dumpheap } from './sos/dumpheap.ts';
import { dumpobj } from './sos/dumpobj.ts';
import { eeversion } from './sos/eeversion.ts';
import { printexception } from './sos/printexception.ts';

/** Every command, one line each. The order is the order of `help` inside a group. */
export const COMMANDS: readonly CommandDef[] = [
  dumpheap,
  printexception,
  dumpexceptions,
  dumpobj,
  dumparray,
  clrthreads,
  eeversion,
];

const byName = new Map<string, CommandDef>();
for (const command of COMMANDS) {
  for (const name of [command.name, ...(command.aliases ?? [])]) byName.set(name.toLowerCase(), command);
}

/** The command with this name or alias; case does not matter. */
export function findCommand(name: string): CommandDef | undefined {
  return byName.get(name.toLowerCase());
}

/** All names and aliases, for completion and "did you mean". */
export function commandNames(): string[] {
  return [...byName.keys()];
}
