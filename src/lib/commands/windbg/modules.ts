import { line, link, progress } from '../../output/index.ts';
import type { CommandRun, OutputNode } from '../../output/index.ts';
import type { NativeModule } from '../../container/index.ts';
import { fileName } from '../../runtime/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { evaluateAddress, moduleLabel, tick } from './expression.ts';
import { symbolDetails, symbolState } from './symbol-text.ts';
import { dateText } from './target.ts';
import { wildcard } from './wildcard.ts';

/** `lm`, `lmv`, `lmvm name`, `lm m pattern`, `lm a address`, `lm1m`: options may be glued to the name. */
export const lm: CommandDef = {
  name: 'lm',
  host: 'windbg',
  group: 'modules',
  summary: { en: 'Lists the modules of the process; `lmvm name` shows one in detail, `lm a address` the one at an address.', 'zh-tw': '列出處理序的模組；lmvm 名稱 顯示單一模組細節，lm a 位址 找出位址所屬模組。' },
  args: [{ name: 'options', kind: 'rest', optional: true, help: { en: 'v details, m pattern, a address, f paths, 1m names only.', 'zh-tw': 'v 詳細、m 樣式、a 位址、f 路徑、1m 只列名稱。' } }],
  examples: ['lm', 'lm m core*', 'lmvm coreclr', 'lm a @rip'],
  *run(context, args): CommandRun {
    const options = readOptions(args.raw);
    const address = options.address === undefined ? undefined : evaluateAddress(context, options.address);
    const pattern = options.pattern && wildcard(options.pattern);
    const modules = [...context.dump.modules]
      .sort((a, b) => a.base - b.base)
      .filter((m) => (address === undefined || (address >= m.base && address < m.base + m.size)) && (!pattern || pattern.test(moduleLabel(m.path)) || pattern.test(fileName(m.path))));
    if (options.namesOnly) {
      for (const m of modules) yield line(moduleLabel(m.path));
      return;
    }
    const size = context.dump.pointerSize;
    yield line(size === 8 ? 'start             end                 module name' : 'start    end        module name');
    let done = 0;
    for (const m of modules) {
      yield* moduleLines(context, m, options);
      if (++done % 200 === 0) yield progress(done, modules.length);
    }
  },
};

interface Options { readonly verbose: boolean; readonly paths: boolean; readonly namesOnly: boolean; readonly pattern: string | undefined; readonly address: string | undefined }

function readOptions(raw: string): Options {
  const words = raw.split(/\s+/).filter(Boolean);
  const flags: string[] = [];
  let pattern: string | undefined;
  let address: string | undefined;
  for (let i = 0; i < words.length; i++) {
    const flag = words[i].toLowerCase();
    if (/^[vfd1]*m$/.test(flag) && words[i + 1]) {
      flags.push(flag);
      pattern = words[++i];
    } else if (/^[vfd]*a$/.test(flag) && words[i + 1]) {
      flags.push(flag);
      address = words.slice(++i).join(' ');
      break;
    } else flags.push(flag);
  }
  const all = flags.join('');
  return { verbose: all.includes('v'), paths: all.includes('f'), namesOnly: all.includes('1'), pattern, address };
}

function* moduleLines(context: CommandContext, m: NativeModule, options: Options): Generator<OutputNode> {
  const size = context.dump.pointerSize;
  const name = moduleLabel(m.path);
  const state = options.paths ? m.path : symbolState(context, m);
  yield line(`${tick(m.base, size)} ${tick(m.base + m.size, size)}   `, link(name.padEnd(10), `lmvm ${name}`), ` ${state}`);
  yield { kind: 'fact', subject: 'module', address: m.base, values: { name, path: m.path, version: m.version } };
  if (!options.verbose) return;
  const windows = context.dump.os === 'windows';
  yield line(`    Image path: ${m.path}`);
  yield line(`    Image name: ${fileName(m.path)}`);
  if (windows) {
    yield line(`    Timestamp:        ${dateText(m.timestamp).replace('.000', '')} (${m.timestamp.toString(16).toUpperCase().padStart(8, '0')})`);
    yield line(`    CheckSum:         ${m.checksum.toString(16).toUpperCase().padStart(8, '0')}`);
  }
  yield line(`    ImageSize:        ${m.size.toString(16).toUpperCase().padStart(8, '0')}`);
  if (m.version) yield line(`    File version:     ${m.version}`);
  yield* symbolDetails(context, m);
}
