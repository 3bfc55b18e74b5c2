import { line, thousands } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';

/** oom_reason. */
const REASONS: Readonly<Record<number, string>> = {
  1: 'OOM was due to an internal .Net error, likely a bug in the GC',
  2: "Didn't have enough memory to commit",
  3: 'OOM was due to an internal .Net error, likely a bug in the GC',
  4: "Didn't have enough memory to allocate an LOH segment",
  5: 'Low on memory during GC',
  6: 'Could not do a full GC',
};

/** failure_get_memory. */
const FAILURES: Readonly<Record<number, string>> = {
  1: 'Failed to reserve memory',
  2: "Didn't have enough memory to commit beginning of the segment",
  3: "Didn't have enough memory to commit the new ephemeral segment",
  4: "Didn't have enough memory to grow the internal GC data structures",
  5: "Didn't have enough memory to commit the internal GC data structures",
};

export const analyzeoom: CommandDef = {
  name: 'analyzeoom',
  aliases: ['ao'],
  host: 'sos',
  group: 'gc',
  summary: { en: 'Why the last allocation on the GC heap failed, if one did.', 'zh-tw': 'GC 堆積上最近一次配置失敗的原因（若曾發生）。' },
  details: {
    en: 'It speaks of the GC alone. An OutOfMemoryException thrown by other code, or an OOM reply of a server such as Redis, leaves no trace here.',
    'zh-tw': '這裡只記錄 GC 自己的失敗。其他程式碼擲回的 OutOfMemoryException，或 Redis 等伺服器回覆的 OOM，都不會留下紀錄。',
  },
  examples: ['analyzeoom'],
  *run(context) {
    const { memory, clr } = context;
    const oom = (field: string) => clr.target.layouts.offset('OomHistory', field);
    let found = false;
    for (const { oomInfo } of clr.gc.heaps) {
      const reason = oomInfo && memory.has(oomInfo, oom('LohP') + 4) ? memory.u32(oomInfo + oom('Reason')) : 0;
      if (reason === 0) continue;
      found = true;
      yield line(REASONS[reason] ?? String(reason));
      const failure = memory.u32(oomInfo + oom('Fgm'));
      if (failure === 0) continue;
      const where = memory.u32(oomInfo + oom('LohP')) ? 'LOH' : 'SOH';
      yield line(`Details: ${where} ${FAILURES[failure] ?? failure} ${thousands(memory.pointer(oomInfo + oom('Size')))} bytes`);
      const available = memory.pointer(oomInfo + oom('AvailablePagefileMb'));
      if (available) yield line(` - on GC entry available commit space was ${thousands(available)} MB`);
    }
    if (!found) yield line('There was no managed OOM due to allocations on the GC heap');
    yield { kind: 'fact', subject: 'heap', values: { name: 'oom', found } };
  },
};
