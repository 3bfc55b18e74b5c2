import { line, link } from '../../output/index.ts';
import { hex } from '../../bytes/index.ts';
import type { CommandDef } from '../command.ts';

/** Task.m_stateFlags, the first that is set decides (System.Threading.Tasks.Task). */
const STATES: readonly (readonly [flag: number, name: string])[] = [
  [0x00200000, 'Faulted'], [0x00400000, 'Canceled'], [0x01000000, 'RanToCompletion'], [0x00800000, 'WaitingForChildrenToComplete'],
  [0x00020000, 'Running'], [0x00010000, 'WaitingToRun'], [0x02000000, 'WaitingForActivation'],
];

/** Name of a task's state; undefined for values no task can have. */
export function taskState(flags: number): string | undefined {
  return STATES.find(([flag]) => (flags & flag) !== 0)?.[1] ?? (flags === 0 ? 'Created' : undefined);
}

export const taskstate: CommandDef = {
  name: 'taskstate',
  aliases: ['tks'],
  host: 'sos',
  byShape: true,
  group: 'threads',
  summary: { en: 'The state of a Task, from its address or from its flags.', 'zh-tw': '由 Task 的位址或旗標值得知其狀態。' },
  options: [{ name: '-value', aliases: ['-v'], value: 'decimal', help: { en: 'Value of m_stateFlags, decimal.', 'zh-tw': 'm_stateFlags 的值（十進位）。' } }],
  args: [{ name: 'address', kind: 'hex', optional: true, help: { en: 'Address of the Task.', 'zh-tw': 'Task 的位址。' } }],
  examples: ['taskstate -v 73728'],
  *run(context, args) {
    const address = args.number('address');
    let flags = args.number('-value');
    if (address === undefined && flags === undefined) {
      yield line('Missing Task reference address or state value...');
      yield line();
      return;
    }
    if (flags === undefined && address !== undefined) {
      const isTask = context.clr.managed.typeName(address).startsWith('System.Threading.Tasks.Task');
      flags = isTask ? context.clr.managed.u32(address, 'm_stateFlags') : undefined;
      if (!flags) {
        yield line('Either a valid task address or -v <state value> is expected...');
        yield line();
        return;
      }
    }
    const state = taskState(flags ?? 0);
    if (state && address !== undefined) {
      yield line(link(state, `!do ${hex(address)}`));
      yield { kind: 'fact', subject: 'object', address, values: { type: 'task', state } };
    } else if (state) yield line(state);
    else {
      yield line('Either a task address or a valid state is expected...');
      yield line();
    }
    yield line();
  },
};
