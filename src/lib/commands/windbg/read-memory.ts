import { line } from '../../output/index.ts';
import type { CommandRun } from '../../output/index.ts';
import type { CommandContext, MemoryFormat } from '../context.ts';
import { ArgumentError, parseNumber, splitWords } from '../parse.ts';

const MAX_COUNT = 1 << 20;
const MAX_TEXT = 1 << 16;
const DEFAULT_COUNT = 32;

/** What dotnet-dump's commands set before their own options (dotnet/diagnostics, ReadMemoryCommand.cs); length -1: a pointer. */
const FORMATS: Readonly<Record<string, MemoryFormat>> = {
  db: { count: 128, length: 1, width: 16, text: 'ascii' }, dc: { count: 64, length: 2, width: 8, text: 'unicode' }, da: { count: 128, length: 1, width: 0, text: 'ascii string' },
  du: { count: 128, length: 2, width: 0, text: 'unicode string' }, dw: { count: 128, length: 2, width: 0, text: undefined }, dd: { count: 64, length: 4, width: 0, text: undefined },
  dp: { count: 32, length: -1, width: 0, text: undefined }, dq: { count: 32, length: 8, width: 0, text: undefined },
};
const OPTIONS: Readonly<Record<string, 'count' | 'length' | 'width' | 'end'>> = { c: 'count', count: 'count', l: 'length', length: 'length', w: 'width', width: 'width', e: 'end', end: 'end' };

/** Reads memory as dotnet-dump does: format and place are remembered for the next `d`. */
export function* readMemory(context: CommandContext, command: string, raw: string): CommandRun {
  const { session, memory } = context;
  const format = { ...(FORMATS[command] ?? session.memoryFormat.format) };
  let at = session.memoryFormat.next;
  let end: number | undefined;
  const words = splitWords(raw);
  for (let i = 0; i < words.length; i++) {
    const option = /^--?([a-z]+)$/i.exec(words[i]);
    const name = option ? OPTIONS[option[1].toLowerCase()] : undefined;
    if (name === 'end') end = parseNumber(words[++i] ?? '');
    else if (name) format[name] = Number(words[++i] ?? 0) || 0;
    else at = parseNumber(words[i]) ?? at;
  }
  const size = format.length < 0 ? memory.pointerSize : [1, 2, 4, 8].includes(format.length) ? format.length : 4;
  format.length = size;
  if (end !== undefined) {
    if (end <= at) throw new ArgumentError('Cannot dump a negative range');
    format.count = Math.floor((end - at) / size);
  }
  if (format.text?.endsWith('string')) {
    const unit = format.text === 'unicode string' ? 2 : 1;
    let text = '';
    for (let code = codeAt(context, at, unit); code !== 0 && text.length < MAX_TEXT; code = codeAt(context, at, unit)) {
      text += printable(code);
      at += unit;
    }
    yield line(`Text: '${text}'`);
    session.memoryFormat = { format, next: at + unit };
    return;
  }
  format.count = Math.min(format.count > 0 ? format.count : DEFAULT_COUNT, MAX_COUNT);
  format.width = format.width > 0 ? format.width : Math.floor(32 / size);
  for (let done = 0; done < format.count; done += format.width) {
    const columns = Array.from({ length: format.width }, (_, i) => (done + i < format.count ? cell(context, at + i * size, size) : ' '.repeat(2 * size)));
    const shown = Math.min(format.width, format.count - done);
    const unit = format.text === 'unicode' ? 2 : 1;
    const text = format.text ? `  ${Array.from({ length: shown }, (_, i) => printable(codeAt(context, at + i * size, unit))).join('')}` : '';
    yield line(`${memory.hex(at)}: ${columns.join(' ')}${text}`);
    at += format.width * size;
    if (done % 4096 === 0) yield { kind: 'progress', done, total: format.count };
  }
  session.memoryFormat = { format, next: at };
}

function cell({ memory }: CommandContext, at: number, size: number): string {
  if (!memory.has(at, size)) return '?'.repeat(2 * size);
  return [...memory.read(at, size)].reverse().map((b) => b.toString(16).padStart(2, '0')).join('');
}

/** A character's code; that of a question mark where nothing can be read. */
function codeAt({ memory }: CommandContext, at: number, unit: number): number {
  if (!memory.has(at, unit)) return '?'.charCodeAt(0);
  return unit === 1 ? memory.u8(at) : memory.u16(at);
}

const printable = (code: number) => (code >= 0x20 && code <= 0x7e ? String.fromCharCode(code) : '.');
