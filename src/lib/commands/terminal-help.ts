import type { Lang } from '../bytes/index.ts';
import { line, link } from '../output/index.ts';
import type { OutputNode } from '../output/index.ts';
import type { CommandDef } from './command.ts';
import { ArgumentError } from './parse.ts';

const TITLES = {
  en: { description: 'Description:', usage: 'Usage:', arguments: 'Arguments:', options: 'Options:', examples: 'Examples:' },
  'zh-tw': { description: '說明：', usage: '用法：', arguments: '引數：', options: '選項：', examples: '範例：' },
} as const;
/** Two blanks before and between the columns, as System.CommandLine prints them. */
const PAD = '  ';

/** Help in the shape of dotnet-dump's: one list by name, and Description, Usage, Arguments and Options of a command. The texts are ours. */
export function* terminalHelp(lang: Lang, commands: readonly CommandDef[], wanted: string, command: CommandDef | undefined): Generator<OutputNode> {
  if (command) yield* detailed(lang, command);
  else if (wanted) throw new ArgumentError(`Help for ${wanted} not found`);
  else yield* list(lang, commands);
}

function* list(lang: Lang, commands: readonly CommandDef[]): Generator<OutputNode> {
  const shown = commands.filter((c) => c.host === 'sos' && !c.unavailable).sort((a, b) => (a.name < b.name ? -1 : 1));
  const invocations = shown.map((c) => [[c.name, ...(c.aliases ?? [])].join(', '), ...(c.args ?? []).map((a) => `<${a.name}>`)].join(' '));
  const width = Math.max(...invocations.map((text) => text.length)) + 1;
  for (const [i, c] of shown.entries()) yield line(link(c.name, `help ${c.name}`), `${invocations[i].slice(c.name.length)}${' '.repeat(width - invocations[i].length)}${c.summary[lang]}`);
}

function* detailed(lang: Lang, command: CommandDef): Generator<OutputNode> {
  const title = TITLES[lang];
  const args = command.args ?? [];
  const options = command.options ?? [];
  yield line(title.description);
  yield line(`${PAD}${command.summary[lang]}`);
  yield line();
  yield line(title.usage);
  yield line(`${PAD}> ${[command.name, ...args.map((a) => (a.optional ? `[<${a.name}>${a.many ? '...' : ''}]` : `<${a.name}>`)), ...(options.length ? ['[options]'] : [])].join(' ')}`);
  if (args.length) yield* columns(title.arguments, args.map((a) => [`<${a.name}>`, a.help[lang]]));
  if (options.length) yield* columns(title.options, options.map((o) => [[o.name, ...(o.aliases ?? [])].join(', ') + (o.value ? ` <${o.value}>` : ''), o.help[lang]]));
  if (command.details) {
    yield line();
    for (const text of command.details[lang].split('\n')) yield line(text);
  }
  if (!command.examples?.length) return;
  yield line();
  yield line(title.examples);
  for (const example of command.examples) yield line(PAD, link(example, example));
}

function* columns(title: string, rows: readonly (readonly [name: string, text: string])[]): Generator<OutputNode> {
  const width = Math.max(...rows.map(([name]) => name.length));
  yield line();
  yield line(title);
  for (const [name, text] of rows) yield line(`${PAD}${name.padEnd(width)}${PAD}${text}`);
}
