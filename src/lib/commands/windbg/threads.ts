import { line, link } from '../../output/index.ts';
import type { CommandRun, OutputNode } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { ArgumentError } from '../parse.ts';
import { tick } from './expression.ts';

function row(context: CommandContext, index: number): OutputNode {
  const { dump, session } = context;
  const thread = dump.threads[index];
  const mark = index === session.thread ? '.' : dump.exception?.threadId === thread.id ? '#' : ' ';
  const name = thread.name ? ` "${thread.name}"` : '';
  return line(`${mark} `, link(String(index).padStart(2), `~${index}s`), `  Id: ${(dump.processId ?? 0).toString(16)}.${thread.id.toString(16)} Suspend: 0 Teb: ${tick(thread.teb, dump.pointerSize)} Unfrozen${name}`);
}

/** `~`, `~*`, `~.`, `~#`, `~n`, `~ns`, `~*e command`, `~n command`. */
export const threadCommand: CommandDef = {
  name: '~',
  host: 'windbg',
  group: 'threads',
  summary: { en: 'Lists threads, switches to one (~3s), or runs a command on each (~*e !clrstack).', 'zh-tw': '列出執行緒、切換執行緒（~3s），或對每個執行緒執行指令（~*e !clrstack）。' },
  args: [{ name: 'text', kind: 'rest', optional: true, help: { en: 'Thread and action.', 'zh-tw': '執行緒與動作。' } }],
  examples: ['~', '~3s', '~*e !clrstack'],
  *run(context, args): CommandRun {
    const { dump, session } = context;
    const match = /^([*.#]|\d+)?\s*(.*)$/s.exec(args.raw.trim());
    const which = match?.[1] ?? '*';
    const action = match?.[2]?.trim() ?? '';
    const indexes = which === '*' ? dump.threads.map((_, i) => i) : [which === '.' ? session.thread : which === '#' ? Math.max(0, dump.threads.findIndex((t) => t.id === dump.exception?.threadId)) : Number(which)];
    if (indexes.some((i) => !dump.threads[i])) throw new ArgumentError(`Illegal thread error in '~${args.raw}'`);
    if (!action) {
      for (const index of indexes) yield row(context, index);
      return;
    }
    if (action === 's') {
      session.thread = indexes[0];
      yield row(context, session.thread);
      yield { kind: 'fact', subject: 'thread', values: { debuggerId: session.thread, osid: dump.threads[session.thread].id.toString(16) } };
      return;
    }
    const command = action.replace(/^e\s+/, '');
    const before = session.thread;
    try {
      for (const index of indexes) {
        session.thread = index;
        if (indexes.length > 1) {
          yield line();
          yield row(context, index);
        }
        yield* context.execute(command);
      }
    } finally {
      session.thread = before;
    }
  },
};
