/**
 * Writes src/reference/command-examples.json: for every command one line to show it with, taken from the recorded SOS
 * sessions where there is one (its text is compared there), and how often its text was compared.
 * Usage: node scripts/command-examples.ts
 */
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { COMMANDS, findCommand } from '../src/lib/commands/index.ts';
import { splitCommand } from '../src/lib/engine/index.ts';
import { differenceOf, isEqual } from '../tests/golden/compare.ts';
import { readSections } from '../tests/golden/sections.ts';
import { CHAINS, findAddresses } from './example-chains.ts';

const DUMPS = ['redis-oom-win-x64', 'crash-win-x64-net10', 'objects-win-x64-net9', 'redis-oom-linux-x64'] as const;
const MAX_LINES = 60;

export interface CommandExample { readonly dump: string; readonly run: readonly string[]; readonly equal: number; readonly compared: number }

/** Lines chosen by hand, where a recorded one shows too little or there is none; commands that need an address are in example-chains.ts. */
const CHOSEN: Readonly<Record<string, readonly [dump: string, ...run: string[]]>> = {
  u: ['redis-oom-win-x64', 'u 68d1d210'], ub: ['redis-oom-win-x64', 'ub 68d1d235'], uf: ['redis-oom-win-x64', 'uf 68d1d210', 'uf /c 68d1d210'], ur: ['redis-oom-win-x64', 'ur 68d1d210 L4'],
  clru: ['redis-oom-win-x64', '!u 68234880', '!u -gcinfo 68234880'],
  analyze: ['crash-win-x64-net10', '!analyze -v'], address: ['redis-oom-win-x64', '!address @rsp'], runaway: ['redis-oom-win-x64', '!runaway'],
  s: ['redis-oom-win-x64', 's -u 7c9f000 L1000 "OOM command"'], token2ee: ['redis-oom-win-x64', '!token2ee Storefront.dll 02000005'],
  '.foreach': ['redis-oom-win-x64', '.foreach (ex {!dumpheap -type SessionUnavailable -short -min 100}) {.echo ${ex}}'],
  syncblk: ['deadlock-linux-x64', '!syncblk'], clrstack: ['objects-win-x64-net9', '~5s', '!clrstack'],
  dumpmd: ['redis-oom-win-x64', '!dumpmd 68234880'], ip2md: ['redis-oom-win-x64', '!ip2md 68d1d210'], dumpil: ['redis-oom-win-x64', '!dumpil 68234880'], gcinfo: ['redis-oom-win-x64', '!gcinfo 68d1d210'],
  dumpobjgcrefs: ['redis-oom-win-x64', '!dumpobjgcrefs 790f018'], findappdomain: ['redis-oom-win-x64', '!findappdomain 790f018'], dumpasync: ['asynchang-linux-x64', '!dumpasync -coalesce'],
  setthread: ['redis-oom-win-x64', '!setthread 20', '!clrstack'], '.echo': ['redis-oom-win-x64', '.echo Hello'], '.printf': ['redis-oom-win-x64', '.printf "%d of %x\\n", 0n577, 0n583'],
  '.symfix': ['redis-oom-win-x64', '.symfix', '.sympath'], '.unload': ['redis-oom-win-x64', '.load sos', '.unload sos', '.chain'], as: ['redis-oom-win-x64', 'as ex !dumpheap -type Exception -stat', 'ex'],
  help: ['redis-oom-win-x64', '!help dumpheap'], '.cls': ['redis-oom-win-x64', '.cls'],
  ad: ['redis-oom-win-x64', 'as heap !dumpheap -stat', 'ad heap', 'al'], al: ['redis-oom-win-x64', 'as heap !dumpheap -stat', 'as ex !dumpheap -type Exception -stat', 'al'],
  '.exr': ['crash-win-x64-net10', '.exr -1'], '.ecxr': ['crash-win-x64-net10', '.ecxr'], '.lastevent': ['crash-win-x64-net10', '.lastevent'], dumpgen: ['redis-oom-win-x64', '!dumpgen gen0 -type Storefront'],
};

export function commandExamples(): Record<string, CommandExample> {
  const best = new Map<string, { dump: string; run: string[]; lines: number }>();
  const counts = new Map<string, { equal: number; compared: number }>();
  for (const dump of DUMPS) {
    for (const section of readSections(dump)) {
      const command = findCommand(splitCommand(section.command).name);
      if (!command || command.unavailable) continue;
      const difference = differenceOf(dump, section);
      const count = counts.get(command.name) ?? { equal: 0, compared: 0 };
      count.compared++;
      if (isEqual(difference)) count.equal++;
      counts.set(command.name, count);
      const lines = section.expected.split('\n').length;
      if (difference || lines > MAX_LINES || dump === 'redis-oom-linux-x64') continue;
      const known = best.get(command.name);
      if (known && known.lines >= lines) continue;
      const prefix = command.host === 'sos' ? '!' : '';
      best.set(command.name, { dump, lines, run: [...(section.thread === undefined ? [] : [`~${section.thread}s`]), `${prefix}${section.command}`] });
    }
  }
  const result: Record<string, CommandExample> = {};
  for (const command of [...COMMANDS].filter((c) => !c.unavailable).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const chain = CHAINS[command.name];
    const chosen = chain ? ([chain[0], ...findAddresses(chain[0], chain.slice(1))] as const) : CHOSEN[command.name];
    const first = command.examples?.[0] ?? command.name;
    const fallback = command.host === 'sos' && !first.startsWith('!') && !/^[~.]/.test(first) ? `!${first}` : first;
    const [dump, ...run] = chosen ?? ['', ''];
    const found = best.get(command.name);
    result[command.name] = { ...(chosen ? { dump, run } : found ? { dump: found.dump, run: found.run } : { dump: 'redis-oom-win-x64', run: [fallback] }), ...(counts.get(command.name) ?? { equal: 0, compared: 0 }) };
  }
  return result;
}

export const EXAMPLES_FILE = new URL('../src/reference/command-examples.json', import.meta.url);
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) writeFileSync(EXAMPLES_FILE, `${JSON.stringify(commandExamples(), undefined, 1)}\n`);
