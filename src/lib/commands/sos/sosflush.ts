import { line, message } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';

export const sosflush: CommandDef = {
  name: 'sosflush',
  host: 'sos',
  group: 'session',
  summary: { en: 'Forgets what was read from the dump so far; the next command reads anew.', 'zh-tw': '清除目前已讀取的內容，下一道指令會重新讀取。' },
  examples: ['sosflush'],
  *run(context) {
    context.flush();
    yield line('Internal cached state reset');
  },
};

export const minidumpmode: CommandDef = {
  name: 'minidumpmode',
  host: 'sos',
  group: 'session',
  summary: { en: 'Switches SOS’s refusal of small dumps off (0) or on (1); here nothing is refused.', 'zh-tw': '關閉（0）或開啟（1）SOS 對小型傾印的拒絕；這裡不會拒絕。' },
  args: [{ name: 'mode', kind: 'decimal', optional: true, help: { en: '0 or 1.', 'zh-tw': '0 或 1。' } }],
  withoutDump: true,
  examples: ['minidumpmode 0'],
  *run(_context, args) {
    const mode = args.number('mode');
    if (mode !== 0 && mode !== 1) yield line('Usage: MinidumpMode <0 or 1>');
    yield message('dim', { en: 'Commands print what a small dump has and name what is missing; none is refused for its kind.', 'zh-tw': '指令會顯示小型傾印裡有的內容，並說明缺了什麼；不會因傾印種類而拒絕。' });
  },
};
