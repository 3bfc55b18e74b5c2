import { line, link } from '../../output/index.ts';
import type { CommandRun, OutputNode } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { ArgumentError } from '../parse.ts';
import { evaluate, tick } from './expression.ts';
import { selectThread } from './scope.ts';

/** `.  0  Id: 9d4c.a314 Suspend: 0 Teb: 00b0e000 Unfrozen`: a thread as the debugger lists it; a point marks the current one, # that of the event. */
export function threadLine(context: CommandContext, index: number, current = context.session.thread): OutputNode {
  const { dump } = context;
  const thread = dump.threads[index];
  const mark = index === current ? '.' : dump.exception?.threadId === thread.id ? '#' : ' ';
  const name = thread.name ? ` "${thread.name}"` : '';
  return line(`${mark} `, link(String(index).padStart(2), `~${index}s`), `  Id: ${(dump.processId ?? 0).toString(16)}.${thread.id.toString(16)} Suspend: 0 Teb: ${tick(thread.teb, dump.pointerSize)} Unfrozen${name}`);
}

/** `~`, `~*`, `~.`, `~#`, `~n`, `~~[id]`, `~ns`, `~#s`, `~*e command`, `~n command`. */
export const threadCommand: CommandDef = {
  name: '~',
  host: 'windbg',
  group: 'threads',
  summary: { en: 'Lists threads, switches to one (~3s, ~~[1a2c]s by its system id), or runs a command on each (~*e !clrstack).', 'zh-tw': '列出執行緒、切換執行緒（~3s；~~[1a2c]s 以系統識別碼），或對每個執行緒執行指令（~*e !clrstack）。' },
  args: [{ name: 'text', kind: 'rest', optional: true, help: { en: 'Thread and action.', 'zh-tw': '執行緒與動作。' } }],
  examples: ['~', '~3s', '~*e !clrstack', '~*k'],
  *run(context, args): CommandRun {
    const { dump, session } = context;
    const match = /^(~\[[^\]]*\]|[*.#]|\d+)?\s*(.*)$/s.exec(args.raw.trim());
    const which = match?.[1] ?? '*';
    const action = match?.[2]?.trim() ?? '';
    const indexes = threadIndexes(context, which);
    if (indexes.some((i) => !dump.threads[i])) throw new ArgumentError(`Illegal thread error in '~${args.raw}'`);
    if (!action) {
      for (const index of indexes) yield threadLine(context, index);
      return;
    }
    if (action === 's') {
      selectThread(context, indexes[0]);
      yield threadLine(context, session.thread);
      yield { kind: 'fact', subject: 'thread', values: { debuggerId: session.thread, osid: dump.threads[session.thread].id.toString(16) } };
      return;
    }
    const command = action.replace(/^e\s+/, '');
    const before = { thread: session.thread, scope: session.scope };
    try {
      for (const index of indexes) {
        session.thread = index;
        session.scope = index === before.thread ? before.scope : undefined;
        if (indexes.length > 1) {
          yield line();
          yield threadLine(context, index, before.thread);
        }
        yield* context.execute(command);
      }
    } finally {
      session.thread = before.thread;
      session.scope = before.scope;
    }
  },
};

/** Threads that `*`, `.`, `#`, a number of the debugger or `~[system id]` name. */
function threadIndexes(context: CommandContext, which: string): number[] {
  const { dump, session } = context;
  if (which === '*') return dump.threads.map((_, i) => i);
  if (which === '.') return [session.thread];
  if (which === '#') return [Math.max(0, dump.threads.findIndex((t) => t.id === dump.exception?.threadId))];
  if (!which.startsWith('~[')) return [Number(which)];
  const id = Number(evaluate(context, which.slice(2, -1)));
  return [dump.threads.findIndex((t) => t.id === id)];
}
