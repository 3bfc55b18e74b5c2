/** How the C runtime of a system prints what C leaves open: pointers. */
export type CRuntime = 'windows' | 'linux';

/** One directive of a printf format: flags, width, precision, length, conversion. */
const DIRECTIVE = /%([-+ #0]*)(\d+)?(?:\.(\d+))?(hh|h|ll|l|I64|I32|I|z|t|j)?([diuxXopcsSfFeEgG%])/y;
const MAX_WIDTH = 1024;

export interface Directive { readonly flags: string; readonly width: number | undefined; readonly precision: number | undefined; readonly length: string; readonly conversion: string; readonly end: number }

/** The directive at a percent sign, or undefined when it is none. */
export function directiveAt(format: string, at: number): Directive | undefined {
  DIRECTIVE.lastIndex = at;
  const match = DIRECTIVE.exec(format);
  if (!match) return undefined;
  const number = (text: string | undefined) => (text === undefined ? undefined : Math.min(MAX_WIDTH, Number(text)));
  return { flags: match[1], width: number(match[2]), precision: number(match[3]), length: match[4] ?? '', conversion: match[5], end: at + match[0].length };
}

const view = new DataView(new ArrayBuffer(8));

/** A 64-bit argument as C prints it; `text` reads what a string argument points to. */
export function cValue(d: Directive, value: bigint, system: CRuntime, text: (value: bigint, wide: boolean) => string): string {
  return pad(d, convert(d, value, system, text));
}

function convert(d: Directive, value: bigint, system: CRuntime, text: (value: bigint, wide: boolean) => string): string {
  const bits = d.length === 'hh' ? 8 : d.length === 'h' ? 16 : /^(ll|I64|I|z|t|j)$/.test(d.length) || (d.length === 'l' && system === 'linux') ? 64 : 32;
  const unsigned = BigInt.asUintN(bits, value);
  const signed = BigInt.asIntN(bits, value);
  const least = (digits: string) => digits.padStart(d.precision ?? 0, '0');
  switch (d.conversion) {
    case 'd': case 'i': return `${signed < 0n ? '-' : d.flags.includes('+') ? '+' : d.flags.includes(' ') ? ' ' : ''}${least((signed < 0n ? -signed : signed).toString())}`;
    case 'u': return least(unsigned.toString());
    case 'x': return `${d.flags.includes('#') && unsigned ? '0x' : ''}${least(unsigned.toString(16))}`;
    case 'X': return `${d.flags.includes('#') && unsigned ? '0X' : ''}${least(unsigned.toString(16).toUpperCase())}`;
    case 'o': return least(unsigned.toString(8));
    case 'p': return pointer(value, system);
    case 'c': return String.fromCharCode(Number(value & 0xffn));
    case 's': case 'S': return text(value, (d.conversion === 'S') !== (d.length === 'l')).slice(0, d.precision);
    default: {
      view.setBigUint64(0, value);
      const number = view.getFloat64(0);
      const precision = Math.min(100, d.precision ?? 6);
      if (/f/i.test(d.conversion)) return number.toFixed(precision);
      if (/e/i.test(d.conversion)) return number.toExponential(precision).replace(/e([+-])(\d)$/, 'e$10$2');
      return String(Number(number.toPrecision(precision || 1)));
    }
  }
}

function pointer(value: bigint, system: CRuntime): string {
  if (system === 'windows') return value.toString(16).toUpperCase().padStart(16, '0');
  return value === 0n ? '(nil)' : `0x${value.toString(16)}`;
}

function pad({ flags, width }: Directive, text: string): string {
  if (width === undefined || text.length >= width) return text;
  if (flags.includes('-')) return text.padEnd(width);
  if (!flags.includes('0')) return text.padStart(width);
  const head = /^[-+ ]?(?:0x)?/i.exec(text)?.[0] ?? '';
  return head + text.slice(head.length).padStart(width - head.length, '0');
}
