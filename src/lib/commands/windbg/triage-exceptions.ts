import type { Address, LocalText } from '../../bytes/index.ts';
import { progress } from '../../output/index.ts';
import type { Progress } from '../../output/index.ts';
import type { CommandContext } from '../context.ts';
import type { Finding } from './triage.ts';

const STEP = 4096;
const MIN_COUNT = 3;
const SHOWN = 3;
const MAX_MESSAGE = 200;
/** The runtime makes one of each of these at start, to have them when nothing can be allocated any more. */
const PREALLOCATED = new Set(['System.OutOfMemoryException', 'System.StackOverflowException', 'System.ExecutionEngineException', 'System.Threading.ThreadAbortException']);
/** Clients that go away, not faults of the process. */
const NOISE = new Set(['System.OperationCanceledException', 'System.Threading.Tasks.TaskCanceledException']);
const REDIS_FULL = /OOM command not allowed when used memory > 'maxmemory'/;

interface Group { readonly type: string; readonly table: Address; readonly message: string; readonly first: Address; count: number }

/** Exceptions that lie on the heap in numbers: what the process complained about lately. */
export function* exceptionFindings(context: CommandContext): Generator<Progress, Finding[]> {
  const { clr } = context;
  const groups = new Map<string, Group>();
  const kinds = new Map<Address, boolean>();
  const found: { address: Address; table: Address }[] = [];
  const walker = clr.walk();
  for (let more = true; more; ) {
    more = walker.step((address, table) => {
      let wanted = kinds.get(table.address);
      if (wanted === undefined) {
        wanted = clr.types.isException(table) && !NOISE.has(clr.types.name(table.address, 'managed'));
        kinds.set(table.address, wanted);
      }
      if (wanted) found.push({ address, table: table.address });
    }, STEP);
    for (const { address, table } of found.splice(0)) add(context, groups, address, table);
    yield progress(walker.doneBytes, walker.totalBytes);
  }
  const findings: Finding[] = [];
  const full = [...groups.values()].filter((g) => REDIS_FULL.test(g.message));
  if (full.length > 0) {
    const count = full.reduce((sum, g) => sum + g.count, 0);
    const pe = `!pe ${full[0].first.toString(16)}`;
    findings.push({
      id: 'redis-full', evidence: [pe, `!dumpheap -mt ${full[0].table.toString(16)}`],
      text: { en: `Redis is full: ${count} exceptions carry its refusal to write (used memory > 'maxmemory'). Not this process, its session store needs room.`, 'zh-tw': `Redis 已滿：有 ${count} 個例外狀況帶著它拒絕寫入的訊息（used memory > 'maxmemory'）。需要空間的是工作階段儲存，不是這個處理序。` },
    });
  }
  for (const group of [...groups.values()].filter((g) => !REDIS_FULL.test(g.message) && g.count >= MIN_COUNT).sort((a, b) => b.count - a.count).slice(0, SHOWN)) {
    findings.push({ id: 'exceptions', evidence: [`!pe ${group.first.toString(16)}`, `!dumpheap -mt ${group.table.toString(16)}`], text: sentence(group) });
  }
  return findings;
}

function sentence(group: Group): LocalText {
  const message = group.message || '<none>';
  return {
    en: `${group.count} × ${group.type}: ${message}`,
    'zh-tw': `${group.count} × ${group.type}：${message}`,
  };
}

function add(context: CommandContext, groups: Map<string, Group>, address: Address, table: Address): void {
  const exception = context.clr.exceptions.find(address);
  if (!exception || (PREALLOCATED.has(exception.typeName) && exception.frames.length === 0)) return;
  const message = (exception.message ?? '').split('\n')[0].slice(0, MAX_MESSAGE);
  // Numbers and identifiers differ from one to the next; the complaint is the same.
  const key = `${exception.typeName}|${message.replace(/[0-9a-f]{6,}|\d+/gi, '#')}`;
  const group = groups.get(key);
  if (group) group.count++;
  else groups.set(key, { type: exception.typeName, table, message, first: address, count: 1 });
}
