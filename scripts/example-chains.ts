import { openPackedDirectory } from '../src/cli/packed-directory.ts';
import { nodeCapabilities } from '../src/cli/needs.ts';
import { Engine } from '../src/lib/engine/index.ts';
import { renderText } from '../src/lib/output/index.ts';

/** A pattern in a line stands for its first group, in what the lines before it printed. */
const FOUND = /\{\{(.+?)\}\}/g;
const SAMPLES = new URL('../public/sample-dumps/', import.meta.url).pathname;

const STORE = '!name2ee Storefront.dll Storefront.RedisSessionStore';
const VIEW = ['!dumpheap -stat -type OrderLeak.OrderView', '!dumpheap -mt {{^(\\w+) .*OrderView$}} -short'];
const REQUEST = ['!name2ee Storefront.dll Storefront.SessionRequest', '!dumpheap -mt {{MethodTable: +(\\w+)}} -short'];
/** Instance methods with two parameters and no result begin with these bytes (ECMA-335 II.23.2.1). */
const SIGNATURE = [STORE, '!dumpmodule {{^Module: +(\\w+)}}', 's -b {{MetaData start address: +(\\w+)}} L2000 20 02 01'];

/** Commands that need an address: the commands that find one, as a reader would, then the command itself. */
export const CHAINS: Readonly<Record<string, readonly [dump: string, ...run: string[]]>> = {
  dumpassembly: ['redis-oom-win-x64', STORE, '!dumpmodule {{^Module: +(\\w+)}}', '!dumpassembly {{Assembly: +([0-9a-f]{6,})}}'],
  dumpconcurrentdictionary: ['redis-oom-win-x64', '!dumpheap -stat -type "ConcurrentDictionary<System.String, Microsoft.Extensions.Logging.Logger>"', '!dumpheap -short -mt {{(\\w+) +1 +40 .*Logger>$}}', '!dumpconcurrentdictionary {{^(\\w+)$}}'],
  gcroot: ['leak-linux-x64', ...VIEW, '!gcroot {{^(\\w+)$}}'],
  dumpdelegate: ['leak-linux-x64', ...VIEW, '!gcroot {{^(\\w+)$}}', '!dumpdelegate {{-> (\\w+) .*static variable}}'],
  dumpvc: ['redis-oom-win-x64', ...REQUEST, '!dumpobj {{^(\\w+)$}}', '!dumpvc {{^(\\w+) .* Timing$}} {{(\\w+) Timing$}}'],
  dumpsig: ['redis-oom-win-x64', ...SIGNATURE, '!dumpsig {{^(\\S+) +20 02 01}} {{^Module: +(\\w+)}}'],
  dumpsigelem: ['redis-oom-win-x64', ...SIGNATURE, '!dumpsigelem {{^(\\S+) +20 02 01}}+3 {{^Module: +(\\w+)}}'],
  du: ['redis-oom-win-x64', '!dumpheap -short -type RedisServerException -live', '!dumpobj {{^([0-9a-f]+)$}}', 'du {{(\\w+) _message$}}+c L40'],
  da: ['redis-oom-win-x64', STORE, '!dumpmodule {{^Module: +(\\w+)}}', 's -a {{MetaData start address: +(\\w+)}} L2000 "RedisSession"', 'da {{^(\\S+) +52 65}}'],
  ehinfo: ['redis-oom-win-x64', STORE, '!dumpmt -md {{MethodTable: +(\\w+)}}', '!ehinfo {{ (\\w+) +JIT \\w+ .*TakeWriteLock}}'],
  notreachableinrange: ['redis-oom-win-x64', '!dumpheap -dead -type Storefront.SessionRequest -short', '!dumpobj {{^(\\w+)$}}', '? {{^(\\w+)$}}+8', '? {{^(\\w+)$}}+28', '!notreachableinrange {{= ([\\w`]+)}} {{= [^=]*= ([\\w`]+)}}'],
};

const engines = new Map<string, Engine>();

/** The lines of a chain with every address found, by running them on the packed sample. Throws when a pattern finds nothing. */
export function findAddresses(dump: string, lines: readonly string[]): string[] {
  let engine = engines.get(dump);
  if (!engine) {
    engine = new Engine({ capabilities: nodeCapabilities, host: { debugger: 'windbg', bitness: 64 } });
    for (const node of engine.open(openPackedDirectory(SAMPLES + dump), `${dump}.dmp`)) void node;
    engines.set(dump, engine);
  }
  engine.reset();
  let printed = '';
  const run: string[] = [];
  for (const line of lines) {
    const command = line.replace(FOUND, (_whole, pattern: string) => {
      const found = new RegExp(pattern, 'm').exec(printed)?.[1];
      if (!found) throw new Error(`${dump}: /${pattern}/ is not in what ${run.join('; ')} printed`);
      return found.replaceAll('`', '').replace(/^0+(?=.)/, '').toLowerCase();
    });
    run.push(command);
    printed += `${renderText([...engine.execute(command)].filter((n) => n.kind !== 'progress'), 'en')}\n`;
  }
  return run;
}
