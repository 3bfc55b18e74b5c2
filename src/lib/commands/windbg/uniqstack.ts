import { line, link } from '../../output/index.ts';
import type { CommandRun } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import { PLAIN, printStack } from './k.ts';
import { namedFrames } from './stack-frames.ts';
import { threadLine } from './threads.ts';

const MAX_COMPARED = 1000;
const MAX_THREADS = 10_000;

/** `!uniqstack`: stacks of all threads, equal ones once. */
export const uniqstack: CommandDef = {
  name: 'uniqstack',
  host: 'sos',
  group: 'threads',
  summary: { en: 'The stacks of all threads, those that are alike only once.', 'zh-tw': '所有執行緒的堆疊，相同的只顯示一次。' },
  details: { en: 'Two stacks are alike when they return to the same addresses. !parallelstacks does this for managed frames, as a tree.', 'zh-tw': '返回位址相同即視為相同堆疊。!parallelstacks 以樹狀圖比較受控框架。' },
  options: [{ name: '-n', help: { en: 'With frame numbers (always shown).', 'zh-tw': '附上框架編號（一律顯示）。' } }],
  args: [{ name: 'options', kind: 'rest', optional: true, help: { en: 'Other options of WinDbg are ignored.', 'zh-tw': '忽略 WinDbg 的其他選項。' } }],
  examples: ['!uniqstack'],
  *run(context): CommandRun {
    const { dump, session } = context;
    const before = { thread: session.thread, scope: session.scope };
    const seen = new Set<string>();
    const alike: number[] = [];
    yield line(`Processing ${dump.threads.length} threads, please wait`);
    yield line();
    try {
      session.scope = undefined;
      for (const [index, thread] of dump.threads.slice(0, MAX_THREADS).entries()) {
        session.thread = index;
        const ips: number[] = [];
        for (const frame of namedFrames(context, thread.registers)) if (ips.push(frame.ip) >= MAX_COMPARED) break;
        yield { kind: 'progress', done: index, total: dump.threads.length };
        const key = ips.join(' ');
        if (seen.has(key)) {
          alike.push(index);
          continue;
        }
        seen.add(key);
        yield threadLine(context, index, before.thread);
        yield line(dump.pointerSize === 8 ? ' # Child-SP          RetAddr               Call Site' : ' # ChildEBP RetAddr  ');
        for (const node of printStack(context, thread.registers, PLAIN, MAX_COMPARED)) if (node.kind !== 'fact') yield node;
        yield line();
      }
    } finally {
      session.thread = before.thread;
      session.scope = before.scope;
    }
    yield line(`Total threads: ${dump.threads.length}`);
    if (alike.length === 0) return;
    yield line(`Duplicate callstacks: ${alike.length} (windbg thread #s follow):`);
    yield line(...alike.flatMap((index, i) => [...(i ? [', '] : []), link(String(index), `~${index}k`)]));
  },
};
