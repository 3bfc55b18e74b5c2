import { readEhClauses } from '../../runtime/index.ts';
import type { CodeInfo, EhClause, Method } from '../../runtime/index.ts';
import type { CommandContext } from '../context.ts';
import { caughtType, clauseKind, isClonedFinally, isDuplicate } from './eh-text.ts';

/** What begins and ends at an offset of the code (Strike/disasm.cpp, FormatForDisassembly); throws a dump error when the clauses are not there. */
export function ehNotes(context: CommandContext, method: Method, code: CodeInfo): (offset: number) => Generator<string> {
  const clauses = [...readEhClauses(context.clr.target, code).entries()];
  const own = clauses.filter(([, c]) => !isDuplicate(c));
  const caught = (clause: EhClause) => (clauseKind(clause) === 'TYPED' ? ` catch(${caughtType(context, method, clause)}) ` : '');
  return function* at(offset) {
    for (const [i, c] of clauses) if (isClonedFinally(c) && offset === c.handlerEnd) yield `EHHandler ${i}: CLONED FINALLY END`;
    for (const [i, c] of own) {
      if (offset === c.tryEnd) yield `EHHandler ${i}: ${clauseKind(c)} CLAUSE END`;
      if (offset === c.handlerEnd) yield `EHHandler ${i}: ${clauseKind(c)} HANDLER END`;
    }
    for (const [i, c] of [...clauses].reverse()) {
      if (isClonedFinally(c) && offset === c.handlerStart) yield `EHHandler ${i}: CLONED FINALLY BEGIN`;
      if (isDuplicate(c)) continue;
      if (offset === c.tryStart) yield `EHHandler ${i}: ${clauseKind(c)} CLAUSE BEGIN${caught(c)}`;
      if (offset === c.handlerStart) yield `EHHandler ${i}: ${clauseKind(c)} HANDLER BEGIN${caught(c)}`;
      if (clauseKind(c) === 'FILTER' && offset === c.value) yield `EHHandler ${i}: FILTER FILTER BEGIN`;
    }
  };
}
