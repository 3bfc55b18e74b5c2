import { hex } from '../../bytes/index.ts';
import type { Registers } from '../../container/index.ts';
import { line, message } from '../../output/index.ts';
import type { CommandRun, Inline, OutputNode } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { ArgumentError } from '../parse.ts';
import { evaluate, tick } from './expression.ts';
import { currentRegisters } from './scope.ts';
import { namedFrames, siteText, stackNotes, StackWarnings } from './stack-frames.ts';
import type { NamedFrame } from './stack-frames.ts';

const DEFAULT_FRAMES = 256;
const MAX_FRAMES = 65_535;
const RAW_LINES = 0x14;
const SLICE = 8;
const MAX_FACT = 40;

/** Letters behind k: what a line shows. */
interface Layout { readonly args: boolean; readonly sp: boolean; readonly distance: boolean; readonly addresses: boolean; readonly offset: boolean; readonly lines: boolean }

/** `k`, `kb`, `kc`, `kf`, `kn`, `kp`, `kP`, `kv`, `kL` and their combinations; `kd`. The letters may be glued to the name. */
export const k: CommandDef = {
  name: 'k',
  host: 'windbg',
  group: 'threads',
  summary: { en: 'The stack of the current thread, native and managed frames together.', 'zh-tw': '目前執行緒的堆疊，原生與受控框架並列。' },
  details: {
    en: 'kb and kv also show four words of each call’s argument area (registers hold the first arguments on x64, so they are often leftovers), kc only names, kf the distance between frames, kd the raw stack. L leaves out source lines, which managed frames have where symbols are at hand. n, p and P are accepted: numbers are always shown, and parameters of native functions need private symbols. Managed methods read Module!Type.Method(arguments)+offset, as WinDbg shows them with SOS. Native code is unwound by .pdata or .eh_frame; where a dump lacks them, return addresses are looked for on the stack and those frames are marked (scan).',
    'zh-tw': 'kb 與 kv 會另外顯示每個呼叫的四個引數字組（x64 的前幾個引數在暫存器中，因此常是殘留值），kc 只顯示名稱，kf 顯示框架間的距離，kd 顯示原始堆疊。L 不顯示原始碼行號（有符號時受控框架會附上）。n、p、P 都可使用：編號一律顯示，而原生函式的參數需要私有符號。受控方法寫成 Module!Type.Method(引數)+位移，與載入 SOS 的 WinDbg 相同。原生程式碼依 .pdata 或 .eh_frame 回溯；傾印缺少這些資料時，改在堆疊上尋找返回位址，並以 (scan) 標示。',
  },
  args: [{ name: 'options', kind: 'rest', optional: true, help: { en: 'Letters b c d f L M n p P v, a number of frames (hex), or = BasePtr StackPtr InstructionPtr.', 'zh-tw': '字母 b c d f L M n p P v、框架數（十六進位），或 = BasePtr StackPtr InstructionPtr。' } }],
  examples: ['k', 'kn 5', 'kb', '~*k'],
  *run(context, args): CommandRun {
    const options = readOptions(context, args.raw);
    if (options.letters.includes('d')) {
      yield* context.execute(`dps @$csp L${(options.count ?? RAW_LINES).toString(16)}`);
      return;
    }
    const registers = options.start ?? currentRegisters(context);
    if (!registers || Object.keys(registers).length === 0) {
      yield line('Unable to get thread context, NTSTATUS 0xC000000D');
      return;
    }
    const has = (letter: string) => options.letters.includes(letter);
    const layout: Layout = { args: has('b') || has('v'), sp: !has('c') && !(has('b') && context.dump.pointerSize === 8), distance: has('f'), addresses: !has('c'), offset: !has('c'), lines: !has('c') && !has('L') && !has('l') };
    yield line(heading(context, layout));
    yield* printStack(context, registers, layout, Math.min(options.count ?? DEFAULT_FRAMES, MAX_FRAMES));
    if ((has('p') || has('P')) && !context.session.announced.has('private symbols')) {
      yield message('dim', { en: 'Parameters of native functions need private symbols, which are not in a dump; clrstack -p shows those of managed ones.', 'zh-tw': '原生函式的參數需要私有符號，傾印裡沒有；受控方法的參數請用 clrstack -p。' });
    }
  },
};

interface Options { readonly letters: string; readonly count: number | undefined; readonly start: Registers | undefined }

function readOptions(context: CommandContext, raw: string): Options {
  const [before, given] = raw.split(/=(.*)/s);
  let letters = '';
  let count: number | undefined;
  const words = before.split(/\s+/).filter(Boolean);
  for (const word of words) {
    if (/^\/[a-z]+$/i.test(word)) letters += word.slice(1);
    else if (/^[nplvm]+$/i.test(word)) letters += word;
    else count = Number(evaluate(context, word));
  }
  if (given === undefined) return { letters, count, start: undefined };
  const numbers = given.trim().split(/\s+/).filter(Boolean).map((word) => evaluate(context, word));
  const [base, sp, ip] = numbers;
  if (base === undefined) throw new ArgumentError("Numeric expression missing from '<EOL>'");
  const wide = context.dump.pointerSize === 8;
  const own = currentRegisters(context) ?? {};
  // One value is where the stack begins; with three all that a walk starts from is given.
  const start = sp === undefined || ip === undefined ? { [wide ? 'rbp' : 'ebp']: base, ...(wide && { rsp: base }) } : { [wide ? 'rbp' : 'ebp']: base, [wide ? 'rsp' : 'esp']: sp, [wide ? 'rip' : 'eip']: ip };
  return { letters, count: numbers[3] === undefined ? count : Number(numbers[3]), start: { ...own, ...start } };
}

/** Columns as WinDbg heads them, on 64-bit and 32-bit targets. */
function heading(context: CommandContext, { args, sp, distance, addresses }: Layout): string {
  const wide = context.dump.pointerSize === 8;
  let text = distance ? ' #   Memory  ' : ' # ';
  if (!addresses) return `${text}Call Site`;
  if (!wide) return `${text}ChildEBP RetAddr  ${args ? 'Args to Child              ' : ''}`;
  if (sp) text += 'Child-SP          ';
  text += 'RetAddr               ';
  return args ? `${text}: Args to Child${' '.repeat(59)}: Call Site` : `${text}Call Site`;
}

/** Prints frames with the debugger's warnings; the notes come behind them. */
export function* printStack(context: CommandContext, registers: Registers, layout: Layout, limit: number): CommandRun {
  const warnings = new StackWarnings();
  const names: string[] = [];
  let before: number | undefined;
  let scanned = false;
  let unnamed = false;
  for (const frame of namedFrames(context, registers)) {
    if (frame.index >= limit) break;
    yield* warnings.before(frame);
    yield line(...frameParts(context, frame, layout, before));
    before = frame.sp;
    scanned ||= frame.origin === 'scan';
    unnamed ||= frame.symbol?.kind === 'module';
    if (names.length < MAX_FACT) names.push(frame.symbol?.text ?? hex(frame.ip));
    if (frame.index % SLICE === SLICE - 1) yield { kind: 'progress', done: frame.index, total: 0 };
  }
  const thread = context.dump.threads[context.session.thread];
  if (thread) yield { kind: 'fact', subject: 'thread', values: { osid: hex(thread.id), debuggerId: context.session.thread, frames: names.length, top: names[0] ?? '', stack: names.join('\n') } };
  yield* stackNotes(context, { scanned, unnamed });
}

export const PLAIN: Layout = { args: false, sp: true, distance: false, addresses: true, offset: true, lines: true };

export function frameParts(context: CommandContext, frame: NamedFrame, layout: Layout, before?: number): Inline[] {
  const size = context.dump.pointerSize;
  const number = hex(frame.index, 2);
  let text = layout.distance ? `${number}${(before === undefined ? '' : hex(frame.sp - before)).padStart(10)} ` : `${number} `;
  const site = siteText(frame, layout);
  if (!layout.addresses) return [text, ...site];
  if (layout.sp) text += `${tick(size === 8 ? frame.sp : frame.ebp, size)} `;
  text += tick(frame.returnAddress, size);
  if (size === 4) return [`${text} ${layout.args ? `${argumentWords(context, frame.ebp + 8, 3, 4)} ` : ''}`, ...site];
  return [`${text}     ${layout.args ? `: ${argumentWords(context, frame.callerSp, 4, 8)} : ` : ''}`, ...site];
}

/** Words above the return address, where callers keep room for arguments. */
function argumentWords(context: CommandContext, at: number | undefined, count: number, size: 4 | 8): string {
  return Array.from({ length: count }, (_, i) => {
    const place = (at ?? 0) + i * size;
    if (at === undefined || !context.memory.has(place, size)) return tick(0, size).replaceAll('0', at === undefined ? '0' : '?');
    return tick(size === 8 ? context.memory.big64(place) : context.memory.u32(place), size);
  }).join(' ');
}

/** `` 01 0000…f938 0000…10dc     module!function+0xa``: one line, as .frame shows it. */
export function frameLine(context: CommandContext, frame: NamedFrame): OutputNode {
  return line(...frameParts(context, frame, PLAIN));
}
