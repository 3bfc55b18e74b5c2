import { nodeText } from '../../output/index.ts';
import type { CommandRun, OutputNode, Progress } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { ArgumentError } from '../parse.ts';
import { BlockReader } from './blocks.ts';
import { MAX_ROUNDS, round } from './control.ts';
import { evaluate } from './expression.ts';

const FORM = '[/pS n] [/ps n] (name { commands }) { commands }, [/s] (name "words") { commands }';

/** `.foreach [/pS n] [/ps n] (v {commands}) {commands}`: runs the second block for each word the first one prints. */
export const foreach: CommandDef = {
  name: '.foreach',
  host: 'windbg',
  group: 'script',
  summary: { en: 'Runs a command for each word another command prints: .foreach (ex {!dumpheap -type X -short}) {!pe ex}', 'zh-tw': '對另一個指令輸出的每個字執行指令：.foreach (ex {!dumpheap -type X -short}) {!pe ex}' },
  details: {
    en: 'The name stands for the word where it stands alone, and as ${name} inside other text. /pS n skips the first n words, /ps n skips n words after each. /s takes the words from a text.',
    'zh-tw': '名稱單獨出現時代表該字；夾在其他文字中請寫成 ${名稱}。/pS n 略過開頭 n 個字，/ps n 每取一個字後略過 n 個。/s 改從文字取字。',
  },
  args: [{ name: 'text', kind: 'rest', optional: true, help: { en: FORM, 'zh-tw': FORM } }],
  examples: ['.foreach (ex {!dumpheap -type OutOfMemory -short}) {!pe ex}', '.foreach /ps 1 (word {.echo a 1 b 2}) {.echo ${word}!}'],
  *run(context, args): CommandRun {
    const { variable, words, output, skipFirst, skipBetween } = read(context, args.raw);
    const tokens = typeof words === 'string' ? split(words) : yield* printed(context, words.commands);
    const whole = new RegExp(`\\$\\{${variable}\\}|(?<![\\w$/:])${variable}(?!\\w)`, 'g');
    for (let i = skipFirst, done = 1; i < tokens.length; i += 1 + skipBetween, done++) {
      if (!(yield* round(context, output.replace(whole, () => tokens[i]), done))) return;
      yield { kind: 'progress', done: i + 1, total: tokens.length };
    }
  },
};

const split = (text: string) => text.split(/\s+/).filter(Boolean);

/** Words a command prints, as they would stand on the screen: text without a line end goes on in the next line. */
function* printed(context: CommandContext, commands: string): Generator<OutputNode | Progress, string[]> {
  const tokens: string[] = [];
  let open = '';
  for (const node of context.execute(commands)) {
    // A message of ours, such as that a reader is experimental, is no output of the command.
    if (node.kind === 'progress' || node.kind === 'chunk' || node.kind === 'file' || node.kind === 'message') {
      yield node;
      continue;
    }
    const text = open + (nodeText(node, context.lang) ?? '');
    open = node.kind === 'line' && node.open ? text : '';
    if (open) continue;
    tokens.push(...split(text));
    if (tokens.length > MAX_ROUNDS) throw new ArgumentError(`More than ${MAX_ROUNDS} words.`);
  }
  return [...tokens, ...split(open)];
}

interface Foreach { readonly variable: string; readonly words: string | { readonly commands: string }; readonly output: string; readonly skipFirst: number; readonly skipBetween: number }

function read(context: CommandContext, raw: string): Foreach {
  const reader = new BlockReader(raw);
  let skipFirst = 0;
  let skipBetween = 0;
  let fromText = false;
  for (let option = reader.take(/^\/(pS|ps|s|f)(?=[\s(])/); option; option = reader.take(/^\/(pS|ps|s|f)(?=[\s(])/)) {
    const [, name] = option;
    if (name === 'f') throw new ArgumentError('.foreach /f reads a file, and there is none here: use /s with the words, or a command that prints them.');
    if (name === 's') {
      fromText = true;
      continue;
    }
    const count = Number(evaluate(context, reader.take(/^[^\s(]+/)?.[0] ?? ''));
    if (name === 'pS') skipFirst = count;
    else skipBetween = count;
  }
  const head = reader.take(/^\(\s*(\w+)\s*/);
  if (!head) throw new ArgumentError(`Syntax error: .foreach ${FORM}`);
  let words: Foreach['words'];
  if (fromText) {
    const text = reader.take(/^"([^"]*)"/);
    if (!text) throw new ArgumentError('Syntax error: .foreach /s (name "words") { commands }');
    words = text[1];
  } else words = { commands: reader.block() };
  if (!reader.take(/^\)/)) throw new ArgumentError("Syntax error: ')' expected");
  const output = reader.block();
  reader.end();
  return { variable: head[1], words, output, skipFirst, skipBetween };
}
