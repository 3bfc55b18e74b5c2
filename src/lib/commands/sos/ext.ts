import { line } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';

export const ext: CommandDef = {
  name: 'ext',
  aliases: ['sos'],
  host: 'sos',
  group: 'session',
  summary: { en: 'Runs the SOS command that follows: sos dumpheap -stat.', 'zh-tw': '執行後面的 SOS 指令：sos dumpheap -stat。' },
  args: [{ name: 'command', kind: 'rest', optional: true, help: { en: 'Command and its arguments.', 'zh-tw': '指令與參數。' } }],
  withoutDump: true,
  examples: ['sos eeversion'],
  *run(context, args) {
    const command = args.raw.replace(/^!/, '');
    if (!command || /^(ext|sos)$/i.test(command.split(/\s/)[0])) {
      yield line(context.lang === 'zh-tw' ? '請在 sos 之後輸入指令，例如 sos dumpheap -stat；指令清單請輸入 help。' : 'Type a command after sos, such as sos dumpheap -stat; help lists them.');
      return;
    }
    yield* context.execute(context.session.host.debugger === 'windbg' ? `!${command}` : command);
  },
};
