import { hex } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import { line, link } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { instancesNamed } from './heap-instances.ts';
import { upper } from './pointer-text.ts';

const MAX_TIMERS = 1 << 20;
const MAX_FACTS = 2000;
/** Period of a timer that fires once. */
const NEVER = 0xffffffff;

interface Timer { readonly address: Address; readonly short: boolean; readonly due: number; readonly period: number; readonly state: Address; readonly stateType: string; readonly method: string }

export const timerinfo: CommandDef = {
  name: 'timerinfo',
  aliases: ['ti'],
  host: 'sos',
  group: 'threads',
  summary: { en: 'The running timers: when they fire, their state object and what they call.', 'zh-tw': '執行中的計時器：何時觸發、狀態物件與呼叫的方法。' },
  details: { en: 'S: in the short list (due within a third of a second), L: in the long one.', 'zh-tw': 'S 為短期清單（三分之一秒內到期），L 為長期清單。' },
  examples: ['timerinfo'],
  *run(context) {
    const timers: Timer[] = [];
    for (const { address } of yield* instancesNamed(context, 'System.Threading.TimerQueue')) {
      timers.push(...list(context, address, '_shortTimers', true), ...list(context, address, '_longTimers', false));
    }
    timers.sort((a, b) => a.period - b.period);
    const counts = new Map<string, { count: number; timer: Timer }>();
    for (const [index, timer] of timers.entries()) {
      const known = counts.get(summary(timer));
      if (known) known.count++;
      else counts.set(summary(timer), { count: 1, timer });
      yield line(`${letter(timer)} `, link(`0x${upper(context, timer.address)}`, `!do ${hex(timer.address)}`), ` ${times(timer)} |  `, ...target(context, timer));
      if (index < MAX_FACTS) yield { kind: 'fact', subject: 'object', address: timer.address, values: { type: 'timer', due: timer.due, period: timer.period, state: timer.stateType, method: timer.method } };
    }
    yield line();
    yield line(`   ${timers.length} timers`);
    yield line('-----------------------------------------------');
    for (const { count, timer } of [...counts.values()].sort((a, b) => a.count - b.count)) {
      yield line(`${String(count).padStart(4)} | ${letter(timer)} ${times(timer)} | `, ...target(context, timer));
    }
  },
};

const letter = (timer: Timer) => `(${timer.short ? 'S' : 'L'})`;
const times = (timer: Timer) => `@${String(timer.due).padStart(8)} ms every ${(timer.period === NEVER ? '  ------' : String(timer.period)).padStart(8)} ms`;
const summary = (timer: Timer) => `${letter(timer)} ${times(timer)} ${timer.state} ${timer.stateType} ${timer.method}`;

function target(context: CommandContext, timer: Timer) {
  const address = upper(context, timer.state);
  return [timer.state ? link(address, `!do ${hex(timer.state)}`) : address, ` (${timer.stateType}) -> ${timer.method}`];
}

function list(context: CommandContext, queue: Address, field: string, short: boolean): Timer[] {
  const { managed } = context.clr;
  const timers: Timer[] = [];
  const seen = new Set<Address>();
  for (let at = managed.ref(queue, field); at && !seen.has(at) && timers.length < MAX_TIMERS; at = managed.ref(at, '_next')) {
    seen.add(at);
    const state = managed.ref(at, '_state') ?? 0;
    timers.push({
      address: at, short, due: managed.u32(at, '_dueTime') ?? 0, period: managed.u32(at, '_period') ?? NEVER,
      state, stateType: managed.typeName(state), method: callback(context, at),
    });
  }
  return timers;
}

function callback(context: CommandContext, timer: Address): string {
  const { managed, types } = context.clr;
  const delegate = managed.ref(timer, '_timerCallback');
  if (!delegate) return '???';
  const type = managed.typeName(delegate);
  if (type !== 'System.Threading.TimerCallback') return `<${type}>`;
  const method = managed.delegateMethod(delegate, false);
  if (!method) return '';
  const owner = managed.ref(delegate, '_target');
  return `${owner ? managed.typeName(owner) : types.name(method.methodTable.address, 'managed')}.${method.name}`;
}
