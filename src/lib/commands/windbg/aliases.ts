import { line, nodeText } from '../../output/index.ts';
import type { CommandRun } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { ArgumentError } from '../parse.ts';
import { countedText } from './counted-text.ts';
import { evaluate } from './expression.ts';

const MAX_ALIASES = 1000;
const MAX_TEXT = 1 << 16;
const rest = (en: string, zh: string) => [{ name: 'text', kind: 'rest', optional: true, help: { en, 'zh-tw': zh } }] as const;

/** Sets an alias; names are what stands between blanks. */
export function setAlias(context: CommandContext, name: string, value: string): void {
  const { aliases } = context.session;
  if (!aliases.has(name) && aliases.size >= MAX_ALIASES) throw new ArgumentError(`There are ${MAX_ALIASES} aliases already: delete some with ad.`);
  aliases.set(name, value.slice(0, MAX_TEXT));
}

/** How the options of `as` make a value of their text. `/c` runs commands and is no function of the text alone. */
const VALUES: Readonly<Record<string, (context: CommandContext, text: string) => string>> = {
  x: (context, text) => `0x${evaluate(context, text).toString(16)}`,
  ma: (context, text) => context.memory.utf8(Number(evaluate(context, text)), MAX_TEXT),
  mu: (context, text) => context.memory.utf16(Number(evaluate(context, text)), MAX_TEXT),
  msa: (context, text) => countedText(context.memory, Number(evaluate(context, text)), false),
  msu: (context, text) => countedText(context.memory, Number(evaluate(context, text)), true),
};

export const alias: CommandDef = {
  name: 'as',
  aliases: ['aS'],
  host: 'windbg',
  group: 'script',
  summary: { en: 'Defines an alias: as name text; as /x name expression; as /c name commands.', 'zh-tw': '定義別名：as 名稱 文字；as /x 名稱 運算式；as /c 名稱 指令。' },
  details: {
    en: 'An alias is replaced where it stands alone, and as ${name} inside other text, when a line or block is read. ${/v:name} is the name itself, ${/d:name} 1 or 0, ${/f:name} nothing when it is not defined. as and as /c take the whole line, the others end at a semicolon.\n/x value of an expression, /c what commands print (on one line), /ma /mu text at an address, /msa /msu a counted string.',
    'zh-tw': '讀入一行或一個區塊時，單獨出現的別名會被取代；夾在其他文字中請寫成 ${名稱}。${/v:名稱} 是名稱本身，${/d:名稱} 為 1 或 0，${/f:名稱} 在未定義時為空。as 與 as /c 取整行，其他到分號為止。\n/x 運算式的值，/c 指令的輸出（接成一行），/ma /mu 位址上的文字，/msa /msu 計長字串。',
  },
  args: rest('[/x|/c|/ma|/mu|/msa|/msu] name text', '[/x|/c|/ma|/mu|/msa|/msu] 名稱 文字'),
  examples: ['as hello .echo hello there', 'as /x stack @rsp', 'as /c version !eeversion'],
  withoutDump: true,
  *run(context, args): CommandRun {
    const match = /^(?:\/(\w+)\s+)?(\S+)\s+(.+)$/s.exec(args.raw);
    if (!match) throw new ArgumentError('Syntax error: as [/x|/c|/ma|/mu|/msa|/msu] name text');
    const [, option, given, text] = match;
    const name = given.replace(/^\$\{\/v:([^}]+)\}$/, '$1');
    if (option === undefined) setAlias(context, name, text.replace(/^"([^"]*)"$/, '$1'));
    else if (option === 'c') {
      const printed: string[] = [];
      let size = 0;
      for (const node of context.execute(text)) {
        if (node.kind === 'progress' || node.kind === 'chunk' || node.kind === 'file') yield node;
        else {
          const part = nodeText(node, context.lang);
          if (part === undefined || size > MAX_TEXT) continue;
          size += part.length;
          printed.push(node.kind === 'line' && node.open ? part : `${part} `);
        }
      }
      setAlias(context, name, printed.join('').trimEnd());
    } else if (Object.hasOwn(VALUES, option)) setAlias(context, name, VALUES[option](context, text));
    else if (option === 'e' || option === 'f') throw new ArgumentError(`as /${option} reads ${option === 'e' ? 'the debugger’s environment' : 'a file'}, and there is none here.`, `/${option}`);
    else throw new ArgumentError(`Unrecognized option '/${option}'`, `/${option}`);
  },
};

export const deleteAlias: CommandDef = {
  name: 'ad',
  host: 'windbg',
  group: 'script',
  summary: { en: 'Deletes an alias, or all with *; /q without a word when there is none.', 'zh-tw': '刪除別名；* 表示全部；/q 在沒有該別名時不出聲。' },
  args: rest('[/q] name or *', '[/q] 名稱或 *'),
  withoutDump: true,
  *run(context, args) {
    const quiet = /^\/q\s+/i.exec(args.raw)?.[0] ?? '';
    const name = args.raw.slice(quiet.length).trim().replace(/^\$\{\/v:([^}]+)\}$/, '$1');
    if (name === '*') context.session.aliases.clear();
    else if (!context.session.aliases.delete(name) && !quiet) yield line(`No alias found: ${name}`);
  },
};

export const listAliases: CommandDef = {
  name: 'al',
  host: 'windbg',
  group: 'script',
  summary: { en: 'Lists the aliases.', 'zh-tw': '列出別名。' },
  withoutDump: true,
  *run(context) {
    const { aliases } = context.session;
    if (aliases.size === 0) {
      yield line('No aliases');
      return;
    }
    yield line('  Alias            Value  ');
    yield line(' -------          ------- ');
    for (const [name, value] of aliases) yield line(` ${name.padEnd(16)} ${value} `);
  },
};
