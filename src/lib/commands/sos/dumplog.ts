import { isDumpError } from '../../bytes/index.ts';
import { StressLog } from '../../runtime/index.ts';
import type { StressEvent, ThreadLog } from '../../runtime/index.ts';
import { line, message, utf8, writeFile } from '../../output/index.ts';
import type { OutputNode, Progress } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { upper } from './pointer-text.ts';
import { headerLines, messageText } from './stress-text.ts';

const DOT_EVERY = 64;
const DOTS_A_LINE = 64;
const STEP = 256;

const HOW = {
  en: 'Set DOTNET_StressLog=1 (and DOTNET_LogFacility, DOTNET_LogLevel) before the process starts, reproduce the problem and take a new dump.',
  'zh-tw': '請在啟動處理序之前設定 DOTNET_StressLog=1（以及 DOTNET_LogFacility、DOTNET_LogLevel），重現問題後再擷取新的傾印。',
};

export interface OpenStressLog { readonly log: StressLog; readonly threads: readonly ThreadLog[]; readonly total: number }

/** Opens the log, or says in SOS's words why there is none; `without` is what SOS adds. */
export function* openStressLog(context: CommandContext, without: string, failed: string, address?: number): Generator<OutputNode, OpenStressLog | undefined> {
  try {
    const log = StressLog.open(context.clr.target, address);
    if (!log) {
      yield line('----- No thread logs in the image: The stress log was probably not initialized correctly. -----');
      yield line(without);
      yield message('dim', HOW);
      return undefined;
    }
    const threads = log.threads();
    return { log, threads, total: log.seconds(log.newest(threads)) };
  } catch (error) {
    if (!isDumpError(error) || error.kind === 'contract') throw error;
    yield line(error.message);
    yield line(failed);
    return undefined;
  }
}

/** Counts messages the way SOS does, which prints a dot every so many, also while it skips some. */
export class Dots {
  count = 0;
  #line = '';
  readonly lines: string[] = [];

  step(counted: boolean): void {
    if (counted) this.count++;
    if (this.count % DOT_EVERY !== 0) return;
    this.#line += '.';
    if (this.count % (DOT_EVERY * DOTS_A_LINE) === 0) this.#flush();
  }

  #flush(): void {
    this.lines.push(this.#line);
    this.#line = '';
  }

  end(): readonly string[] {
    this.#flush();
    return this.lines;
  }
}

export const dumplog: CommandDef = {
  name: 'dumplog',
  host: 'sos',
  group: 'gc',
  summary: { en: 'Writes the runtime’s stress log into a file; it needs DOTNET_StressLog=1.', 'zh-tw': '把執行階段的壓力記錄寫成檔案；需設定 DOTNET_StressLog=1。' },
  details: {
    en: 'Newest message first: thread, seconds from the start, facilities, text. Names of types and methods are added where the text gives their address. Read for .NET 8 and later.',
    'zh-tw': '由新到舊：執行緒、自啟動起的秒數、類別、訊息。訊息中的型別與方法位址會補上名稱。可讀取 .NET 8 以後的版本。',
  },
  options: [
    { name: '-addr', value: 'hex', help: { en: 'Address of another StressLog.', 'zh-tw': '另一個 StressLog 的位址。' } },
    { name: '-legacy', help: { en: 'Accepted for SOS’s sake; there is one reader.', 'zh-tw': '為相容 SOS 而接受；讀取方式只有一種。' } },
  ],
  args: [{ name: 'file', kind: 'text', optional: true, help: { en: 'File to write; StressLog.txt if none.', 'zh-tw': '要寫出的檔案；預設為 StressLog.txt。' } }],
  examples: ['dumplog stress.txt'],
  *run(context, args) {
    const name = args.text('file') ?? 'StressLog.txt';
    yield line(`Attempting to dump Stress log to file '${name}'`);
    const opened = yield* openStressLog(context, 'No Stress log in the image, no file written', 'FAILURE: Stress log not dumped', args.number('-addr'));
    if (!opened) return;
    yield line(`Writing to file: ${name}`);
    yield line(`Stress log in module 0x${upper(context, opened.log.header.module)}`);
    yield line(`Stress log address = 0x${upper(context, opened.log.header.address)}`);
    const dots = new Dots();
    yield* writeFile({ name, mime: 'text/plain', mode: 'new' }, utf8(text(context, opened, dots)));
    for (const part of dots.end()) yield line(part);
    yield line(dots.count > 0 ? 'SUCCESS: Stress log dumped' : 'No Stress log in the image, no file written');
  },
};

function* text(context: CommandContext, { log, threads, total }: OpenStressLog, dots: Dots): Generator<string | Progress> {
  for (const header of headerLines(log.header, threads.length, total)) yield `${header}\n`;
  yield '\nTHREAD  TIMESTAMP     FACILITY                              MESSAGE\n  ID  (sec from start)\n--------------------------------------------------------------------------------------\n';
  let steps = 0;
  for (const event of log.events(threads)) {
    const printed = eventText(context, event);
    if (printed) yield printed;
    if (event.kind !== 'end') dots.step(event.kind !== 'step');
    if (++steps % STEP === 0) yield { kind: 'progress', done: 0, total: 0 };
  }
  yield `---------------------------- ${dots.count} total entries ------------------------------------\n`;
}

function eventText(context: CommandContext, event: StressEvent): string {
  switch (event.kind) {
    case 'message': return messageText(context, event.message);
    case 'switch': return `Task was switched from ${BigInt.asUintN(32, event.from).toString(16)}\n`;
    case 'end': return `------------ Last message from thread ${event.threadId.toString(16)} -----------\n`;
    case 'step': return '';
  }
}
