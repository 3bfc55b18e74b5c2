import { hex } from '../../bytes/index.ts';
import { line, link, progress } from '../../output/index.ts';
import type { CommandRun } from '../../output/index.ts';
import type { Method } from '../../runtime/index.ts';
import type { CommandDef } from '../command.ts';
import { addStack, rowsOf, shortCall } from './merged-stacks.ts';
import type { MergedStack } from './merged-stacks.ts';

const PADDING = 5;
const THREADS_SHOWN = 4;
const ROWS_PER_BREATH = 500;

export const parallelstacks: CommandDef = {
  name: 'parallelstacks',
  aliases: ['pstacks'],
  host: 'sos',
  group: 'threads',
  summary: { en: 'All managed stacks folded into trees: equal stacks once, with the number of threads.', 'zh-tw': '把所有受控堆疊摺疊成樹：相同的堆疊只列一次，並標示執行緒數。' },
  options: [
    { name: '--allthreads', aliases: ['-a'], help: { en: 'Every thread id of a group, not only the first four.', 'zh-tw': '列出每一組的所有執行緒識別碼，而非只有前四個。' } },
    { name: '--runtime', aliases: ['-r'], help: { en: 'Also the methods of explicit runtime frames.', 'zh-tw': '一併列出執行階段明確框架的方法。' } },
  ],
  examples: ['parallelstacks', 'parallelstacks -a'],
  *run(context, args): CommandRun {
    const { clr, dump } = context;
    const root: MergedStack = { method: undefined, threads: [], callees: [] };
    const threads = clr.threads.list();
    for (const [i, thread] of threads.entries()) {
      const native = dump.threads.find((t) => t.id === thread.osId);
      if (!native) continue;
      const calls: Method[] = [];
      for (const frame of clr.stacks.walk(native.registers, thread.frame)) {
        const address = frame.kind === 'managed' ? frame.code.methodDesc : args.has('--runtime') ? frame.frame.method : undefined;
        const method = address ? clr.methods.find(address) : undefined;
        if (method) calls.push(method);
      }
      if (calls.length) addStack(root, thread.osId, calls.reverse());
      yield progress(i, threads.length);
    }
    const limit = args.has('--allthreads') ? Infinity : THREADS_SHOWN;
    yield line();
    for (const tree of root.callees) {
      yield line('________________________________________________');
      let rows = 0;
      for (const row of rowsOf(tree)) {
        const indent = ' '.repeat(PADDING * row.depth);
        if (row.threads) yield line(`${indent} ~~~~ ${row.threads.slice(0, limit).map((t) => hex(t)).join(',')}${row.threads.length > limit ? '...' : ''}`);
        else if (row.method) yield line(`${indent}${String(row.count).padStart(PADDING)} `, link(shortCall(clr, row.method), `!dumpmd ${hex(row.method.address)}`));
        if (++rows % ROWS_PER_BREATH === 0) yield progress(0, 0);
      }
      yield line();
      yield line();
      yield { kind: 'fact', subject: 'thread', address: tree.method?.address ?? 0, values: { threads: tree.threads.length, outermost: tree.method?.signature ?? '' } };
    }
    yield line(`==> ${root.threads.length} threads with ${root.callees.length} roots`);
    yield line();
  },
};
