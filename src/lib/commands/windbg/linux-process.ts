import type { Address } from '../../bytes/index.ts';
import { line, message } from '../../output/index.ts';
import type { OutputNode } from '../../output/index.ts';
import type { CommandContext } from '../context.ts';
import { nameOf } from './symbol-name.ts';

/** AT_* of elf.h that say something about a process. `text`: the address of a string. */
const ENTRIES: readonly (readonly [type: number, name: string, kind: 'pointer' | 'number' | 'text'])[] = [
  [3, 'AT_PHDR', 'pointer'], [9, 'AT_ENTRY', 'pointer'], [7, 'AT_BASE', 'pointer'], [33, 'AT_SYSINFO_EHDR', 'pointer'], [6, 'AT_PAGESZ', 'number'], [17, 'AT_CLKTCK', 'number'],
  [11, 'AT_UID', 'number'], [12, 'AT_EUID', 'number'], [23, 'AT_SECURE', 'number'], [25, 'AT_RANDOM', 'pointer'], [15, 'AT_PLATFORM', 'text'], [31, 'AT_EXECFN', 'text'],
];
const AT_RANDOM = 25;
/** The vector lies below AT_RANDOM's bytes, at the top of the main stack. */
const MAX_DISTANCE = 1 << 16;
const MAX_STRINGS = 4096;
const MAX_TEXT = 4096;

/** Arguments and environment of the process, as the kernel laid them out behind its first stack pointer. */
interface StartStrings { readonly args: readonly string[]; readonly environment: readonly string[] }

/** What takes the place of !peb on Linux. */
export function* linuxProcess(context: CommandContext): Generator<OutputNode> {
  const { dump, memory } = context;
  yield message('dim', { en: 'Linux processes have no PEB. What the kernel gave this one (the auxiliary vector), and its arguments:', 'zh-tw': 'Linux 處理序沒有 PEB。以下是核心交給此處理序的資訊（輔助向量）與其引數：' });
  if (dump.processId !== undefined) yield row('Process id:', `${dump.processId.toString(16)} (${dump.processId})`);
  for (const [type, name, kind] of ENTRIES) {
    const value = dump.auxv?.get(type);
    if (value === undefined) continue;
    if (kind === 'number') yield row(`${name}:`, String(value));
    else if (kind === 'text') yield row(`${name}:`, text(context, value));
    else yield row(`${name}:`, `${memory.hex(value)} ${nameOf(context, value)}`.trimEnd());
  }
  if (!dump.auxv) yield message('warning', { en: 'This dump has no auxiliary vector.', 'zh-tw': '這個傾印沒有輔助向量。' });
  const start = startStrings(context);
  if (!start) {
    yield message('dim', { en: 'The command line cannot be found: the top of the main stack is not in the dump.', 'zh-tw': '找不到命令列：主要堆疊的頂端不在傾印中。' });
    return;
  }
  yield row('CommandLine:', `'${start.args.join(' ')}'`);
  yield { kind: 'fact', subject: 'setting', values: { name: 'peb', commandLine: start.args.join(' ') } };
  yield line('    Environment:');
  const variables = start.environment.filter(Boolean);
  for (const variable of variables) yield line(`        ${variable}`);
  if (variables.length > 0) return;
  yield start.environment.length
    ? message('dim', { en: `The ${start.environment.length} variables hold only zeros: they were removed from this dump.`, 'zh-tw': `${start.environment.length} 個環境變數的內容都是零：已從此傾印移除。` })
    : message('dim', { en: 'The process was started without an environment.', 'zh-tw': '此處理序啟動時沒有任何環境變數。' });
}

const row = (label: string, value: string) => line(`    ${label.padEnd(18)}${value}`);

function text({ memory }: CommandContext, at: Address): string {
  return memory.has(at) ? `'${memory.utf8(at, MAX_TEXT)}'` : memory.hex(at);
}

/** argc, argv, 0, environment, 0, vector: found from the vector, which the dump's notes repeat, backwards. */
function startStrings(context: CommandContext): StartStrings | undefined {
  const { dump, memory } = context;
  const random = dump.auxv?.get(AT_RANDOM);
  const first = dump.auxv?.entries().next().value;
  if (random === undefined || !first) return undefined;
  const word = dump.pointerSize;
  for (let at = random - (random % word); at > random - MAX_DISTANCE; at -= word) {
    if (memory.tryPointer(at) !== first[0] || memory.tryPointer(at + word) !== first[1]) continue;
    const environment = before(context, at - word);
    const args = environment && before(context, environment.at);
    return args && { args: args.texts, environment: environment.texts };
  }
  return undefined;
}

/** Strings of the array of pointers that the null at `end` closes; `at` is the word in front of it (a null, or the count). */
function before({ dump, memory }: CommandContext, end: Address): { readonly texts: string[]; readonly at: Address } | undefined {
  const texts: string[] = [];
  let at = end - dump.pointerSize;
  for (; texts.length < MAX_STRINGS; at -= dump.pointerSize) {
    const pointer = memory.tryPointer(at);
    if (pointer === undefined) return undefined;
    // The word in front of argv is its length; in front of the environment it is argv's null.
    if (pointer === 0 || pointer === texts.length) return { texts: texts.reverse(), at };
    texts.push(memory.has(pointer) ? memory.utf8(pointer, MAX_TEXT) : '');
  }
  return undefined;
}
