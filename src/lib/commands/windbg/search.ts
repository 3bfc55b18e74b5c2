import type { Address } from '../../bytes/index.ts';
import { line, link, progress } from '../../output/index.ts';
import type { CommandRun, OutputNode } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { ArgumentError } from '../parse.ts';
import { evaluate, evaluateAddress, tick } from './expression.ts';

/** Bytes looked at between two signs of life. */
const CHUNK = 1 << 18;
const MAX_PATTERN = 4096;
const MAX_FACTS = 500;
const WIDTHS = { b: 1, w: 2, d: 4, q: 8 } as const;
type Kind = keyof typeof WIDTHS | 'a' | 'u';

/** `s [-b|-w|-d|-q|-a|-u] range pattern`: every place in the captured memory of a range where the pattern stands. */
export const search: CommandDef = {
  name: 's',
  host: 'windbg',
  group: 'memory',
  summary: { en: 'Searches memory: s -a range "text", s -u range "text" (UTF-16), s -b|-w|-d|-q range values.', 'zh-tw': '搜尋記憶體：s -a 範圍 "文字"、s -u 範圍 "文字"（UTF-16）、s -b|-w|-d|-q 範圍 數值。' },
  details: {
    en: 'The range is start and end, or start L?length. Only memory that is in the dump is searched. Text of .NET strings is UTF-16: use -u. The whole address space: s -u 0 L?7fffffffffff "text".',
    'zh-tw': '範圍是起訖位址，或 起點 L?長度。只搜尋傾印裡有的記憶體。.NET 字串是 UTF-16，請用 -u。搜尋整個位址空間：s -u 0 L?7fffffffffff "文字"。',
  },
  args: [{ name: 'pattern', kind: 'rest', optional: true, help: { en: 'Kind, range and pattern.', 'zh-tw': '種類、範圍與樣式。' } }],
  examples: ['s -u 0 L?7fffffffffff "OOM command"', 's -q @rsp L?4000 7c5cfd8'],
  *run(context, args): CommandRun {
    const { kind, start, end, pattern, step } = parse(context, args.raw);
    const ranges = context.dump.ranges.filter((r) => r.address < end && r.address + r.size > start);
    const total = ranges.reduce((sum, r) => sum + Math.min(r.address + r.size, end) - Math.max(r.address, start), 0);
    let done = 0;
    let found = 0;
    let next = start;
    for (const range of ranges) {
      const stop = Math.min(range.address + range.size, end);
      for (let at = Math.max(range.address, start); at < stop; at += CHUNK) {
        // A hit may begin in this chunk and end in the next, or in an adjoining range.
        const bytes = context.memory.readUpTo(at, Math.min(stop - at, CHUNK) + pattern.length - 1);
        for (let i = indexOf(bytes, pattern, 0); i >= 0 && i < CHUNK; i = indexOf(bytes, pattern, i + 1)) {
          const address = at + i;
          if (address >= stop || address + pattern.length > end) break;
          if (address < next || (address - start) % step !== 0) continue;
          next = address + step;
          yield row(context, address, kind);
          if (found++ < MAX_FACTS) yield { kind: 'fact', subject: 'object', address, values: { found: true } };
        }
        done += Math.min(CHUNK, stop - at);
        yield progress(done, total);
      }
    }
  },
};

interface Wanted { readonly kind: Kind; readonly start: Address; readonly end: Address; readonly pattern: Uint8Array; readonly step: number }

function parse(context: CommandContext, raw: string): Wanted {
  const match = /^(?:-(?:\[[^\]]*\])?([bwdqau])\s+)?([^\s-]\S*)\s+(?:(L\??)(\S+)|(\S+))\s+(.+)$/is.exec(raw.trim());
  if (!match) throw new ArgumentError('Syntax error: s [-b|-w|-d|-q|-a|-u] start L?length pattern', 's');
  const kind = (match[1]?.toLowerCase() ?? 'b') as Kind;
  const start = evaluateAddress(context, match[2]);
  const unit = kind === 'a' || kind === 'u' ? 1 : WIDTHS[kind];
  const end = match[4] !== undefined ? start + Number(evaluate(context, match[4])) * unit : evaluateAddress(context, match[5]) + 1;
  if (!(end > start)) throw new ArgumentError(`Range error in '${raw}'`, 's');
  if (kind === 'a' || kind === 'u') return { kind, start, end, pattern: textPattern(match[6], kind), step: 1 };
  const width = WIDTHS[kind];
  const values = match[6].trim().split(/\s+/).map((word) => evaluate(context, word));
  const pattern = new Uint8Array(values.length * width);
  for (const [i, value] of values.entries()) for (let b = 0; b < width; b++) pattern[i * width + b] = Number((value >> BigInt(8 * b)) & 0xffn);
  if (pattern.length > MAX_PATTERN) throw new ArgumentError('The pattern is too long', 's');
  return { kind, start, end, pattern, step: width };
}

function textPattern(word: string, kind: 'a' | 'u'): Uint8Array {
  const text = /^"(.*)"$/s.exec(word.trim())?.[1] ?? word.trim();
  if (text.length === 0 || text.length > MAX_PATTERN) throw new ArgumentError(`Invalid pattern '${word}'`, 's');
  if (kind === 'a') return new TextEncoder().encode(text);
  const bytes = new Uint8Array(2 * text.length);
  for (let i = 0; i < text.length; i++) {
    bytes[2 * i] = text.charCodeAt(i) & 0xff;
    bytes[2 * i + 1] = text.charCodeAt(i) >> 8;
  }
  return bytes;
}

/** First place of the pattern from an index on: the engine's own search finds its first byte. */
function indexOf(bytes: Uint8Array, pattern: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(pattern[0], from); at >= 0 && at + pattern.length <= bytes.length; at = bytes.indexOf(pattern[0], at + 1)) {
    let i = 1;
    while (i < pattern.length && bytes[at + i] === pattern[i]) i++;
    if (i === pattern.length) return at;
  }
  return -1;
}

/** Sixteen bytes from the hit on, in the debugger's form for the kind. */
function row(context: CommandContext, address: Address, kind: Kind): OutputNode {
  const bytes = context.memory.readUpTo(address, 16);
  const group = kind === 'b' || kind === 'a' ? 1 : kind === 'u' ? 2 : WIDTHS[kind];
  const cells: string[] = [];
  for (let i = 0; i + group <= bytes.length; i += group) cells.push([...bytes.subarray(i, i + group)].reverse().map((b) => b.toString(16).padStart(2, '0')).join('').replace(/^(.{8})(.{8})$/, '$1`$2'));
  const body = group === 1 ? `${cells.slice(0, 8).join(' ')}${cells.length > 8 ? '-' : ''}${cells.slice(8).join(' ')}`.padEnd(48) : cells.join(' ');
  const text = kind === 'u'
    ? cells.map((c) => printable(Number.parseInt(c, 16))).join('')
    : group === 8 ? '' : [...bytes].map(printable).join('');
  const display = kind === 'u' ? 'du' : kind === 'a' || kind === 'b' ? 'db' : `d${kind}`;
  return line(link(tick(address, context.dump.pointerSize), `${display} ${address.toString(16)}`), `  ${body}  ${text}`.trimEnd());
}

const printable = (code: number) => (code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : '.');
