import { isDumpError } from '../bytes/index.ts';
import type { ByteSource, Lang } from '../bytes/index.ts';
import { ArgumentError, findCommand, parseArguments } from '../commands/index.ts';
import type { CommandDef, SessionState } from '../commands/index.ts';
import { openDump } from '../container/index.ts';
import { line, message } from '../output/index.ts';
import type { CommandRun } from '../output/index.ts';
import { newSession, SessionContext } from './session.ts';

/** One terminal's engine: a session, and commands run in it. */
export class Engine {
  readonly session: SessionState;
  readonly context: SessionContext;

  constructor(options: { host?: Partial<SessionState['host']>; lang?: Lang } = {}) {
    this.session = newSession(options.host);
    this.context = new SessionContext(this.session, options.lang ?? 'en', (command) => this.execute(command));
  }

  /** Opens a dump; throws FormatError when the file is not one. */
  open(source: ByteSource, name: string): void {
    this.session.dump = openDump(source);
    this.session.dumpName = name;
    this.session.thread = 0;
  }

  /** Runs one line. Everything that goes wrong becomes a message; only the caller's cancellation ends it early. */
  *execute(text: string): CommandRun {
    const { name, rest } = splitName(text.trim());
    if (name === '') return;
    const command = findCommand(name);
    if (!command) {
      yield line(`Unrecognized SOS command '${name}'`);
      return;
    }
    yield* this.run(command, rest);
  }

  *run(command: CommandDef, rest: string): CommandRun {
    try {
      yield* command.run(this.context, parseArguments(command, rest));
    } catch (error) {
      if (error instanceof ArgumentError) yield line(error.message);
      else if (isDumpError(error)) {
        yield message('error', { en: error.message, 'zh-tw': error.message });
        if (error.hint) yield message('dim', error.hint);
      } else throw error;
    }
  }
}

/** `!sos.dumpheap -stat` → dumpheap, `-stat`. */
function splitName(text: string): { name: string; rest: string } {
  const match = /^!?(?:[a-z_]\w*\.(?=[a-z]))?(\S+)\s*(.*)$/is.exec(text);
  return match ? { name: match[1], rest: match[2] } : { name: '', rest: '' };
}
