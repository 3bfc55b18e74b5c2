import type { CommandRun, OutputNode, Progress } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { ArgumentError } from '../parse.ts';
import { isSignal, Signal } from '../signals.ts';
import { BlockReader } from './blocks.ts';
import { evaluate } from './expression.ts';

/** A loop that runs longer than this has no end: it stops with a message. Ctrl+C stops it sooner. */
export const MAX_ROUNDS = 1_000_000;

const isTrue = (context: CommandContext, condition: string) => evaluate(context, condition) !== 0n;

/** One round of a loop's body; false when `.break` ended it. */
export function* round(context: CommandContext, body: string, done: number): Generator<OutputNode | Progress, boolean> {
  try {
    yield* context.execute(body);
  } catch (error) {
    if (isSignal(error, 'break')) return false;
    if (!isSignal(error, 'continue')) throw error;
  }
  if (done >= MAX_ROUNDS) throw new ArgumentError(`The loop was stopped after ${MAX_ROUNDS} rounds.`);
  yield { kind: 'progress', done: 0, total: 0 };
  return true;
}

interface Syntax { readonly name: string; readonly form: string; readonly en: string; readonly zh: string; readonly examples: readonly string[] }

function control({ name, form, en, zh, examples }: Syntax, run: (context: CommandContext, raw: string) => CommandRun): CommandDef {
  return {
    name, host: 'windbg', group: 'script', summary: { en, 'zh-tw': zh }, examples,
    args: [{ name: 'statement', kind: 'rest', optional: true, help: { en: form, 'zh-tw': form } }],
    run: (context, args) => run(context, args.raw),
  };
}

export const ifCommand = control({
  name: '.if', form: '(condition) { commands } [.elsif (condition) { commands }] [.else { commands }]', examples: ['.if (@rsp > 0) { .echo yes } .else { .echo no }'],
  en: 'Runs commands when a condition is true: .if (c) { … } .elsif (c) { … } .else { … }', zh: '條件成立時執行指令：.if (c) { … } .elsif (c) { … } .else { … }',
}, function* (context, raw) {
  const reader = new BlockReader(raw);
  const branches: { condition: string; body: string }[] = [{ condition: reader.header(), body: reader.block() }];
  while (reader.take(/^\.elsif\b/i)) branches.push({ condition: reader.header(), body: reader.block() });
  if (reader.take(/^\.else\b/i)) branches.push({ condition: '1', body: reader.block() });
  reader.end();
  const taken = branches.find((b) => isTrue(context, b.condition));
  if (taken) yield* context.execute(taken.body);
});

export const whileCommand = control({
  name: '.while', form: '(condition) { commands }', examples: ['r $t0 = 0; .while (@$t0 < 3) { .printf "%d\\n", @$t0; r $t0 = @$t0 + 1 }'],
  en: 'Repeats commands while a condition is true; Ctrl+C stops it.', zh: '條件成立期間重複執行指令；Ctrl+C 可中止。',
}, function* (context, raw) {
  const reader = new BlockReader(raw);
  const condition = reader.header();
  const body = reader.block();
  reader.end();
  for (let done = 1; isTrue(context, condition); done++) if (!(yield* round(context, body, done))) return;
});

export const doCommand = control({
  name: '.do', form: '{ commands } (condition)', examples: ['r $t0 = 0; .do { r $t0 = @$t0 + 1 } (@$t0 < 3); ? @$t0'],
  en: 'Runs commands, and again while a condition is true.', zh: '先執行指令，條件成立就再重複。',
}, function* (context, raw) {
  const reader = new BlockReader(raw);
  const body = reader.block();
  const condition = reader.rest;
  for (let done = 1; ; done++) if (!(yield* round(context, body, done)) || !isTrue(context, condition)) return;
});

export const forCommand = control({
  name: '.for', form: '(first; condition; step) { commands }', examples: ['.for (r $t0 = 0; @$t0 < 3; r $t0 = @$t0 + 1) { .printf "%d\\n", @$t0 }'],
  en: 'Counts: a first command, a condition, a step and the commands to repeat.', zh: '計數迴圈：初始指令、條件、步進與要重複的指令。',
}, function* (context, raw) {
  const reader = new BlockReader(raw);
  const parts = reader.parentheses().split(';').map((p) => p.trim());
  const body = reader.block();
  reader.end();
  if (parts.length !== 3) throw new ArgumentError('Syntax error: .for (first; condition; step) { commands }');
  const [first, condition, step] = parts;
  yield* context.execute(first);
  for (let done = 1; condition === '' || isTrue(context, condition); done++) {
    if (!(yield* round(context, body, done))) return;
    yield* context.execute(step);
  }
});

export const blockCommand = control({
  name: '.block', form: '{ commands }', examples: ['as /x here @rsp; .block { .echo ${here} }'],
  en: 'Runs commands after aliases set on the same line have taken effect.', zh: '執行指令，並讓同一行先前設定的別名生效。',
}, function* (context, raw) {
  const reader = new BlockReader(raw);
  const body = reader.block();
  reader.end();
  yield* context.execute(body);
});

export const catchCommand = control({
  name: '.catch', form: '{ commands }', examples: ['.catch { ? poi(0) }; .echo goes on'],
  en: 'Runs commands; an error or .leave ends only the block, not the line.', zh: '執行指令；錯誤或 .leave 只結束這個區塊，不會結束整行。',
}, function* (context, raw) {
  const reader = new BlockReader(raw);
  const body = reader.block();
  reader.end();
  try {
    yield* context.execute(body);
  } catch (error) {
    if (!isSignal(error, 'error', 'leave')) throw error;
  }
});

function leaver(name: string, kind: 'break' | 'continue' | 'leave', en: string, zh: string, example: string): CommandDef {
  return {
    name, host: 'windbg', group: 'script', summary: { en, 'zh-tw': zh }, examples: [example], withoutDump: true,
    *run() {
      throw new Signal(kind);
    },
  };
}

export const breakCommand = leaver('.break', 'break', 'Ends the loop it stands in.', '結束所在的迴圈。', '.foreach (w { .echo a b c }) { .if ($scmp("w", "b") == 0) { .break }; .echo w }');
export const continueCommand = leaver('.continue', 'continue', 'Goes on with the next round of the loop.', '跳到迴圈的下一輪。', '.foreach (w { .echo a b c }) { .if ($scmp("w", "b") == 0) { .continue }; .echo w }');
export const leaveCommand = leaver('.leave', 'leave', 'Leaves the .catch block it stands in.', '離開所在的 .catch 區塊。', '.catch { .echo before; .leave; .echo never }');

export const jCommand = control({
  name: 'j', form: "condition 'commands' ; 'commands'", examples: ["j (@rsp != 0) '.echo yes' ; '.echo no'"],
  en: "Runs one of two commands: j (condition) 'commands' ; 'commands'.", zh: "依條件執行兩道指令之一：j (條件) '指令' ; '指令'。",
}, function* (context, raw) {
  const { condition, yes, no } = readJ(raw);
  yield* context.execute(isTrue(context, condition) ? yes : no);
});

/** The condition ends where a quote begins, or at its closing parenthesis, or at the first blank. */
function readJ(raw: string): { condition: string; yes: string; no: string } {
  const reader = new BlockReader(raw);
  const condition = raw.startsWith('(') ? reader.parentheses() : (reader.take(/^[^\s']+/)?.[0] ?? '');
  const parts = /^\s*(?:'([^']*)'|([^;']*))\s*(?:;\s*(?:'([^']*)'|([^;']*)))?\s*$/s.exec(reader.rest);
  if (!condition || !parts) throw new ArgumentError("Syntax error: j (condition) 'commands' ; 'commands'");
  return { condition, yes: parts[1] ?? parts[2] ?? '', no: parts[3] ?? parts[4] ?? '' };
}

export const zCommand = control({
  name: 'z', form: '(condition)', examples: ['r $t9 = @$t9 + 1; .printf "%d ", @$t9; z (@$t9 < 4)'],
  en: 'Starts the line again from its first command while the condition is true.', zh: '條件成立時，從本行第一道指令重新執行。',
}, function* (context, raw) {
  if (isTrue(context, raw)) throw new Signal('again');
});
