import { line, message } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `0 days 00:00:01.23` from seconds. */
function clock(seconds: number): string {
  const hundredths = Math.floor(seconds * 100);
  const two = (n: number) => String(n).padStart(2, '0');
  return `${Math.floor(hundredths / 8_640_000)} days ${two(Math.floor(hundredths / 360_000) % 24)}:${two(Math.floor(hundredths / 6000) % 60)}:${two(Math.floor(hundredths / 100) % 60)}.${two(hundredths % 100)}`;
}

export const procinfo: CommandDef = {
  name: 'procinfo',
  host: 'sos',
  group: 'session',
  summary: { en: 'Start and processor times of the process, where the dump has them.', 'zh-tw': '處理序的啟動時間與處理器時間（傾印有記錄時）。' },
  details: {
    en: 'SOS refuses dumps; what it shows of a live process and a dump keeps is shown here, in UTC. Working set and page file are the system’s numbers of that moment and in no dump; !address -summary counts the address space, !peb has the environment.',
    'zh-tw': 'SOS 會拒絕傾印；這裡則顯示傾印保留下來的部分，時間為 UTC。工作集與分頁檔是系統當時的數字，傾印不會記錄；位址空間請用 !address -summary，環境變數請用 !peb。',
  },
  options: [
    { name: '-time', help: { en: 'Times only.', 'zh-tw': '只顯示時間。' } },
    { name: '-mem', help: { en: 'Memory counters (in no dump).', 'zh-tw': '記憶體計數（傾印中沒有）。' } },
    { name: '-env', help: { en: 'Environment: see !peb.', 'zh-tw': '環境變數：見 !peb。' } },
  ],
  examples: ['procinfo'],
  *run(context) {
    const { times } = context.dump;
    if (!times) {
      yield line('!ProcInfo is not supported on a dump file.');
      yield message('dim', { en: 'This dump has no times of its process; !runaway may have those of its threads.', 'zh-tw': '這份傾印沒有處理序的時間；!runaway 可能有執行緒的時間。' });
      return;
    }
    const start = new Date(times.created * 1000);
    yield line('---------------------------------------');
    yield line('Process Times');
    yield line(`Process Started at: ${start.getUTCFullYear()} ${MONTHS[start.getUTCMonth()]} ${String(start.getUTCDate()).padStart(2)} ${start.getUTCHours()}:${start.getUTCMinutes()}:${start.getUTCSeconds()}.${String(Math.floor(start.getUTCMilliseconds() / 10)).padStart(2, '0')}`);
    yield line(`Kernel CPU time   : ${clock(times.kernel)}`);
    yield line(`User   CPU time   : ${clock(times.user)}`);
    yield line(`Total  CPU time   : ${clock(times.kernel + times.user)}`);
  },
};
