import { line, message } from '../../output/index.ts';
import type { OutputNode } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';

const SERVER = 'https://msdl.microsoft.com/download/symbols';
const DOTS = 64;
const rest = [{ name: 'path', kind: 'rest', optional: true, help: { en: 'Directories and symbol servers, separated by semicolons.', 'zh-tw': '目錄與符號伺服器，以分號分隔。' } }] as const;

function* pathText(context: CommandContext): Generator<OutputNode> {
  const path = context.session.symbolPath.join(';');
  yield line(`Symbol search path is: ${path || '<empty>'}`);
  if (path) yield line(`Expanded Symbol search path is: ${path.replace(/\bsrv\*(?=;|$)/gi, `cache*;SRV*${SERVER}`)}`);
  if (!path) {
    yield line();
    yield line('************* Path validation summary **************');
    yield line('Response                         Time (ms)     Location');
  }
  yield message('dim', {
    en: 'The terminal keeps the path as a debugger would, but fetches nothing: names of managed code come from metadata inside the dump.',
    'zh-tw': '終端機會像偵錯工具一樣記住路徑，但不會下載任何東西：受控程式碼的名稱來自傾印內的中繼資料。',
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
  summary: { en: 'Reloads the module list and, in a real debugger, symbols.', 'zh-tw': '重新載入模組清單（真正的偵錯工具還會載入符號）。' },
  options: [
    { name: '/f', help: { en: 'Load symbols at once.', 'zh-tw': '立即載入符號。' } },
    { name: '/i', help: { en: 'Ignore mismatched versions.', 'zh-tw': '忽略版本不符。' } },
    { name: '/u', help: { en: 'Unload.', 'zh-tw': '卸載。' } },
  ],
  args: [{ name: 'module', kind: 'rest', optional: true, help: { en: 'One module.', 'zh-tw': '單一模組。' } }],
  *run(context) {
    for (let left = context.dump.modules.length; left > 0; left -= DOTS) yield line('.'.repeat(Math.min(left, DOTS)));
    if (context.session.symbolNoise) {
      for (const module of context.dump.modules.slice(0, 40)) {
        if (module.pdb) yield line(`SYMSRV:  BYINDEX: ${module.pdb.path.replace(/^.*[\\/]/, '')} ${module.pdb.guid}${module.pdb.age.toString(16).toUpperCase()}`);
      }
      yield message('dim', {
        en: 'These are the names a symbol server would be asked for. This page asks nobody.',
        'zh-tw': '這些就是會向符號伺服器查詢的名稱；本頁不會向任何伺服器發出查詢。',
      });
    }
  },
};

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
