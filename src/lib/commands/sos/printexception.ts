import { ContractError, hex, isDumpError } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import { StackFlag } from '../../heap/index.ts';
import type { ExceptionFrame, ExceptionObject } from '../../heap/index.ts';
import { line, link } from '../../output/index.ts';
import type { OutputNode } from '../../output/index.ts';
import { activeNativeCode, fileName } from '../../runtime/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { upper } from './pointer-text.ts';

const TWO32 = 4294967296;
const MAX_NESTED = 1000;
const NESTED = 'Nested exception -------------------------------------------------------------';

export const printexception: CommandDef = {
  name: 'printexception',
  aliases: ['pe'],
  host: 'sos',
  byShape: true,
  group: 'exceptions',
  summary: {
    en: 'Shows an exception: type, message, inner exception, stack trace and HResult. Without an address: the last one of the current thread.',
    'zh-tw': '顯示一個例外狀況的型別、訊息、內部例外狀況、堆疊追蹤與 HResult；不給位址時顯示目前執行緒最後的例外狀況。',
  },
  options: [
    { name: '-nested', help: { en: 'Also the exceptions that were being handled when it was thrown.', 'zh-tw': '一併顯示擲回時正在處理的巢狀例外狀況。' } },
    { name: '-lines', aliases: ['-l'], help: { en: 'Source lines of frames whose module’s PDB is at hand.', 'zh-tw': '加上原始碼行號（該模組的 PDB 已在手邊時）。' } },
    { name: '-ccw', value: 'hex', help: { en: 'Address of a COM callable wrapper instead of an object.', 'zh-tw': '改用 COM 可呼叫包裝函式的位址。' } },
    { name: '-d', help: { en: 'Print links (always on here).', 'zh-tw': '輸出連結（此處一律啟用）。' } },
  ],
  args: [{ name: 'address', kind: 'hex', optional: true, help: { en: 'Address of the exception object.', 'zh-tw': '例外狀況物件的位址。' } }],
  examples: ['pe', 'pe -nested', 'printexception 7c5cfd8'],
  *run(context, args) {
    if (args.has('-ccw')) {
      yield line(`Invalid CCW pointer ${args.text('-ccw')}`);
      return;
    }
    const { clr } = context;
    const { inferred } = clr.target;
    const native = context.dump.threads[context.session.thread];
    const thread = native && clr.threads.byOsId(native.id);
    const given = args.number('address');
    if (given === undefined && inferred) throw new ContractError('which exception a thread holds is not known here: give its address', { en: 'dumpexceptions lists every exception on the heap.', 'zh-tw': 'dumpexceptions 會列出堆積上的每個例外狀況。' });
    if (given === undefined && args.raw.replace(/-\S+/g, '').trim() === '' && !thread) {
      yield line('The current thread is unmanaged');
      return;
    }
    const address = given ?? thread?.lastThrown ?? 0;
    if (!address) {
      yield line(given === undefined ? 'There is no current managed exception on this thread' : `Invalid exception object ${args.text('address')}`);
      return;
    }
    const lines = args.has('-lines');
    yield* exceptionText(context, address, lines);
    if (!thread) {
      if (!inferred) yield line('The current thread is unmanaged');
      return;
    }
    const nested = clr.threads.exceptionsInFlight(thread).slice(1, MAX_NESTED);
    if (nested.length === 0) return;
    if (!args.has('-nested')) {
      yield line('There are nested exceptions on this thread. Run with -nested for details');
      return;
    }
    for (const inner of nested) {
      yield line();
      yield line(NESTED);
      yield* exceptionText(context, inner, lines);
    }
  },
};

function* exceptionText(context: CommandContext, address: Address, lines: boolean): Generator<OutputNode> {
  const { clr } = context;
  const exception = clr.exceptions.find(address);
  if (!exception) {
    yield line(clr.objects.find(address) ? 'Not a valid exception object' : `Invalid exception object: ${context.memory.hex(address)}`);
    return;
  }
  yield line('Exception object: ', link(context.memory.hex(address), `!do ${hex(address)}`));
  yield line(`Exception type:   ${exception.typeName}`);
  // A message may hold newlines; each becomes a line of its own, as on a console.
  const message = exception.message ?? '<none>';
  const [first, ...more] = message.split('\n');
  yield line(`Message:          ${first}`);
  for (const text of more) yield line(text);
  yield* innerText(context, exception);
  yield line('StackTrace (generated):');
  if (exception.frames.length) {
    const title = (text: string) => text.padEnd(2 * context.memory.pointerSize);
    yield line(`    ${title('SP')} ${title('IP')} Function`);
    for (const [i, frame] of exception.frames.entries()) yield frameText(context, frame, shownIp(context, frame, i === 0), lines ? sourceText(context, frame, i === 0) : '');
    yield line();
  } else yield line(exception.stackTrace ? '<Not Available>' : '<none>');
  yield line(`StackTraceString: ${exception.stackTraceString ?? '<none>'}`);
  if (exception.stackTraceString !== undefined) yield line();
  yield line(`HResult: ${hex(exception.hresult)}`);
  yield {
    kind: 'fact', subject: 'exception', address,
    values: { type: exception.typeName, message: exception.message ?? '', hresult: hex(exception.hresult), inner: hex(exception.inner), frames: exception.frames.length, method: topMethod(context, exception) },
  };
}

function topMethod(context: CommandContext, exception: ExceptionObject): string {
  const top = exception.frames[0];
  return (top && context.clr.methods.find(top.methodDesc)?.signature) ?? '';
}

function* innerText(context: CommandContext, exception: ExceptionObject): Generator<OutputNode> {
  if (!exception.inner) {
    yield line('InnerException:   <none>');
    return;
  }
  const table = context.clr.objects.find(exception.inner);
  if (!table) {
    yield line('InnerException:   <invalid MethodTable of inner exception>');
    return;
  }
  const prefix = context.session.host.debugger === 'windbg' ? '!' : '';
  const text = `${prefix}printexception ${upper(context, exception.inner)}`;
  yield line(`InnerException:   ${context.clr.types.name(table.address, 'sos')}, Use `, link(text, `!pe ${hex(exception.inner)}`), ' to see more.');
}

/**
 * What SOS adds to a stored ip. Stored is the return address less one, which it shows as it is on 64 bits and corrects on 32; the
 * instruction that a hardware exception stopped at is stored exactly, and that of the innermost frame shown as a return address on 64 bits.
 */
function shownIp(context: CommandContext, frame: ExceptionFrame, innermost: boolean): Address {
  // What the flags of .NET Framework mean is not known: the IP is shown as it is stored.
  if (context.clr.target.inferred) return frame.ip;
  const adjusted = (frame.flags & StackFlag.IpAdjusted) !== 0;
  return frame.ip + (context.memory.pointerSize === 4 ? Number(adjusted) : Number(innermost && !adjusted));
}

/** ` [file @ line]` of the call, or of the instruction that failed when the innermost frame is a hardware exception's. */
function sourceText({ clr }: CommandContext, frame: ExceptionFrame, innermost: boolean): string {
  const hardware = innermost && (frame.flags & StackFlag.IpAdjusted) === 0;
  const source = clr.sourceLines.of(frame.ip, !hardware);
  return source ? ` [${source.file} @ ${source.line}]` : '';
}

/** `    SP IP module!method+0x…`: the offset is the low 32 bits of ip minus the start of the code the method has today. */
function frameText(context: CommandContext, frame: ExceptionFrame, ip: Address, source: string): OutputNode {
  const { clr } = context;
  const head = `    ${upper(context, frame.sp)} ${upper(context, ip)} `;
  try {
    const method = clr.methods.find(frame.methodDesc);
    if (!method) return line(`${head}<unknown method>`);
    const start = activeNativeCode(clr.target, method, clr.code) ?? clr.code.find(frame.ip)?.start;
    const offset = start === undefined ? '' : `+0x${hex((((ip - start) % TWO32) + TWO32) % TWO32)}`;
    return line(`${head}${moduleName(context, method.methodTable.module)}!${method.signature}${offset}${source}`);
  } catch (error) {
    if (!isDumpError(error)) throw error;
    return line(`${head}<unknown method>`);
  }
}

/** A Windows debugger names modules without extension, dotnet-dump on Linux by file name. */
function moduleName(context: CommandContext, address: Address): string {
  const name = fileName(context.clr.modules.at(address).path);
  return context.dump.os === 'windows' ? name.replace(/\.(dll|exe)$/i, '') : name;
}
