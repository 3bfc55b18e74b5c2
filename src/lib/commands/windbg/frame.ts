import { line, link, message } from '../../output/index.ts';
import type { CommandRun } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { ArgumentError } from '../parse.ts';
import { registerLines } from './exception-record.ts';
import { evaluate } from './expression.ts';
import { frameLine } from './k.ts';
import { namedFrames } from './stack-frames.ts';
import type { NamedFrame } from './stack-frames.ts';

const SLICE = 64;

/** `.frame`, `.frame n`, `.frame /r n`, `.frame /c n`. */
export const frameCommand: CommandDef = {
  name: '.frame',
  host: 'windbg',
  group: 'threads',
  summary: { en: 'Shows one frame of the stack; /r with its registers, /c makes them the current ones.', 'zh-tw': '顯示堆疊中的一個框架；/r 附上暫存器，/c 將其設為目前的暫存器。' },
  details: {
    en: 'Registers that calls do not preserve (rax, rcx, rdx, r8 to r11; on Linux also rsi and rdi) keep the innermost frame’s values: nothing in a dump tells what they were.',
    'zh-tw': '呼叫不保留的暫存器（rax、rcx、rdx、r8 至 r11；Linux 還有 rsi 與 rdi）維持最內層框架的值：傾印裡沒有資料能還原。',
  },
  options: [
    { name: '-r', help: { en: 'With registers.', 'zh-tw': '附上暫存器。' } },
    { name: '-c', help: { en: 'Make them the register context, until .cxr.', 'zh-tw': '設為暫存器內容，直到 .cxr。' } },
  ],
  args: [{ name: 'frame', kind: 'rest', optional: true, help: { en: 'Number of the frame, as k shows it (hex).', 'zh-tw': 'k 顯示的框架編號（十六進位）。' } }],
  examples: ['.frame', '.frame /r 2'],
  *run(context, args): CommandRun {
    const words = args.raw.split(/\s+/).filter((word) => word && !/^[-/]/.test(word));
    const wanted = words.length ? Number(evaluate(context, words.join(' '))) : 0;
    const frame = yield* find(context, wanted);
    if (!frame) throw new ArgumentError(`Cannot find frame 0x${wanted.toString(16)}, previous scope unchanged`);
    yield frameLine(context, frame);
    const registers = frame.registers();
    if (args.has('-c')) {
      context.session.scope = registers;
      yield message('dim', { en: 'k, r, dps and clrstack start from here until .cxr.', 'zh-tw': 'k、r、dps、clrstack 從這裡開始，直到 .cxr。' });
    }
    if (args.has('-r') || args.has('-c')) yield* registerLines(registers);
    else if (frame.symbol?.kind === 'managed') yield line('', link(`!ip2md ${frame.ip.toString(16)}`, `!ip2md ${frame.ip.toString(16)}`));
  },
};

function* find(context: CommandContext, wanted: number): Generator<{ readonly kind: 'progress'; readonly done: number; readonly total: number }, NamedFrame | undefined> {
  for (const frame of namedFrames(context)) {
    if (frame.index === wanted) return frame;
    if (frame.index % SLICE === SLICE - 1) yield { kind: 'progress', done: frame.index, total: wanted };
  }
  return undefined;
}
