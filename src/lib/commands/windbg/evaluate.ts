import { line } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import { ArgumentError } from '../parse.ts';
import { evaluate, tick } from './expression.ts';

const expressionArg = [{ name: 'expression', kind: 'rest', help: { en: 'Expression; numbers are hexadecimal.', 'zh-tw': '運算式；數字預設為十六進位。' } }] as const;

export const evaluateCommand: CommandDef = {
  name: '?',
  host: 'windbg',
  group: 'memory',
  summary: { en: 'Evaluates an expression and shows it in decimal and hexadecimal.', 'zh-tw': '計算運算式，並以十進位與十六進位顯示。' },
  args: expressionArg,
  examples: ['? 0x8664', '? 0n100 + @rsp', '? coreclr'],
  *run(context, args) {
    const value = evaluate(context, args.raw);
    const { pointerSize } = context.dump;
    const shown = BigInt.asUintN(pointerSize * 8, value);
    yield line(`Evaluate expression: ${BigInt.asIntN(pointerSize * 8, value)} = ${tick(shown, pointerSize)}`);
  },
};

/** `??`: C++ syntax over numbers, registers and modules; there are no types without symbols. */
export const evaluateCpp: CommandDef = {
  name: '??',
  host: 'windbg',
  group: 'memory',
  summary: { en: 'Evaluates a C++ expression of numbers and registers: decimal unless 0x.', 'zh-tw': '以 C++ 語法計算數字與暫存器：未加 0x 時為十進位。' },
  details: {
    en: 'Operators of C (also && and ||), registers and pseudo-registers as @rax and @$t0, @@masm( … ) inside it. Types, members and casts need symbols of native code, which a dump does not hold; managed objects are shown by !dumpobj.',
    'zh-tw': '可用 C 的運算子（含 && 與 ||）、暫存器與虛擬暫存器（@rax、@$t0），其中可夾 @@masm( … )。型別、成員與轉型需要原生程式碼的符號，傾印裡沒有；受控物件請用 !dumpobj。',
  },
  args: expressionArg,
  examples: ['?? 10 * 3 + 0x10', '?? @rsp & 0xff'],
  *run(context, args) {
    if (/->|\.\w|\bsizeof\b|\*\s*\)|\[/.test(args.raw)) throw new ArgumentError(`Couldn't resolve error at '${args.raw}': types and members need symbols; ?? here knows numbers, registers and operators`);
    const value = evaluate(context, args.raw, 'c++');
    const signed = BigInt.asIntN(64, value);
    // A register or a pseudo-register makes the result unsigned, as in the debugger.
    if (/[@$a-z_]\w*[a-z]/i.test(args.raw.replace(/0[xn][0-9a-f`]+/gi, ''))) yield line(`unsigned int64 0x${value.toString(16).padStart(8, '0').replace(/^(.+)(.{8})$/, '$1`$2')}`);
    else if (signed === BigInt.asIntN(32, signed)) yield line(`int 0n${signed}`);
    else yield line(`int64 0n${signed}`);
  },
};

export const formats: CommandDef = {
  name: '.formats',
  host: 'windbg',
  group: 'memory',
  summary: { en: 'Shows a number in every format: hex, decimal, octal, binary, characters, time, float.', 'zh-tw': '以各種格式顯示一個數值：十六進位、十進位、八進位、二進位、字元、時間、浮點數。' },
  args: expressionArg,
  examples: ['.formats 0x014c', '.formats @rip'],
  *run(context, args) {
    const value = evaluate(context, args.raw);
    const bytes = context.dump.pointerSize;
    const bits = bytes * 8;
    const unsigned = BigInt.asUintN(bits, value);
    const view = new DataView(new ArrayBuffer(8));
    view.setBigUint64(0, unsigned);
    const chars = Array.from({ length: bytes }, (_, i) => Number((unsigned >> BigInt(8 * (bytes - 1 - i))) & 255n)).map((c) => (c >= 0x20 && c < 0x7f ? String.fromCharCode(c) : '.')).join('');
    yield line('Evaluate expression:');
    yield line(`  Hex:     ${tick(unsigned, bytes)}`);
    yield line(`  Decimal: ${BigInt.asIntN(bits, unsigned)}`);
    if (BigInt.asIntN(bits, unsigned) < 0n) yield line(`  Decimal (unsigned) : ${unsigned}`);
    yield line(`  Octal:   ${unsigned.toString(8).padStart(Math.ceil(bits / 3), '0')}`);
    yield line(`  Binary:  ${unsigned.toString(2).padStart(bits, '0').replace(/(.{8})(?=.)/g, '$1 ')}`);
    yield line(`  Chars:   ${chars}`);
    yield line(`  Time:    ${timeText(unsigned)}`);
    yield line(`  Float:   low ${float(view.getFloat32(4))} high ${float(view.getFloat32(0))}`);
    yield line(`  Double:  ${float(view.getFloat64(0))}`);
  },
};

/** C's %g with six digits and a three-digit exponent, as the debugger prints. */
function float(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  const magnitude = Math.abs(value);
  if (magnitude >= 1e-4 && magnitude < 1e6) return String(Number(value.toPrecision(6)));
  return value.toExponential(5).replace(/\.?0+e/, 'e').replace(/e([+-])(\d{1,2})$/, (_, sign: string, digits: string) => `e${sign}${digits.padStart(3, '0')}`);
}

/** Small numbers are seconds since 1970, large ones FILETIME (100 ns since 1601). */
function timeText(value: bigint): string {
  const FILETIME_EPOCH = 11_644_473_600n;
  const seconds = value < 1n << 32n ? value : value / 10_000_000n - FILETIME_EPOCH;
  const milliseconds = Number(seconds) * 1000;
  if (Math.abs(milliseconds) > 8.64e15) return '***** Invalid FILETIME';
  const [weekday, month, day, year, clock] = new Date(milliseconds).toUTCString().replace(/^(\w+), (\d+) (\w+) (\d+) ([\d:]+).*$/, '$1|$3|$2|$4|$5').split('|');
  return `${weekday} ${month} ${day.replace(/^0/, ' ')} ${clock}${value < 1n << 32n ? '' : '.000'} ${year}`;
}
