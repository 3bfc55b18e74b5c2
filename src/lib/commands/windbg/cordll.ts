import { line, message } from '../../output/index.ts';
import type { OutputNode } from '../../output/index.ts';
import type { NativeModule } from '../../container/index.ts';
import { fileName } from '../../runtime/index.ts';
import { bitnessCure, bitnessProblem, targetArchitecture } from '../bitness.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';

const ARCH = { x64: 'AMD64', x86: 'x86', arm64: 'ARM64', arm: 'ARM' } as const;

/** `.cordll`: which DAC a debugger would load for this dump, where it would look, and what happens here. */
export const cordll: CommandDef = {
  name: '.cordll',
  host: 'windbg',
  group: 'session',
  summary: { en: 'Controls the loading of the CLR debugging module (DAC) and explains what is looked for.', 'zh-tw': '控制 CLR 偵錯模組（DAC）的載入，並說明尋找了哪些檔案。' },
  options: [
    { name: '-ve', help: { en: 'Verbose on: say what is tried.', 'zh-tw': '開啟詳細模式：顯示嘗試過程。' } },
    { name: '-vd', help: { en: 'Verbose off.', 'zh-tw': '關閉詳細模式。' } },
    { name: '-l', help: { en: 'Load the debugging module.', 'zh-tw': '載入偵錯模組。' } },
    { name: '-u', help: { en: 'Unload it.', 'zh-tw': '卸載。' } },
    { name: '-N', help: { en: 'Reload it.', 'zh-tw': '重新載入。' } },
    { name: '-e', help: { en: 'Enable CLR debugging.', 'zh-tw': '啟用 CLR 偵錯。' } },
    { name: '-d', help: { en: 'Disable it (capital -D: and unload).', 'zh-tw': '停用（大寫 -D：並卸載）。' } },
    { name: '-lp', value: 'text', help: { en: 'Directory of the debugging module.', 'zh-tw': '偵錯模組所在目錄。' } },
    { name: '-I', value: 'text', help: { en: 'Which runtime module: coreclr, clr, mscorwks.', 'zh-tw': '指定執行階段模組：coreclr、clr、mscorwks。' } },
    { name: '-se', help: { en: 'Allow the short file name.', 'zh-tw': '允許使用短檔名。' } },
    { name: '-sd', help: { en: 'Long file name only.', 'zh-tw': '只用長檔名。' } },
  ],
  examples: ['.cordll -ve -l', '.cordll -ve -u -l', '.cordll'],
  *run(context, args) {
    const state = context.session.cordll;
    // -d and -D differ: the words decide, not the folded names.
    const words = args.raw.split(/\s+/);
    if (words.includes('-ve')) state.verbose = true;
    if (words.includes('-vd')) state.verbose = false;
    if (words.includes('-u') || words.includes('-D')) state.loaded = false;
    if (words.includes('-d') || words.includes('-D')) state.noAutoload = true;
    if (words.includes('-e')) state.noAutoload = false;
    const runtime = runtimeModule(context, args.text('-I'));
    const load = words.includes('-l') || words.includes('-N') || args.has('-lp');
    if (!runtime) {
      yield line(load ? `CLR DLL status: ERROR: Unable to find module '${args.text('-I') ?? 'clr'}'` : 'CLR DLL status: No load attempts');
      return;
    }
    if (load) yield* attempt(context, runtime, args.text('-lp'));
    yield* status(context, runtime);
  },
};

function runtimeModule(context: CommandContext, wanted: string | undefined): NativeModule | undefined {
  const names = wanted ? [wanted.toLowerCase()] : ['coreclr', 'libcoreclr', 'clr', 'mscorwks'];
  return context.dump.modules.find((m) => names.includes(fileName(m.path).replace(/\.(dll|so)$/i, '').toLowerCase()));
}

/** `mscordaccore_AMD64_AMD64_10.0.1426.52326.dll`: debugger, target, version of the runtime. */
function dacName(context: CommandContext, runtime: NativeModule): string {
  const host = context.session.host.bitness === 64 ? 'AMD64' : 'x86';
  const core = /coreclr/i.test(fileName(runtime.path));
  return `${core ? 'mscordaccore' : 'mscordacwks'}_${host}_${ARCH[targetArchitecture(context.dump, context.session.host)]}_${runtime.version || '?'}.dll`;
}

function mismatch(context: CommandContext): boolean {
  return bitnessProblem(context.dump, context.session.host) !== undefined;
}

function* attempt(context: CommandContext, runtime: NativeModule, directory: string | undefined): Generator<OutputNode> {
  const state = context.session.cordll;
  const name = dacName(context, runtime);
  const index = `${runtime.timestamp.toString(16).toUpperCase().padStart(8, '0')}${runtime.size.toString(16)}`;
  const where = directory ?? runtime.path.slice(0, runtime.path.length - fileName(runtime.path).length);
  if (state.verbose) {
    yield message('dim', {
      en: `A debugger looks, in this order, for: ${where}mscordaccore.dll of version ${runtime.version || 'unknown'}; ${name} on the symbol path, under ${name}/${index}/ (time stamp and image size of ${fileName(runtime.path)}).`,
      'zh-tw': `偵錯工具會依序尋找：${where}mscordaccore.dll（版本 ${runtime.version || '未知'}）；以及符號路徑中 ${name}/${index}/ 下的 ${name}（${fileName(runtime.path)} 的時間戳記與映像大小）。`,
    });
  }
  if (mismatch(context)) {
    yield line(`CLRDLL: Unable to find ${name} by ${fileName(runtime.path).replace(/\.(dll|so)$/i, '')} search`);
    if (state.verbose) yield line(`CLRDLL: Unable to find '${name}' on the path`);
    yield line(`CLRDLL: ERROR: Unable to load DLL ${name}, Win32 error 0n87`);
    state.loaded = false;
    return;
  }
  state.loaded = true;
  yield { kind: 'fact', subject: 'setting', values: { name: 'dac', value: name, version: runtime.version, index } };
}

function* status(context: CommandContext, runtime: NativeModule): Generator<OutputNode> {
  const state = context.session.cordll;
  const name = dacName(context, runtime);
  if (mismatch(context)) {
    yield line(`CLR DLL status: ERROR: Unable to load DLL ${name}, Win32 error 0n87`);
    yield message('warning', { en: 'The name asks for a DAC that does not exist.', 'zh-tw': '檔名所指的 DAC 並不存在。' });
    yield message('warning', bitnessCure(context.dump, context.session.host));
    return;
  }
  if (!state.loaded) {
    yield line('CLR DLL status: No load attempts');
    return;
  }
  yield line(`CLR DLL status: Not needed: ${name}`);
  yield message('dim', {
    en: 'WinDbg would say "Loaded DLL" here. This terminal reads the runtime’s structures by their published layout, so no DAC is loaded and none can be missing.',
    'zh-tw': 'WinDbg 在這裡會顯示「Loaded DLL」。這個終端機依公開的結構配置直接讀取執行階段，不載入 DAC，也就不會缺檔。',
  });
}
