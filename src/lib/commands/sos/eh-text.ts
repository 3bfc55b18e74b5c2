import { ClauseFlag } from '../../runtime/index.ts';
import type { EhClause, Method } from '../../runtime/index.ts';
import type { CommandContext } from '../context.ts';
import { IlNames } from './il-names.ts';

/** mdTypeRefNil: catches everything. */
const CATCH_ALL = 0x01000000;

/** SOS's word for what a clause does. */
export function clauseKind({ flags }: EhClause): 'FAULT' | 'FINALLY' | 'FILTER' | 'TYPED' {
  return flags & ClauseFlag.Fault ? 'FAULT' : flags & ClauseFlag.Finally ? 'FINALLY' : flags & ClauseFlag.Filter ? 'FILTER' : 'TYPED';
}

/** A clause repeated for handlers inside other handlers. */
export function isDuplicate({ flags }: EhClause): boolean {
  return (flags & ClauseFlag.Duplicated) !== 0;
}

/** The copy of a finally that the code runs into without an exception. */
export function isClonedFinally(clause: EhClause): boolean {
  return isDuplicate(clause) && clauseKind(clause) === 'FINALLY' && clause.tryStart === clause.tryEnd && clause.tryStart === clause.handlerStart;
}

/** The type a clause catches, as SOS spells it. */
export function caughtType(context: CommandContext, method: Method, clause: EhClause): string {
  const { types } = context.clr;
  if (clause.flags & ClauseFlag.CachedClass) return types.name(clause.value, 'sos');
  const token = clause.value % 2 ** 32;
  if (token === CATCH_ALL) return '...';
  const { metadata } = types.moduleOf(method.methodTable);
  return metadata ? new IlNames(metadata).token(token) : '<unknown>';
}
