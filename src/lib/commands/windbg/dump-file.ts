import { FormatError } from '../../bytes/index.ts';
import { line, MAX_FILE, message, writeFile } from '../../output/index.ts';
import type { CommandRun, Progress } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { ArgumentError } from '../parse.ts';

const PIECE = 1 << 18;

interface Request { readonly name: string; readonly whole: boolean; readonly overwrite: boolean }

/** `.dump [/o] [/f | /m[letters]] file`; letters a, f and w ask for all memory. */
function read(raw: string): Request {
  let text = raw.trim();
  let whole = false;
  let overwrite = false;
  for (let option = /^\/(\w+)\s*/.exec(text); option; option = /^\/(\w+)\s*/.exec(text)) {
    const name = option[1];
    text = text.slice(option[0].length);
    if (/^m/i.test(name)) whole ||= /[afw]/.test(name.slice(1));
    else if (name === 'f') whole = true;
    else if (name === 'o') overwrite = true;
    else if (name === 'c') text = text.replace(/^(?:"[^"]*"|\S+)\s*/, '');
    else if (name !== 'u') throw new ArgumentError(`Unrecognized option '/${name}': .dump [/o] [/m | /ma] file`, `/${name}`);
  }
  const file = /^(?:"([^"]+)"|(\S+))$/.exec(text);
  if (!file) throw new ArgumentError('Syntax error: .dump [/o] [/m | /ma] file');
  return { name: file[1] ?? file[2], whole, overwrite };
}

function* copy({ dump }: CommandContext): Generator<Uint8Array | Progress> {
  const { source } = dump;
  for (let at = 0; at < source.size; at += PIECE) {
    yield source.read(at, Math.min(PIECE, source.size - at));
    yield { kind: 'progress', done: at, total: source.size };
  }
}

/** `.dump`: this dump again, whole or only what can be asked about it. */
export const dumpFile: CommandDef = {
  name: '.dump',
  host: 'windbg',
  group: 'session',
  summary: { en: 'Writes this dump into a file: /ma all of it, /m a small one of what commands read.', 'zh-tw': '把這份傾印寫成檔案：/ma 全部內容，/m 只保留指令會讀到的部分。' },
  details: {
    en: '/m keeps private memory of the process, its stacks and heaps, and of the runtime and the application what the analyzer reads; images of the operating system, pages of zeros and the environment variables are left out. It opens here, in WinDbg and in dotnet-dump. /o may overwrite a file.',
    'zh-tw': '/m 會保留處理序的私有記憶體、堆疊與堆積，以及分析器會讀到的執行階段與應用程式內容；作業系統映像、全為零的頁面與環境變數則會略去。產生的檔案可用這裡、WinDbg 與 dotnet-dump 開啟。/o 允許覆寫檔案。',
  },
  args: [{ name: 'file', kind: 'rest', optional: true, help: { en: '[/o] [/m | /ma] file', 'zh-tw': '[/o] [/m | /ma] 檔案' } }],
  examples: ['.dump /m small.dmp', '.dump /ma all.dmp'],
  *run(context, args): CommandRun {
    const { name, whole, overwrite } = read(args.raw);
    const { size } = context.dump.source;
    if (whole && size > MAX_FILE) throw new FormatError(`the dump has ${size} bytes; no file of more than ${MAX_FILE} is written`, { en: 'Copy the file itself, or write a small one with .dump /m.', 'zh-tw': '請直接複製檔案，或以 .dump /m 寫出較小的傾印。' });
    yield line(`Creating ${name} - mini user dump`);
    yield* writeFile({ name, mime: 'application/octet-stream', mode: overwrite ? 'overwrite' : 'new' }, whole ? copy(context) : context.trimmed());
    yield line('Dump successfully written');
    if (!whole) yield message('dim', { en: 'Environment variables are not in it, but objects are: they may hold passwords and personal data.', 'zh-tw': '其中不含環境變數，但含有物件內容，可能有密碼與個人資料。' });
  },
};
