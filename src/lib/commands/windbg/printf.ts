import { openLines } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { ArgumentError } from '../parse.ts';
import { countedText } from './counted-text.ts';
import { evaluate, tick } from './expression.ts';
import { nameOf } from './symbol-name.ts';

const MAX_TEXT = 4096;
const MAX_WIDTH = 4096;
const DIRECTIVE = /%([-+ #0]*)(\d+|\*)?(?:\.(\d+|\*))?(?:I64|I32|ll|[Ilhw])?(ma|mu|msa|msu|ly|[pNydiuxXoceEfgGsSaC%])/g;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '', '"': '"', '\\': '\\' };

/** `.printf "format", expressions`: conversions of the debugger's manual; the line stays open until `\n`. */
export const printf: CommandDef = {
  name: '.printf',
  host: 'windbg',
  group: 'script',
  summary: { en: 'Prints values: .printf "%d %x %p %ma %mu\\n", expressions…', 'zh-tw': '格式化輸出：.printf "%d %x %p %ma %mu\\n", 運算式…' },
  details: {
    en: '%d %i %u %x %X %o %I64x numbers, %p %N pointers, %c %C characters, %ma %s ASCII and %mu %S Unicode text at an address, %msa %msu counted strings, %y the symbol at an address, %f %e %g floating point (from its bits). Flags - 0 # + and width as in C; \\n ends the line.',
    'zh-tw': '%d %i %u %x %X %o %I64x 數字，%p %N 指標，%c %C 字元，%ma %s 位址上的 ASCII 文字，%mu %S Unicode 文字，%msa %msu 計長字串，%y 位址上的符號，%f %e %g 浮點數（由位元解讀）。旗標 - 0 # + 與寬度同 C；\\n 結束一行。',
  },
  args: [{ name: 'format', kind: 'rest', optional: true, help: { en: '"format", expressions', 'zh-tw': '"格式", 運算式' } }],
  examples: ['.printf "%p %d\\n", @rsp, @$tid', '.printf "%-10d|%#x|%08x\\n", 0n42, 0n42, 0n42'],
  *run(context, args) {
    const match = /^(?:\/(?:D|od?|oD)\s+)*"((?:[^"\\]|\\.)*)"\s*(?:,(.*))?$/is.exec(args.raw);
    if (!match) throw new ArgumentError('Syntax error: .printf "format", expressions');
    const expressions = splitArguments(match[2] ?? '');
    const format = match[1].replace(/\\(.)/gs, (all, c: string) => ESCAPES[c] ?? all);
    const next = (what: string): bigint => {
      const expression = expressions.shift();
      if (expression === undefined) throw new ArgumentError(`Numeric expression missing from '${what}'`);
      return evaluate(context, expression);
    };
    const text = format.replace(DIRECTIVE, (all, flags: string, width: string | undefined, precision: string | undefined, kind: string) => {
      if (kind === '%') return '%';
      const size = (value: string | undefined) => (value === undefined ? undefined : Math.min(MAX_WIDTH, value === '*' ? Number(BigInt.asIntN(32, next(all))) : Number(value)));
      const columns = size(width);
      const digits = size(precision);
      return pad(convert(context, { kind, flags, digits, wide: /I64|ll|I[xdu]/.test(all) }, next(all)), flags, columns);
    });
    yield* openLines(text);
  },
};

interface Directive { readonly kind: string; readonly flags: string; readonly digits: number | undefined; readonly wide: boolean }

const floats = new DataView(new ArrayBuffer(8));

/** A value as text, before padding. */
function convert(context: CommandContext, { kind, flags, digits, wide }: Directive, value: bigint): string {
  const { memory, dump } = context;
  const address = Number(value);
  // Plain %d and %x take 32 bits, as in C; values that need more are not cut in silence but shown whole.
  const signed = !wide && value < 1n << 32n ? BigInt.asIntN(32, value) : BigInt.asIntN(64, value);
  const least = (text: string) => text.padStart(digits ?? 0, '0');
  switch (kind) {
    case 'p': return tick(BigInt.asUintN(dump.pointerSize * 8, value), dump.pointerSize);
    case 'N': return value.toString(16).padStart(dump.pointerSize * 2, '0');
    case 'd': case 'i': return `${signed < 0n ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : ''}${least((signed < 0n ? -signed : signed).toString())}`;
    case 'u': return least(value.toString());
    case 'x': return `${flags.includes('#') && value ? '0x' : ''}${least(value.toString(16))}`;
    case 'X': return `${flags.includes('#') && value ? '0X' : ''}${least(value.toString(16).toUpperCase())}`;
    case 'o': return `${flags.includes('#') ? '0' : ''}${least(value.toString(8))}`;
    case 'c': case 'C': return String.fromCharCode(Number(value & 0xffffn));
    case 'ma': case 's': case 'a': return memory.utf8(address, digits ?? MAX_TEXT);
    case 'mu': case 'S': return memory.utf16(address, digits ?? MAX_TEXT);
    case 'msa': case 'msu': return countedText(memory, address, kind === 'msu');
    case 'y': case 'ly': return nameOf(context, address) || value.toString(16);
    default: {
      floats.setBigUint64(0, value);
      const number = floats.getFloat64(0);
      if (/e/i.test(kind)) return number.toExponential(digits ?? 6).replace(/e([+-])(\d)$/, 'e$10$2');
      return kind === 'f' ? number.toFixed(Math.min(100, digits ?? 6)) : String(Number(number.toPrecision(Math.min(100, digits || 6))));
    }
  }
}

function pad(text: string, flags: string, width: number | undefined): string {
  if (width === undefined || text.length >= Math.abs(width)) return text;
  if (flags.includes('-') || width < 0) return text.padEnd(Math.abs(width));
  if (!flags.includes('0')) return text.padStart(width);
  const head = /^[-+ ]?(?:0x)?/i.exec(text)?.[0] ?? '';
  return head + text.slice(head.length).padStart(width - head.length, '0');
}

function splitArguments(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quoted = false;
  let current = '';
  for (const c of text) {
    if (c === '"') quoted = !quoted;
    else if (!quoted && c === '(') depth++;
    else if (!quoted && c === ')') depth--;
    if (c === ',' && depth === 0 && !quoted) {
      parts.push(current);
      current = '';
    } else current += c;
  }
  return [...parts, current].map((p) => p.trim()).filter(Boolean);
}
