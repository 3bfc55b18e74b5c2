import { isDumpError } from '../../bytes/index.ts';
import type { StressLogHeader, StressMessage } from '../../runtime/index.ts';
import type { CommandContext } from '../context.ts';
import { nameOf } from '../windbg/symbol-name.ts';
import { cValue, directiveAt } from './c-format.ts';

/** Facilities by bit (inc/loglf.h). */
const FACILITIES = [
  'GC', 'GCINFO', 'STUBS', 'JIT', 'LOADER', 'METADATA', 'SYNC', 'EEMEM', 'GCALLOC', 'CORDB', 'CLASSLOADER', 'CORPROF', 'DIAGNOSTICS_PORT', 'DBGALLOC', 'EH', 'ENC',
  'ASSERT', 'VERIFIER', 'THREADPOOL', 'GCROOTS', 'INTEROP', 'MARSHALER', 'TIEREDCOMPILATION', 'ZAP', 'STARTUP', 'APPDOMAIN', 'CODESHARING', 'STORE', 'SECURITY', 'LOCKS', 'BCL', 'ALWAYS',
] as const;
const FILETIME_EPOCH = 11_644_473_600;
const MAX_STRING = 255;

function facilityName(facility: number): string {
  if (facility === 0xffffffff) return '`ALL`';
  return `\`${FACILITIES.map((name, bit) => ((facility >>> bit) & 1 ? `${name}\`` : '')).join('')}`;
}

const clock = (seconds: number) => new Date(seconds * 1000).toISOString().slice(11, 19);
const signed = (value: number) => value | 0;

/** What SOS prints above the messages; `total` in seconds. Times are UTC. */
export function* headerLines(h: StressLogHeader, threads: number, total: number): Generator<string> {
  const start = Number(h.startTime) / 1e7 - FILETIME_EPOCH;
  yield 'STRESS LOG:';
  yield `    facilitiesToLog  = 0x${h.facilities.toString(16)}`;
  yield `    levelToLog       = ${signed(h.level)}`;
  yield `    MaxLogSizePerThread = 0x${h.maxPerThread.toString(16)} (${signed(h.maxPerThread)})`;
  yield `    MaxTotalLogSize = 0x${h.maxTotal.toString(16)} (${signed(h.maxTotal)})`;
  yield `    CurrentTotalLogChunk = ${signed(h.chunks)}`;
  yield `    ThreadsWithLogs  = ${threads}`;
  yield `    Clock frequency  = ${(h.frequency / 1e9).toFixed(3).padStart(5)} GHz`;
  yield `    Start time         ${inRange(start) ? clock(start) : 'BAD TIME'}`;
  yield `    Last message time  ${inRange(start + total) ? clock(start + total) : 'BAD TIME'}`;
  yield `    Total elapsed time ${total.toFixed(3).padStart(5)} sec`;
}

const inRange = (seconds: number) => Math.abs(seconds) < 8.64e12;

/** A message as a row of the log; its own line end included, as SOS does. */
export function messageText(context: CommandContext, message: StressMessage): string {
  const head = `${message.threadId.toString(16).padStart(4)} ${message.seconds.toFixed(9).padStart(13)} : ${facilityName(message.facility).padEnd(20)} `;
  return `${head}${formatMessage(context, message)}\n`;
}

/** The message: printf with SOS's own endings of %p, and with braces swapped, since the log is read backwards. */
function formatMessage(context: CommandContext, { format, args }: StressMessage): string {
  const system = context.dump.os === 'windows' ? 'windows' : 'linux';
  let text = '';
  let next = 0;
  for (let i = 0; i < format.length; ) {
    const directive = format[i] === '%' ? directiveAt(format, i) : undefined;
    if (!directive) {
      text += format[i] === '{' ? '}' : format[i] === '}' ? '{' : format[i];
      i++;
      continue;
    }
    i = directive.end;
    if (directive.conversion === '%') {
      text += '%';
      continue;
    }
    const value = args[next++] ?? 0n;
    text += cValue(directive, value, system, (at, wide) => readText(context, at, wide));
    const special = directive.conversion === 'p' ? SPECIAL[format[i]] : undefined;
    if (special) {
      text += special(context, Number(value));
      i++;
    }
  }
  return text;
}

function readText({ memory }: CommandContext, at: bigint, wide: boolean): string {
  try {
    return wide ? memory.utf16(Number(at), MAX_STRING) : memory.utf8(Number(at), MAX_STRING);
  } catch (error) {
    if (isDumpError(error)) return '(#Could not read address of string#)';
    throw error;
  }
}

/** Letters behind %p: method, type, vtable, code. */
const SPECIAL: Readonly<Record<string, (context: CommandContext, value: number) => string>> = {
  M: ({ clr }, value) => {
    const method = value ? clr.methods.find(value) : undefined;
    return method ? ` (${method.signature})` : value ? ' (BAD Method)' : '';
  },
  T: ({ clr }, value) => {
    // The GC keeps marks in the lowest bits.
    const low = value % 4;
    const table = clr.types.find(value - low);
    return `${low ? ' Low Bit(s) Set' : ''}${table ? ` (${clr.types.name(table.address, 'sos')})` : ' (BAD MethodTable)'}`;
  },
  V: () => ' (Unknown VTable)',
  K: (context, value) => ` (${nameOf(context, value) || 'Unknown function'})`,
};
