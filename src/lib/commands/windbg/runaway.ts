import type { NativeThread } from '../../container/index.ts';
import { line, link, message } from '../../output/index.ts';
import type { CommandRun } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import { evaluate } from './expression.ts';

const DAY = 86_400;
const Flag = { User: 1, Kernel: 2, Elapsed: 4 } as const;

export const runaway: CommandDef = {
  name: 'runaway',
  host: 'sos',
  group: 'threads',
  summary: { en: 'Processor time of each thread, largest first: who is burning the CPU.', 'zh-tw': '各執行緒的處理器時間，由大到小：是誰在耗用 CPU。' },
  details: {
    en: 'Times are totals since the thread started: a thread that ran for a day has a large one without being the culprit. Compare two dumps taken ten seconds apart.',
    'zh-tw': '時間是從執行緒啟動以來的總和：跑了一天的執行緒自然很大，不一定是元凶。請比較相隔十秒的兩個傾印。',
  },
  args: [{ name: 'flags', kind: 'rest', optional: true, help: { en: '1 user time (default), 2 kernel time, 4 time since creation; sums allowed.', 'zh-tw': '1 使用者模式時間（預設）、2 核心模式時間、4 建立至今的時間；可相加。' } }],
  examples: ['!runaway', '!runaway 7'],
  *run(context, args): CommandRun {
    const { dump } = context;
    const flags = args.raw.trim() ? Number(evaluate(context, args.raw)) : Flag.User;
    const threads = dump.threads.map((thread, index) => ({ thread, index }));
    if (!dump.threads.some((t) => t.times)) {
      yield line('ERROR: !runaway: extension exception 0x80004002.');
      yield line('    "Unable to get thread times - dumps may not have time information"');
      yield message('dim', dump.os === 'linux'
        ? { en: 'createdump does not write thread times; a core written by the kernel has them. While the process lives: top -H -p PID.', 'zh-tw': 'createdump 不寫入執行緒時間；核心產生的 core 檔才有。處理序還活著時可用 top -H -p PID。' }
        : { en: 'The dump was taken without thread information: take it with procdump -ma or dotnet-dump, or look at the threads in Process Explorer first.', 'zh-tw': '擷取傾印時沒有包含執行緒資訊：請改用 procdump -ma 或 dotnet-dump，或先在 Process Explorer 查看執行緒。' });
      return;
    }
    const parts: readonly (readonly [flag: number, title: string, of: (t: NativeThread) => number | undefined])[] = [
      [Flag.User, 'User Mode Time', (t) => t.times?.user],
      [Flag.Kernel, 'Kernel Mode Time', (t) => t.times?.kernel],
      [Flag.Elapsed, 'Elapsed Time', (t) => (t.times?.created !== undefined && dump.time ? Math.max(0, dump.time - t.times.created) : undefined)],
    ];
    for (const [flag, title, of] of parts) {
      if ((flags & flag) === 0) continue;
      yield line(` ${title}`);
      yield line('  Thread       Time');
      const rows = threads.map(({ thread, index }) => ({ thread, index, time: of(thread) ?? 0 })).sort((a, b) => b.time - a.time || a.index - b.index);
      for (const { thread, index, time } of rows) {
        const id = `${index}:${thread.id.toString(16)}`;
        yield line(`${' '.repeat(Math.max(1, 9 - String(index).length - 5))}`, link(id, `~${index}s`), `${' '.repeat(Math.max(1, 12 - id.length))}${clock(time)}`);
        if (flag === Flag.User) yield { kind: 'fact', subject: 'thread', values: { osid: thread.id.toString(16), debuggerId: index, user: time } };
      }
    }
  },
};

/** `0 days 0:00:00.000`. */
function clock(seconds: number): string {
  const days = Math.floor(seconds / DAY);
  const rest = seconds - days * DAY;
  const two = (n: number) => String(Math.floor(n)).padStart(2, '0');
  const milliseconds = String(Math.floor((rest % 1) * 1000)).padStart(3, '0');
  return `${days} days ${Math.floor(rest / 3600)}:${two((rest % 3600) / 60)}:${two(rest % 60)}.${milliseconds}`;
}
