import { hex } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import { line, link } from '../../output/index.ts';
import type { OutputNode } from '../../output/index.ts';
import type { CommandContext } from '../context.ts';
import { heading } from './pointer-text.ts';

/** Statistics by type in native SOS's form (HeapStat::Print): ascending by bytes, equal ones by descending MethodTable. */
export function* nativeStatistics(context: CommandContext, totals: ReadonlyMap<Address, { readonly count: number; readonly bytes: number }>): Generator<OutputNode> {
  yield line('Statistics:');
  yield line(`${heading(context, 'MT')}    Count    TotalSize Class Name`);
  let objects = 0;
  for (const [table, { count, bytes }] of [...totals].sort((a, b) => a[1].bytes - b[1].bytes || b[0] - a[0])) {
    objects += count;
    yield line(link(context.memory.hex(table), `!dumpheap -mt ${hex(table)}`), ` ${String(count).padStart(8)} ${String(bytes).padStart(12)} ${context.clr.types.name(table, 'sos')}`);
  }
  yield line(`Total ${objects} objects`);
}
