import { line, nodeText } from '../../output/index.ts';
import type { CommandRun } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import { ArgumentError } from '../parse.ts';
import { evaluate, tick } from './expression.ts';

const MAX_TOKENS = 20_000;
const rest = (en: string, zh: string) => [{ name: 'text', kind: 'rest', optional: true, help: { en, 'zh-tw': zh } }] as const;

export const echo: CommandDef = {
  name: '.echo',
  host: 'windbg',
  group: 'session',
  summary: { en: 'Prints its text.', 'zh-tw': '輸出文字。' },
  args: rest('Text.', '文字。'),
  withoutDump: true,
  *run(_context, args) {
    yield line(args.raw.replace(/^"(.*)"$/, '$1'));
  },
};

/** The form feed tells terminals to clear; other renderers show nothing. */
export const cls: CommandDef = {
  name: '.cls',
  host: 'windbg',
  group: 'session',
  summary: { en: 'Clears the screen.', 'zh-tw': '清除畫面。' },
  withoutDump: true,
  *run() {
    yield line('\f');
  },
};

export const printf: CommandDef = {
  name: '.printf',
  host: 'windbg',
  group: 'session',
  summary: { en: 'Prints values: .printf "%d %x %p %ma %mu", expressions…', 'zh-tw': '格式化輸出：.printf "%d %x %p %ma %mu", 運算式…' },
  args: rest('Format and expressions.', '格式字串與運算式。'),
  *run(context, args) {
    const match = /^(?:\/D\s+)?"((?:[^"\\]|\\.)*)"\s*(?:,(.*))?$/is.exec(args.raw);
    if (!match) throw new ArgumentError("Syntax error: .printf \"format\", expressions");
    const values = splitTopLevel(match[2] ?? '').map((e) => evaluate(context, e));
    const text = match[1].replace(/\\n/g, '\n').replace(/\\t/g, '\t').replace(/%(ma|mu|I64x|I64d|[dxXpuci%])/g, (_, kind: string) => {
      if (kind === '%') return '%';
      const value = values.shift() ?? 0n;
      if (kind === 'ma') return context.memory.utf8(Number(value), 1024);
      if (kind === 'mu') return context.memory.utf16(Number(value), 1024);
      if (kind === 'p') return tick(value, context.dump.pointerSize);
      if (/x$/i.test(kind)) return value.toString(16);
      if (kind === 'c') return String.fromCharCode(Number(value & 0xffffn));
      return (kind === 'u' ? value : BigInt.asIntN(64, value)).toString();
    });
    for (const part of text.replace(/\n$/, '').split('\n')) yield line(part);
  },
};

function splitTopLevel(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let current = '';
  for (const c of text) {
    if (c === '(') depth++;
    if (c === ')') depth--;
    if (c === ',' && depth === 0) {
      parts.push(current);
      current = '';
    } else current += c;
  }
  return [...parts, current].map((p) => p.trim()).filter(Boolean);
}

/** `.foreach [/pS n] [/ps n] (v {commands}) {commands}`: runs the second block for each word the first one prints. */
export const foreach: CommandDef = {
  name: '.foreach',
  host: 'windbg',
  group: 'session',
  summary: { en: 'Runs a command for each word another command prints: .foreach (ex {!dumpheap -type X -short}) {!pe ex}', 'zh-tw': '對另一個指令輸出的每個字執行指令：.foreach (ex {!dumpheap -type X -short}) {!pe ex}' },
  args: rest('[/pS n] [/ps n] (variable {commands}) {commands}', '[/pS n] [/ps n] (變數 {指令}) {指令}'),
  examples: ['.foreach (ex {!dumpheap -type OutOfMemory -short}) {!pe ex}'],
  *run(context, args): CommandRun {
    const { variable, input, output, skipFirst, skipBetween } = parseForeach(args.raw);
    const tokens: string[] = [];
    for (const node of context.execute(input)) {
      if (node.kind === 'progress') yield node;
      else for (const word of (nodeText(node, 'en') ?? '').split(/\s+/)) if (word && tokens.length < MAX_TOKENS) tokens.push(word);
    }
    const whole = new RegExp(`\\$\\{${variable}\\}|(?<![\\w$])${variable}(?!\\w)`, 'g');
    for (let i = skipFirst; i < tokens.length; i += 1 + skipBetween) {
      yield* context.execute(output.replace(whole, () => tokens[i]));
      yield { kind: 'progress', done: i + 1, total: tokens.length };
    }
  },
};

function parseForeach(raw: string): { variable: string; input: string; output: string; skipFirst: number; skipBetween: number } {
  let text = raw.trim();
  let skipFirst = 0;
  let skipBetween = 0;
  for (let option = /^\/p([Ss])\s+(\S+)\s*/.exec(text); option; option = /^\/p([Ss])\s+(\S+)\s*/.exec(text)) {
    const count = parseInt(option[2].replace(/^0n/, ''), option[2].startsWith('0n') ? 10 : 16) || 0;
    if (option[1] === 'S') skipFirst = count;
    else skipBetween = count;
    text = text.slice(option[0].length);
  }
  const head = /^\(\s*(\w+)\s*/.exec(text);
  if (!head) throw new ArgumentError('Syntax error: .foreach (variable {commands}) {commands}');
  const input = block(text, head[0].length);
  const close = /^\s*\)\s*/.exec(text.slice(input.end));
  if (!close) throw new ArgumentError("Syntax error: ')' expected");
  const output = block(text, input.end + close[0].length);
  return { variable: head[1], input: input.text, output: output.text, skipFirst, skipBetween };
}

function block(text: string, from: number): { text: string; end: number } {
  if (text[from] !== '{') throw new ArgumentError("Syntax error: '{' expected");
  let depth = 0;
  for (let i = from; i < text.length; i++) {
    if (text[i] === '{') depth++;
    if (text[i] === '}' && --depth === 0) return { text: text.slice(from + 1, i), end: i + 1 };
  }
  throw new ArgumentError("Syntax error: '}' expected");
}

export const alias: CommandDef = {
  name: 'as',
  aliases: ['aS'],
  host: 'windbg',
  group: 'session',
  summary: { en: 'Defines an alias: as name text.', 'zh-tw': '定義別名：as 名稱 文字。' },
  args: rest('name text', '名稱 文字'),
  withoutDump: true,
  *run(context, args) {
    const match = /^(?:\/\w+\s+)?(\S+)\s+(.+)$/s.exec(args.raw);
    if (!match) throw new ArgumentError('Syntax error: as name text');
    if (context.session.aliases.size < 200) context.session.aliases.set(match[1], match[2]);
  },
};

export const deleteAlias: CommandDef = {
  name: 'ad',
  host: 'windbg',
  group: 'session',
  summary: { en: 'Deletes an alias, or all with *.', 'zh-tw': '刪除別名；* 表示全部。' },
  args: rest('name or *', '名稱或 *'),
  withoutDump: true,
  *run(context, args) {
    if (args.raw === '*') context.session.aliases.clear();
    else if (!context.session.aliases.delete(args.raw)) yield line(`No alias found: ${args.raw}`);
  },
};

export const listAliases: CommandDef = {
  name: 'al',
  host: 'windbg',
  group: 'session',
  summary: { en: 'Lists the aliases.', 'zh-tw': '列出別名。' },
  withoutDump: true,
  *run(context) {
    if (context.session.aliases.size === 0) yield line('No aliases');
    for (const [name, value] of context.session.aliases) yield line(`  ${name.padEnd(16)} ${value}`);
  },
};
