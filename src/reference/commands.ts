import { COMMANDS } from '../lib/commands/index.ts';
import type { CommandDef } from '../lib/commands/index.ts';
import examples from './command-examples.json' with { type: 'json' };

export interface CommandExample { readonly dump: string; readonly run: readonly string[]; readonly equal: number; readonly compared: number }

const SIGNS: Readonly<Record<string, string>> = { '.': 'dot-', '!': 'bang-', '~': 'tilde', '|': 'pipe', '?': 'question', '*': 'star', $: 'dollar' };

/** Last part of the command's address: `.cordll` is `dot-cordll`, `||` is `pipepipe`. */
export function commandSlug(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, (sign) => SIGNS[sign] ?? '-');
}

export const WORKING: readonly CommandDef[] = COMMANDS.filter((c) => !c.unavailable);
export const UNAVAILABLE: readonly CommandDef[] = COMMANDS.filter((c) => c.unavailable);

export function exampleOf(command: CommandDef): CommandExample {
  return (examples as unknown as Record<string, CommandExample>)[command.name] ?? { dump: 'redis-oom-win-x64', run: [command.name], equal: 0, compared: 0 };
}

/** As typed in the debugger the page shows. */
export const typed = (command: CommandDef, name = command.name) => (command.host === 'sos' ? `!${name}` : name);

export const GROUPS = {
  exceptions: ['Exceptions', '例外狀況'], heap: ['Heap', '堆積'], objects: ['Objects', '物件'], types: ['Types and methods', '型別與方法'], threads: ['Threads and stacks', '執行緒與堆疊'],
  gc: ['Garbage collector', '記憶體回收'], modules: ['Modules', '模組'], memory: ['Memory', '記憶體'], session: ['The debugger', '偵錯工具'], script: ['Scripting', '指令碼'], help: ['Help', '說明'],
} as const satisfies Readonly<Record<CommandDef['group'], readonly [en: string, zhTw: string]>>;
