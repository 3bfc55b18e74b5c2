import { line } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
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
