import type { NativeModule } from '../../container/index.ts';
import { pdbKey } from '../../image/index.ts';
import { line, message, progress } from '../../output/index.ts';
import type { CommandRun, OutputNode } from '../../output/index.ts';
import { fileName } from '../../runtime/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { moduleLabel } from './expression.ts';
import { failureText } from './symbol-text.ts';

const SERVER = 'https://msdl.microsoft.com/download/symbols';
const DOTS = 64;
const MAX_FAILURES = 40;
const rest = [{ name: 'path', kind: 'rest', optional: true, help: { en: 'Directories and symbol servers, separated by semicolons.', 'zh-tw': '目錄與符號伺服器，以分號分隔。' } }] as const;

function* pathText(context: CommandContext): Generator<OutputNode> {
  const { session } = context;
  const path = session.symbolPath.join(';');
  yield line(`Symbol search path is: ${path || '<empty>'}`);
  if (path) yield line(`Expanded Symbol search path is: ${path.replace(/\bsrv\*(?=;|$)/gi, `cache*;SRV*${SERVER}`)}`);
  if (!path) {
    yield line();
    yield line('************* Path validation summary **************');
    yield line('Response                         Time (ms)     Location');
  }
  for (const { name, kind, pdb, problem } of session.symbols.files) {
    const what = pdb ? `portable PDB ${pdbKey(pdb)}` : kind === 'windows' ? `${problem}: only portable PDBs are read here` : problem;
    yield line(`Symbol file given: ${name} - ${what}`);
  }
  yield message('dim', {
    en: 'The terminal keeps the path as a debugger would, but fetches nothing. Portable PDBs inside images are found by themselves; others count when they are given: --symbols FILE on the command line, in the lab chosen together with the dump.',
    'zh-tw': '終端機會像偵錯工具一樣記住路徑，但不會下載任何東西。映像內嵌的可攜式 PDB 會自動找到；其他的要自行提供：命令列用 --symbols FILE，實驗室則與傾印一起選取。',
  });
}

export const sympath: CommandDef = {
  name: '.sympath',
  host: 'windbg',
  group: 'session',
  summary: { en: 'Shows or sets the symbol path; `.sympath+` adds to it.', 'zh-tw': '顯示或設定符號路徑；.sympath+ 為附加。' },
  args: rest,
  examples: ['.sympath', '.sympath srv*c:\\symbols*https://msdl.microsoft.com/download/symbols', '.sympath+ c:\\myapp\\pdb'],
  *run(context, args) {
    const added = /^\+/.test(args.raw);
    const text = args.raw.replace(/^\+\s*/, '');
    if (text) context.session.symbolPath = added ? [...context.session.symbolPath, text] : [text];
    yield* pathText(context);
  },
};

export const symfix: CommandDef = {
  name: '.symfix',
  host: 'windbg',
  group: 'session',
  summary: { en: 'Sets the symbol path to Microsoft’s symbol server, with an optional local cache.', 'zh-tw': '將符號路徑設為 Microsoft 符號伺服器，可指定本機快取。' },
  args: rest,
  examples: ['.symfix', '.symfix c:\\symbols'],
  *run(context, args) {
    const cache = args.raw.replace(/^\+\s*/, '');
    const entry = cache ? `srv*${cache}*${SERVER}` : 'srv*';
    context.session.symbolPath = /^\+/.test(args.raw) ? [...context.session.symbolPath, entry] : [entry];
    yield line();
  },
};

export const reload: CommandDef = {
  name: '.reload',
  host: 'windbg',
  group: 'session',
  summary: { en: 'Forgets which symbols were loaded; with /f loads those of one module, or of all.', 'zh-tw': '清除已載入的符號；加上 /f 則立即載入單一模組或全部模組的符號。' },
  options: [
    { name: '/f', help: { en: 'Load symbols at once.', 'zh-tw': '立即載入符號。' } },
    { name: '/i', help: { en: 'Ignore mismatched versions (refused here: wrong lines would be shown).', 'zh-tw': '忽略版本不符（此處不接受：會顯示錯誤的行號）。' } },
    { name: '/u', help: { en: 'Unload.', 'zh-tw': '卸載。' } },
  ],
  args: [{ name: 'module', kind: 'rest', optional: true, help: { en: 'One module.', 'zh-tw': '單一模組。' } }],
  examples: ['.reload', '.reload /f Storefront.dll'],
  *run(context, args) {
    const { dump, memory, session } = context;
    const words = args.raw.split(/\s+/).filter(Boolean);
    const flags = words.filter((w) => w.startsWith('/')).join('').toLowerCase();
    const name = words.find((w) => !w.startsWith('/')) ?? '';
    const chosen = name ? dump.modules.filter((m) => sameModule(m, name)) : dump.modules;
    if (chosen.length === 0) {
      yield line(`"${name}" was not found in the image list.`);
      return;
    }
    if (flags.includes('u')) {
      for (const module of chosen) {
        session.symbols.unload(memory, module.base);
        if (name) yield line(`Unloaded ${module.path}`);
      }
      return;
    }
    if (!name) {
      session.symbols.unload(memory);
      for (let left = dump.modules.length; left > 0; left -= DOTS) yield line('.'.repeat(Math.min(left, DOTS)));
    }
    if (flags.includes('f')) yield* load(context, chosen);
  },
};

export const ld: CommandDef = {
  name: 'ld',
  host: 'windbg',
  group: 'session',
  summary: { en: 'Loads the symbols of a module.', 'zh-tw': '載入模組的符號。' },
  args: [{ name: 'module', kind: 'text', help: { en: 'Name of the module.', 'zh-tw': '模組名稱。' } }],
  examples: ['ld Storefront'],
  *run(context, args) {
    const name = args.text('module') ?? '';
    const chosen = context.dump.modules.filter((m) => sameModule(m, name));
    if (chosen.length === 0) {
      yield line(`"${name}" was not found in the image list.`);
      return;
    }
    for (const module of chosen) {
      const symbols = context.session.symbols.of(context.memory, module.base);
      yield line(symbols.pdb ? `Symbols loaded for ${moduleLabel(module.path)}` : `Symbols could not be loaded for ${moduleLabel(module.path)}`);
    }
  },
};

function sameModule(module: NativeModule, name: string): boolean {
  return [fileName(module.path), moduleLabel(module.path)].some((known) => known.toLowerCase() === name.toLowerCase());
}

function* load(context: CommandContext, modules: readonly NativeModule[]): CommandRun {
  const failures: { readonly name: string; readonly why: string }[] = [];
  let done = 0;
  for (const module of modules) {
    const why = failureText(context.session.symbols.of(context.memory, module.base));
    if (why) failures.push({ name: moduleLabel(module.path), why });
    yield progress(++done, modules.length);
  }
  if (failures.length === 0) return;
  yield line();
  yield line('************* Symbol Loading Error Summary **************');
  yield line('Module name            Error');
  for (const { name, why } of failures.slice(0, MAX_FAILURES)) yield line(`${name.padEnd(22)} ${why}`);
  if (failures.length > MAX_FAILURES) yield line(`... and ${failures.length - MAX_FAILURES} more`);
  yield line();
  yield line('You can troubleshoot most symbol related issues by turning on symbol loading diagnostics (!sym noisy) and repeating the command that caused symbols to be loaded.');
}

export const sym: CommandDef = {
  name: '!sym',
  host: 'windbg',
  group: 'session',
  summary: { en: 'Makes symbol loading talk (noisy) or be silent (quiet).', 'zh-tw': '讓符號載入過程顯示細節（noisy）或保持安靜（quiet）。' },
  args: [{ name: 'mode', kind: 'rest', optional: true, help: { en: 'noisy, quiet or prompts.', 'zh-tw': 'noisy、quiet 或 prompts。' } }],
  examples: ['!sym noisy', '!sym quiet'],
  *run(context, args) {
    const mode = args.raw.toLowerCase();
    if (mode.startsWith('noisy')) context.session.symbolNoise = true;
    else if (mode.startsWith('quiet')) context.session.symbolNoise = false;
    else if (mode && !mode.startsWith('prompts')) {
      yield line('!sym <noisy/quiet - prompts/prompts off> - verbose symbol loading.');
      return;
    }
    yield line(`${context.session.symbolNoise ? 'noisy' : 'quiet'} mode - symbol prompts on`);
  },
};
