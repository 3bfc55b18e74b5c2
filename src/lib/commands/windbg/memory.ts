import { line, link } from '../../output/index.ts';
import type { CommandRun } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { tick } from './expression.ts';
import { parseRange } from './range.ts';
import { readMemory } from './read-memory.ts';
import { nameOf } from './symbol-name.ts';

const MAX_BYTES = 1 << 20;
const LINE = 16;
const DEFAULT_BYTES = 128;

interface Range { readonly start: number; readonly count: number }

/** A range of elements of `size` bytes, at most `most` bytes. */
export function readRange(context: CommandContext, text: string, size: number, defaultCount: number, most = MAX_BYTES): Range {
  const { start, count, end } = parseRange(context, text);
  const elements = count ?? (end === undefined ? defaultCount : Math.max(1, Math.floor((end - start) / size) + 1));
  return { start, count: Math.min(elements, most / size) };
}

function byteAt(context: CommandContext, address: number): number | undefined {
  return context.memory.has(address) ? context.memory.u8(address) : undefined;
}

function ascii(bytes: readonly (number | undefined)[]): string {
  return bytes.map((b) => (b === undefined ? '?' : b >= 0x20 && b < 0x7f ? String.fromCharCode(b) : '.')).join('');
}

const address = [{ name: 'range', kind: 'rest', help: { en: 'Address, address Lcount, or start and end.', 'zh-tw': '位址、位址 L個數，或起訖位址。' } }] as const;

/** `fixed`: bytes of an element; undefined: those of a pointer. Lines of 16 bytes, 128 in all where no count is given. */
function dump(name: string, fixed: 1 | 2 | 4 | 8 | undefined, en: string, zh: string, withText: boolean): CommandDef {
  return {
    name, host: 'windbg', group: 'memory', summary: { en, 'zh-tw': zh }, args: address, examples: [`${name} @rsp`],
    *run(context, args): CommandRun {
      if (context.session.host.debugger === 'dotnet-dump') {
        yield* readMemory(context, args.calledAs, args.raw);
        return;
      }
      const size = fixed ?? context.dump.pointerSize;
      const perLine = LINE / size;
      const { start, count } = readRange(context, args.raw, size, DEFAULT_BYTES / size);
      for (let i = 0; i < count; i += perLine) {
        const at = start + i * size;
        const n = Math.min(perLine, count - i);
        const bytes = Array.from({ length: n * size }, (_, k) => byteAt(context, at + k));
        const cells = Array.from({ length: n }, (_, k) => cell(bytes.slice(k * size, (k + 1) * size), size));
        const body = name === 'db' ? `${cells.slice(0, 8).join(' ')}${cells.length > 8 ? '-' : ''}${cells.slice(8).join(' ')}`.padEnd(48) : cells.join(' ');
        yield line(`${tick(at, context.dump.pointerSize)}  ${body}${withText ? `  ${ascii(bytes)}` : ''}`);
        if (i % 4096 === 0) yield { kind: 'progress', done: i, total: count };
      }
    },
  };
}

function cell(bytes: readonly (number | undefined)[], size: number): string {
  if (bytes.some((b) => b === undefined)) return size === 8 ? `${'?'.repeat(8)}\`${'?'.repeat(8)}` : '?'.repeat(size * 2);
  const text = [...bytes].reverse().map((b) => (b ?? 0).toString(16).padStart(2, '0')).join('');
  return size === 8 ? `${text.slice(0, 8)}\`${text.slice(8)}` : text;
}

export const db: CommandDef = { ...dump('db', 1, 'Memory as bytes and characters.', '以位元組與字元顯示記憶體。', true), aliases: ['d', 'readmemory'] };
export const dw = dump('dw', 2, 'Memory as 16-bit words.', '以 16 位元字組顯示記憶體。', false);
export const dd = dump('dd', 4, 'Memory as 32-bit words.', '以 32 位元字組顯示記憶體。', false);
export const dc = dump('dc', 4, 'Memory as 32-bit words and characters.', '以 32 位元字組與字元顯示記憶體。', true);
export const dq = dump('dq', 8, 'Memory as 64-bit words.', '以 64 位元字組顯示記憶體。', false);
export const dp = dump('dp', undefined, 'Memory as pointers.', '以指標顯示記憶體。', false);

function text(name: 'da' | 'du', en: string, zh: string): CommandDef {
  const size = name === 'da' ? 1 : 2;
  const perLine = name === 'da' ? 48 : 32;
  return {
    name, host: 'windbg', group: 'memory', summary: { en, 'zh-tw': zh }, args: address, examples: [`${name} 790f018`],
    *run(context, args): CommandRun {
      if (context.session.host.debugger === 'dotnet-dump') {
        yield* readMemory(context, args.calledAs, args.raw);
        return;
      }
      const { start, count } = readRange(context, args.raw, size, 1024);
      let value = '';
      for (let i = 0; i < count; i++) {
        const code = size === 1 ? byteAt(context, start + i) : context.memory.has(start + 2 * i, 2) ? context.memory.u16(start + 2 * i) : undefined;
        if (!code) break;
        value += String.fromCharCode(code);
      }
      for (let i = 0; i === 0 || i < value.length; i += perLine) yield line(`${tick(start + i * size, context.dump.pointerSize)}  "${value.slice(i, i + perLine)}"`);
    },
  };
}

export const da = text('da', 'Memory as an ASCII string.', '以 ASCII 字串顯示記憶體。');
export const du = text('du', 'Memory as a UTF-16 string.', '以 UTF-16 字串顯示記憶體。');

/** Pointers with what they point at: managed methods, modules. */
export const dps: CommandDef = {
  name: 'dps',
  aliases: ['dqs', 'dds'],
  host: 'windbg',
  group: 'memory',
  summary: { en: 'Memory as pointers, with the method or module each one lies in.', 'zh-tw': '以指標顯示記憶體，並註明所屬的方法或模組。' },
  args: address,
  examples: ['dps @rsp L20'],
  *run(context, args): CommandRun {
    const size = context.dump.pointerSize;
    const { start, count } = readRange(context, args.raw, size, 16);
    for (let i = 0; i < count; i++) {
      const at = start + i * size;
      if (!context.memory.has(at, size)) {
        yield line(`${tick(at, size)}  ${'?'.repeat(8)}${size === 8 ? `\`${'?'.repeat(8)}` : ''}`);
        continue;
      }
      const value = context.memory.pointer(at);
      yield line(`${tick(at, size)}  `, link(tick(value, size), `dps ${value.toString(16)}`), ` ${nameOf(context, value)}`.trimEnd());
      if (i % 256 === 0) yield { kind: 'progress', done: i, total: count };
    }
  },
};
