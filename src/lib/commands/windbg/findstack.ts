import { line, link } from '../../output/index.ts';
import type { CommandRun } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import { ArgumentError } from '../parse.ts';
import { frameParts, PLAIN } from './k.ts';
import { namedFrames } from './stack-frames.ts';
import type { NamedFrame } from './stack-frames.ts';
import { wildcard } from './wildcard.ts';

const MAX_FRAMES = 1000;
const SHOWN = 2;

/** `!findstack symbol [0|1|2]`: threads whose stacks hold a symbol. */
export const findstack: CommandDef = {
  name: 'findstack',
  host: 'sos',
  group: 'threads',
  summary: { en: 'The threads whose stacks go through a function or module: !findstack symbol.', 'zh-tw': '找出堆疊經過某個函式或模組的執行緒：!findstack 符號。' },
  details: {
    en: 'The text may be any part of module!function, * and ? allowed; managed methods count too. The number says how much is shown: 0 threads only, 1 the frames that match (default), 2 whole stacks.',
    'zh-tw': '文字可以是 模組!函式 的任何一段，可用 * 與 ?；受控方法也算。數字決定顯示多少：0 只列執行緒、1 相符的框架（預設）、2 整個堆疊。',
  },
  args: [
    { name: 'symbol', kind: 'text', help: { en: 'Part of a name as k prints it.', 'zh-tw': 'k 所顯示名稱的一部分。' } },
    { name: 'level', kind: 'decimal', optional: true, help: { en: '0, 1 or 2.', 'zh-tw': '0、1 或 2。' } },
  ],
  examples: ['!findstack Monitor', '!findstack coreclr!* 0'],
  *run(context, args): CommandRun {
    const { dump, session } = context;
    const text = args.text('symbol') ?? '';
    if (!text) throw new ArgumentError('Required argument missing for command: \'findstack\'.');
    const wanted = wildcard(`*${text}*`);
    const level = args.number('level') ?? 1;
    const before = { thread: session.thread, scope: session.scope };
    try {
      session.scope = undefined;
      for (const [index, thread] of dump.threads.entries()) {
        session.thread = index;
        const frames: NamedFrame[] = [];
        const found: NamedFrame[] = [];
        for (const frame of namedFrames(context, thread.registers)) {
          if (frame.index >= MAX_FRAMES) break;
          frames.push(frame);
          if (frame.symbol && wanted.test(frame.symbol.text)) found.push(frame);
        }
        yield { kind: 'progress', done: index, total: dump.threads.length };
        if (found.length === 0) continue;
        yield line('Thread ', link(String(index).padStart(3, '0'), `~${index}s`), `, ${found.length} frame(s) match`);
        if (level === 1) for (const frame of found.slice(0, SHOWN)) yield line('        * ', ...frameParts(context, frame, PLAIN));
        if (level >= 2) for (const frame of frames) yield line(found.includes(frame) ? '        * ' : '          ', ...frameParts(context, frame, PLAIN));
        if (level === 1 && found.length > SHOWN) yield line(`          (${found.length - SHOWN} more)`);
        yield line();
        yield { kind: 'fact', subject: 'thread', values: { debuggerId: index, osid: thread.id.toString(16), matches: found.length } };
      }
    } finally {
      session.thread = before.thread;
      session.scope = before.scope;
    }
  },
};
