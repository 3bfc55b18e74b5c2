import { line, link, message, progress } from '../../output/index.ts';
import type { CommandRun } from '../../output/index.ts';
import { regionAt } from '../../container/index.ts';
import type { NativeModule } from '../../container/index.ts';
import type { NativeSymbol } from '../../runtime/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { ArgumentError } from '../parse.ts';
import { evaluateAddress, moduleLabel, tick } from './expression.ts';
import { managedCode, symbolAt, symbolText } from './symbol-name.ts';
import { wildcard } from './wildcard.ts';

const SLICE = 500;
const EXECUTABLE = 0xf0;

/** Functions and data, as the debugger tells them apart without private symbols. */
function kindText(context: CommandContext, symbol: NativeSymbol): string {
  const region = symbol.code === undefined ? regionAt(context.dump.regions, symbol.address) : undefined;
  const code = symbol.code ?? (region === undefined || (region.protection & EXECUTABLE) !== 0);
  return code ? ' (<no parameter info>)' : ' = <no type information>';
}

/** `x module!pattern`: exported names. */
export const x: CommandDef = {
  name: 'x',
  host: 'windbg',
  group: 'modules',
  summary: { en: 'Exported symbols of native modules: x module!pattern, with * and ?.', 'zh-tw': '原生模組匯出的符號：x 模組!樣式，可用 * 與 ?。' },
  details: {
    en: 'Names come from export tables (Windows) and dynamic symbol tables (Linux) in the dump. Managed methods are found by !name2ee.',
    'zh-tw': '名稱取自傾印中的匯出表（Windows）與動態符號表（Linux）。受控方法請用 !name2ee。',
  },
  args: [{ name: 'pattern', kind: 'rest', help: { en: 'module!name; /n sorts by name, /0 shows addresses only, /1 names only.', 'zh-tw': '模組!名稱；/n 依名稱排序，/0 只列位址，/1 只列名稱。' } }],
  examples: ['x coreclr!*', 'x libcoreclr!coreclr_*'],
  *run(context, args): CommandRun {
    const words = args.raw.split(/\s+/).filter(Boolean);
    const flags = words.filter((w) => /^\/[a-z0-9]/i.test(w)).join('').toLowerCase();
    const text = words.filter((w) => !/^\/[a-z0-9]/i.test(w)).join(' ');
    const [, of, name] = /^(?:([^!]*)!)?(.*)$/s.exec(text) ?? [];
    if (!name) throw new ArgumentError('x module!name, for example: x coreclr!*');
    const wanted = { module: wildcard(of || '*'), name: wildcard(name) };
    const modules = context.dump.modules.filter((m) => wanted.module.test(moduleLabel(m.path)));
    if (modules.length === 0) {
      yield line(`               ^ Couldn't resolve 'x ${text}'`);
      return;
    }
    const found: { readonly module: NativeModule; readonly symbol: NativeSymbol }[] = [];
    let without = 0;
    for (const [i, module] of modules.entries()) {
      const table = context.symbols.of(module);
      if (table.length === 0) without++;
      for (const symbol of table) if (wanted.name.test(symbol.name)) found.push({ module, symbol });
      yield progress(i, modules.length);
    }
    if (flags.includes('n')) found.sort((a, b) => (a.symbol.name < b.symbol.name ? -1 : 1));
    for (const [i, { module, symbol }] of found.entries()) {
      const address = tick(symbol.address, context.dump.pointerSize);
      const full = `${moduleLabel(module.path)}!${symbol.name}`;
      if (flags.includes('/0')) yield line(link(address, `ln ${symbol.address.toString(16)}`));
      else if (flags.includes('/1')) yield line(full);
      else yield line(link(address, `ln ${symbol.address.toString(16)}`), ` ${full}${kindText(context, symbol)}`);
      if (i % SLICE === 0) yield progress(i, found.length);
    }
    if (found.length === 0 && without > 0) {
      yield message('dim', {
        en: `${without} of ${modules.length} modules show no exported names: their tables are not in the dump, or they export nothing. Managed methods: !name2ee.`,
        'zh-tw': `${modules.length} 個模組中有 ${without} 個沒有可讀的匯出名稱：其表格不在傾印中，或根本沒有匯出。受控方法請用 !name2ee。`,
      });
    }
  },
};

/** `ln address`: the symbols around an address. */
export const ln: CommandDef = {
  name: 'ln',
  host: 'windbg',
  group: 'modules',
  summary: { en: 'The symbol at or below an address, and the next one.', 'zh-tw': '位址所在或之前的符號，以及下一個符號。' },
  args: [{ name: 'address', kind: 'rest', help: { en: 'An address or expression.', 'zh-tw': '位址或運算式。' } }],
  examples: ['ln @rip'],
  *run(context, args): CommandRun {
    const address = evaluateAddress(context, args.raw);
    const size = context.dump.pointerSize;
    const code = managedCode(context, address);
    const symbol = symbolAt(context, address, code);
    if (code && symbol) {
      yield line(`(${tick(code.start, size)})   `, link(symbolText(symbol), `!ip2md ${address.toString(16)}`));
      if (symbol.offset === 0) yield* exact([symbol.text]);
      return;
    }
    const module = context.symbols.moduleAt(address);
    const near = module && context.symbols.before(module, address);
    const next = module && context.symbols.after(module, address);
    if (!module || !(near ?? next)) {
      if (symbol) yield line(`(${tick(address - symbol.offset, size)})   ${symbolText(symbol)}`);
      else yield message('dim', { en: `No symbol near ${tick(address, size)}: it is in no module and no managed code.`, 'zh-tw': `${tick(address, size)} 附近沒有符號：它不在任何模組或受控程式碼中。` });
      return;
    }
    const label = moduleLabel(module.path);
    const part = (s: NativeSymbol) => `(${tick(s.address, size)})   ${label}!${s.name}${address > s.address ? `+0x${(address - s.address).toString(16)}` : ''}`;
    yield line([near, next].filter((s) => s !== undefined).map(part).join('   |  '));
    if (near?.address === address) yield* exact(context.symbols.of(module).filter((s) => s.address === address).map((s) => `${label}!${s.name}${kindText(context, s)}`));
    else if (symbol?.kind === 'module') {
      yield message('dim', {
        en: `These are the exported names around it; the address belongs to a function between them that has no public name (${symbolText(symbol)}).`,
        'zh-tw': `以上是前後的匯出名稱；此位址屬於兩者之間沒有公開名稱的函式（${symbolText(symbol)}）。`,
      });
    }
  },
};

function* exact(names: readonly string[]): CommandRun {
  yield line('Exact matches:');
  for (const name of names) yield line(`    ${name}`);
}
