import { baseName, line } from '../../output/index.ts';
import type { OutputNode } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';

const DEFAULT_NAME = 'dbgeng.log';
const fileArg = [{ name: 'file', kind: 'rest', optional: true, help: { en: 'Name of the log; dbgeng.log if none.', 'zh-tw': '記錄檔名稱；預設為 dbgeng.log。' } }] as const;

function* close(context: CommandContext): Generator<OutputNode> {
  const { log } = context.session;
  if (!log) return;
  // Before the line is printed: whoever writes the log completes it with that line.
  log.closing = true;
  yield line(`Closing open log file ${log.file.name}`);
}

/** Opens a log; the file of an open one is completed first, by the engine, when it sees the next node. */
function* open(context: CommandContext, raw: string, mode: 'new' | 'append'): Generator<OutputNode> {
  const options = /^(?:\/\w+\s+)*/.exec(raw)?.[0] ?? '';
  const asked = raw.slice(options.length).trim().replace(/^"(.*)"$/, '$1') || DEFAULT_NAME;
  const stamp = /\/t\b/i.test(options) && context.dump.time ? new Date(context.dump.time * 1000).toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '_') : undefined;
  const name = stamp ? asked.replace(/(\.\w+)?$/, `_${stamp}$1`) : asked;
  yield* close(context);
  context.session.log = { file: { name, mime: 'text/plain', mode, live: true }, size: 0, closing: false, pending: '' };
  yield line(`Opened log file '${name}'`);
}

export const logOpen: CommandDef = {
  name: '.logopen',
  host: 'windbg',
  group: 'session',
  summary: { en: 'Writes everything printed from now on into a file: .logopen [/t] file', 'zh-tw': '從現在起把所有輸出寫入檔案：.logopen [/t] 檔案' },
  details: {
    en: 'The file is UTF-8 and holds commands and their output. On the command line it grows as you work; in the browser it is offered for saving when .logclose ends it. /t adds the dump’s time to the name.',
    'zh-tw': '檔案為 UTF-8，內含指令與輸出。命令列版會即時寫入；瀏覽器則在 .logclose 之後提供儲存。/t 會在檔名加上傾印的時間。',
  },
  args: fileArg,
  examples: ['.logopen case.log; !threads; .logclose'],
  run: (context, args) => open(context, args.raw, 'new'),
};

export const logAppend: CommandDef = {
  name: '.logappend',
  host: 'windbg',
  group: 'session',
  summary: { en: 'Like .logopen, behind what the file holds already.', 'zh-tw': '同 .logopen，但接在檔案現有內容之後。' },
  args: fileArg,
  examples: ['.logappend case.log; !syncblk; .logclose'],
  run: (context, args) => open(context, args.raw, 'append'),
};

export const logClose: CommandDef = {
  name: '.logclose',
  host: 'windbg',
  group: 'session',
  summary: { en: 'Ends the log.', 'zh-tw': '結束記錄檔。' },
  *run(context) {
    if (context.session.log) yield* close(context);
    else yield line('No log file open');
  },
};

export const logFile: CommandDef = {
  name: '.logfile',
  host: 'windbg',
  group: 'session',
  summary: { en: 'Tells which log is open.', 'zh-tw': '顯示目前開啟的記錄檔。' },
  *run(context) {
    const { log } = context.session;
    yield line(log ? `Log '${log.file.name}' open` : 'No log file open');
  },
};

/** dotnet-dump's commands over the same log. */
function sosLog(name: 'logopen' | 'logclose', en: string, zh: string): CommandDef {
  return {
    name, host: 'sos', group: 'session', summary: { en, 'zh-tw': zh },
    args: [{ name: 'path', kind: 'rest', optional: true, help: { en: 'Log file path.', 'zh-tw': '記錄檔路徑。' } }],
    options: name === 'logopen' ? [{ name: '--disable', help: { en: 'Ends the log.', 'zh-tw': '結束記錄檔。' } }] : [],
    examples: [name === 'logopen' ? 'logopen session.txt' : 'logclose'],
    *run(context, args) {
      const { session } = context;
      const path = args.raw.replace(/(^|\s)--disable\b/, '').trim().replace(/^"(.*)"$/, '$1');
      if (name === 'logclose' || args.has('--disable')) {
        if (session.log) session.log.closing = true;
        yield line('Console logging is disabled');
        return;
      }
      if (path) {
        if (session.log) session.log.closing = true;
        yield { kind: 'fact', subject: 'setting', values: { name: 'log', file: baseName(path) } };
        session.log = { file: { name: path, mime: 'text/plain', mode: 'new', live: true }, size: 0, closing: false, pending: '' };
      }
      yield line(session.log ? `Console is logging to ${session.log.file.name}` : 'Console logging is disabled');
    },
  };
}

export const sosLogOpen = sosLog('logopen', 'Writes everything printed from now on into a file.', '從現在起把所有輸出寫入檔案。');
export const sosLogClose = sosLog('logclose', 'Ends the log that logopen began.', '結束 logopen 開始的記錄檔。');
