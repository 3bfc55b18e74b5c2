import { line, message } from '../../output/index.ts';
import { fileName } from '../../runtime/index.ts';
import type { CommandDef } from '../command.ts';
import { moduleLabel } from './expression.ts';

const NOTE = {
  en: 'SOS is built into this terminal; loading it again changes nothing but the list.',
  'zh-tw': '這個終端機已內建 SOS；再次載入只會改變清單。',
};

export const load: CommandDef = {
  name: '.load',
  host: 'windbg',
  group: 'session',
  summary: { en: 'Loads an extension DLL by path.', 'zh-tw': '以路徑載入擴充 DLL。' },
  args: [{ name: 'dll', kind: 'rest', optional: true, help: { en: 'Path of the DLL.', 'zh-tw': 'DLL 的路徑。' } }],
  examples: ['.load C:\\tools\\sos\\sos.dll'],
  *run(context, args) {
    const path = args.raw.replace(/^"|"$/g, '');
    const name = fileName(path).replace(/\.dll$/i, '').toLowerCase();
    if (name === 'sos') {
      if (!context.session.extensions.includes(path)) context.session.extensions.unshift(path);
      yield message('dim', NOTE);
    } else yield line(`The call to LoadLibrary(${path}) failed, Win32 error 0n2`, '');
    if (name !== 'sos') yield line('    "The system cannot find the file specified."');
  },
};

export const loadby: CommandDef = {
  name: '.loadby',
  host: 'windbg',
  group: 'session',
  summary: { en: 'Loads an extension from the directory of a module: `.loadby sos coreclr`.', 'zh-tw': '從某模組所在目錄載入擴充：.loadby sos coreclr。' },
  args: [{ name: 'dll', kind: 'text', help: { en: 'Name of the extension.', 'zh-tw': '擴充的名稱。' } }, { name: 'module', kind: 'text', help: { en: 'Module whose directory is used.', 'zh-tw': '取用其目錄的模組。' } }],
  examples: ['.loadby sos coreclr'],
  *run(context, args) {
    const wanted = (args.text('module') ?? '').toLowerCase();
    const module = context.dump.modules.find((m) => moduleLabel(m.path).toLowerCase() === wanted.replace(/\.dll$/, ''));
    if (!module) {
      yield line(`Unable to find module '${args.text('module')}'`);
      if (wanted === 'clr' || wanted === 'mscorwks') yield message('dim', {
        en: `This process runs .NET (Core): its runtime module is ${context.dump.os === 'windows' ? 'coreclr' : 'libcoreclr'}, not ${wanted}.`,
        'zh-tw': `這個處理序執行的是 .NET（Core），執行階段模組是 ${context.dump.os === 'windows' ? 'coreclr' : 'libcoreclr'}，不是 ${wanted}。`,
      });
      return;
    }
    const path = `${module.path.slice(0, module.path.length - fileName(module.path).length)}${args.text('dll')}.dll`;
    if (!context.session.extensions.includes(path)) context.session.extensions.unshift(path);
    yield message('dim', NOTE);
  },
};

export const unload: CommandDef = {
  name: '.unload',
  host: 'windbg',
  group: 'session',
  summary: { en: 'Unloads an extension.', 'zh-tw': '卸載擴充。' },
  args: [{ name: 'dll', kind: 'rest', optional: true, help: { en: 'Name of the extension.', 'zh-tw': '擴充的名稱。' } }],
  *run(context, args) {
    const { session } = context;
    const name = args.raw.toLowerCase();
    const gone = session.extensions.filter((e) => !name || e.toLowerCase().includes(name));
    session.extensions = session.extensions.filter((e) => !gone.includes(e));
    for (const extension of gone) yield line(`Unloading ${extension} extension DLL`);
  },
};

export const chain: CommandDef = {
  name: '.chain',
  host: 'windbg',
  group: 'session',
  summary: { en: 'Lists the loaded extensions.', 'zh-tw': '列出已載入的擴充。' },
  *run(context) {
    yield line('Extension DLL chain:');
    for (const extension of context.session.extensions) yield line(`    ${extension}`);
    yield line('    sos: image 10.0.0.0, API 1.0.0, DumpLab’s own reader (built in)');
  },
};
