import { readGcInfo } from '../../runtime/index.ts';
import type { CodeInfo } from '../../runtime/index.ts';
import type { CommandContext } from '../context.ts';
import { changeLines, headerLines } from './gc-info-text.ts';

/**
 * GC info in the order of the code (Strike/disasm.cpp, DumpGCInfoThrough): gives the lines of gcinfo up to an offset, those
 * without an offset first. Offsets must be asked for in order.
 */
export function gcNotes(context: CommandContext, code: CodeInfo): (offset: number) => Generator<string> {
  const info = readGcInfo(context.clr.target, code);
  const pending = lines();
  let next = pending.next();
  function* lines(): Generator<string> {
    yield* headerLines(info);
    for (const text of changeLines(info)) if (text !== undefined) yield text;
  }
  return function* through(offset) {
    for (; !next.done; next = pending.next()) {
      const at = /^([0-9a-f]{8})\s/.exec(next.value);
      if (at && parseInt(at[1], 16) > offset) return;
      yield next.value;
    }
  };
}
