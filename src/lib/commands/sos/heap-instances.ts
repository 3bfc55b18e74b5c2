import type { Address } from '../../bytes/index.ts';
import { progress } from '../../output/index.ts';
import type { Progress } from '../../output/index.ts';
import type { MethodTable } from '../../runtime/index.ts';
import type { CommandContext } from '../context.ts';

const STEP = 8192;

/** Objects of the wanted types, in address order. `wanted` is asked once a type. */
export function* instancesOf(context: CommandContext, wanted: (table: MethodTable) => boolean): Generator<Progress, { address: Address; table: MethodTable; size: number }[]> {
  const known = new Map<MethodTable, boolean>();
  const found: { address: Address; table: MethodTable; size: number }[] = [];
  const walker = context.clr.walk();
  for (let more = true; more; ) {
    more = walker.step((address, table, size) => {
      let wants = known.get(table);
      if (wants === undefined) known.set(table, (wants = !table.isFree && wanted(table)));
      if (wants) found.push({ address, table, size });
    }, STEP);
    yield progress(walker.doneBytes, walker.totalBytes);
  }
  return found;
}

/** Like instancesOf, by full name. */
export function* instancesNamed(context: CommandContext, ...names: readonly string[]): Generator<Progress, { address: Address; table: MethodTable; size: number }[]> {
  return yield* instancesOf(context, (table) => !table.isArray && names.includes(context.clr.types.name(table.address, 'managed')));
}
