import type { OpenLog, SessionState } from '../commands/index.ts';
import type { Lang } from '../bytes/index.ts';
import { nodeText, sanitize } from '../output/index.ts';
import type { Chunk, CommandRun } from '../output/index.ts';

/** Text is handed on in pieces of this many characters, and at the end of every line of commands. */
const FLUSH = 1 << 15;
const encoder = new TextEncoder();

function* flush(log: OpenLog | undefined): Generator<Chunk> {
  if (!log || log.pending === '') return;
  const bytes = encoder.encode(log.pending);
  log.pending = '';
  log.size += bytes.byteLength;
  yield { kind: 'chunk', file: log.file, bytes };
}

/**
 * Writes what a line of commands prints into the session's log as well. `typed` is prompt and line, which the log shows too,
 * unless it was opened by this very line. What a cancelled line printed goes out with the next one.
 */
export function* withLog(session: SessionState, lang: Lang, typed: string, run: CommandRun): CommandRun {
  if (session.log) session.log.pending += `${typed}\n`;
  for (const node of run) {
    yield node;
    const { log } = session;
    if (!log || node.kind === 'progress') continue;
    const text = nodeText(node, lang);
    if (text !== undefined) log.pending += `${sanitize(text)}\n`;
    if (log.closing) {
      yield* flush(log);
      session.log = undefined;
      yield { kind: 'file', file: log.file, size: log.size };
    } else if (log.pending.length > FLUSH) yield* flush(log);
  }
  yield* flush(session.log);
}
