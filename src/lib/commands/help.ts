import type { LocalText } from '../bytes/index.ts';
import { line, link } from '../output/index.ts';
import type { OutputNode } from '../output/index.ts';
import type { CommandDef } from './command.ts';
import type { CommandContext } from './context.ts';
import { terminalHelp } from './terminal-help.ts';

const GROUPS: Readonly<Record<CommandDef['group'], LocalText>> = {
  exceptions: { en: 'Exceptions', 'zh-tw': '例外狀況' },
  heap: { en: 'Managed heap', 'zh-tw': '受控堆積' },
  objects: { en: 'Objects', 'zh-tw': '物件' },
  types: { en: 'Types and methods', 'zh-tw': '型別與方法' },
  threads: { en: 'Threads and stacks', 'zh-tw': '執行緒與堆疊' },
  gc: { en: 'Garbage collector', 'zh-tw': '記憶體回收器' },
  modules: { en: 'Modules', 'zh-tw': '模組' },
  session: { en: 'Session and symbols', 'zh-tw': '工作階段與符號' },
  script: { en: 'Scripting', 'zh-tw': '指令碼' },
  memory: { en: 'Memory and numbers', 'zh-tw': '記憶體與數值' },
  help: { en: 'Help', 'zh-tw': '說明' },
};

/** `help [command]`, built from what the commands declare. The registry is passed in: it holds this command too. */
export function helpCommand(all: () => readonly CommandDef[], find: (name: string) => CommandDef | undefined): CommandDef {
  return {
    name: 'help',
    aliases: ['soshelp', '.help', '.hh'],
    host: 'sos',
    group: 'help',
    summary: { en: 'Lists the commands, or explains one.', 'zh-tw': '列出指令，或說明單一指令。' },
    args: [{ name: 'command', kind: 'rest', optional: true, help: { en: 'A command.', 'zh-tw': '指令名稱。' } }],
    withoutDump: true,
    *run(context, args) {
      const wanted = args.raw.replace(/^!/, '');
      const command = wanted ? find(wanted) : undefined;
      if (context.session.host.debugger === 'dotnet-dump') yield* terminalHelp(context.lang, all(), wanted, command);
      else if (command) yield* explain(context, command);
      else {
        if (wanted) yield line(context.lang === 'zh-tw' ? `沒有名為 ${wanted} 的指令。` : `No command is called ${wanted}.`);
        yield* list(context, all());
      }
    },
  };
}

function* list(context: CommandContext, commands: readonly CommandDef[]): Generator<OutputNode> {
  const { lang } = context;
  for (const [group, title] of Object.entries(GROUPS)) {
    const members = commands.filter((c) => c.group === group && !c.unavailable);
    if (members.length === 0) continue;
    yield line();
    yield line({ kind: 'styled', text: title[lang], style: 'strong' });
    for (const c of members) {
      const name = shown(context, c);
      const aliases = c.aliases?.length ? ` (${c.aliases.join(', ')})` : '';
      yield line('  ', link(name, `!help ${c.name}`), `${aliases}`.padEnd(Math.max(1, 30 - name.length)), ` ${c.summary[lang]}`);
    }
  }
  yield* unavailable(context, commands.filter((c) => c.unavailable));
}

/** Names that only explain themselves, together at the end. */
function* unavailable(context: CommandContext, commands: readonly CommandDef[]): Generator<OutputNode> {
  if (commands.length === 0) return;
  yield line();
  yield line({ kind: 'styled', text: context.lang === 'zh-tw' ? '在傾印上無法使用（輸入即可得知原因）' : 'Cannot work here (type one to learn why)', style: 'strong' });
  const names = commands.map((c) => link(shown(context, c), shown(context, c)));
  for (let i = 0; i < names.length; i += 8) yield line('  ', ...names.slice(i, i + 8).flatMap((name, j) => (j > 0 ? [', ', name] : [name])));
}

function shown(context: CommandContext, command: CommandDef): string {
  return command.host === 'sos' && context.session.host.debugger === 'windbg' ? `!${command.name}` : command.name;
}

function* explain(context: CommandContext, command: CommandDef): Generator<OutputNode> {
  const { lang } = context;
  const name = shown(context, command);
  yield line({ kind: 'styled', text: name, style: 'strong' }, command.aliases?.length ? `  (${command.aliases.join(', ')})` : '');
  yield line(`  ${command.summary[lang]}`);
  if (command.details) for (const text of command.details[lang].split('\n')) yield line(`  ${text}`);
  const usage = [name, ...(command.options ?? []).map((o) => `[${o.name}${o.value ? ` <${o.value}>` : ''}]`), ...(command.args ?? []).map((a) => (a.optional ? `[${a.name}]` : `<${a.name}>`))];
  yield line();
  yield line(`${lang === 'zh-tw' ? '用法' : 'Usage'}: ${usage.join(' ')}`);
  for (const option of command.options ?? []) yield line(`  ${[option.name, ...(option.aliases ?? [])].join(', ').padEnd(18)} ${option.help[lang]}`);
  for (const argument of command.args ?? []) yield line(`  ${`<${argument.name}>`.padEnd(18)} ${argument.help[lang]}`);
  if (command.examples?.length) {
    yield line();
    yield line(lang === 'zh-tw' ? '範例' : 'Examples');
    for (const example of command.examples) {
      const text = command.host === 'sos' && context.session.host.debugger === 'windbg' ? `!${example}` : example;
      yield line('  ', link(text, text));
    }
  }
}
