import type { Registers } from '../../container/index.ts';
import type { CommandContext } from '../context.ts';

/** Registers that commands work with: those of .ecxr, .cxr or .frame /c, otherwise the current thread's own. */
export function currentRegisters(context: CommandContext): Registers | undefined {
  const { dump, session } = context;
  return session.scope ?? dump.threads[session.thread]?.registers;
}

/** Makes a thread the current one, with its own registers. */
export function selectThread(context: CommandContext, index: number): void {
  context.session.thread = index;
  context.session.scope = undefined;
}
