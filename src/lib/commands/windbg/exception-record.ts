import { ContractError } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import { isWow64, pointers, readWindowsContext } from '../../container/index.ts';
import type { ExceptionRecord, Registers } from '../../container/index.ts';
import { wow64Registers } from '../../memory/index.ts';
import { line, message } from '../../output/index.ts';
import type { OutputNode } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { evaluateAddress, tick } from './expression.ts';
import { selectThread } from './scope.ts';
import { nameOf, symbolAt } from './symbol-name.ts';
import { exceptionName, signalName } from './target.ts';

/** EXCEPTION_MAXIMUM_PARAMETERS. */
const MAX_PARAMETERS = 15;
const ACCESS_VIOLATION = 0xc0000005;

/** Lines of general registers as WinDbg lays them out; `flags`: those in front of the flags. */
const REGISTER_ROWS = {
  rip: { digits: 16, rows: [['rax', 'rbx', 'rcx'], ['rdx', 'rsi', 'rdi'], ['rip', 'rsp', 'rbp'], ['r8', 'r9', 'r10'], ['r11', 'r12', 'r13'], ['r14', 'r15']], flags: [] },
  eip: { digits: 8, rows: [['eax', 'ebx', 'ecx', 'edx', 'esi', 'edi']], flags: ['eip', 'esp', 'ebp'] },
} as const;

/** General registers as WinDbg lays them out on x64 and x86; other architectures one a line. */
export function* registerLines(registers: Registers): Generator<OutputNode> {
  const value = (name: string, digits: number) => (registers[name] ?? 0n).toString(16).padStart(digits, '0');
  const set = registers['rip'] !== undefined ? REGISTER_ROWS.rip : registers['eip'] !== undefined ? REGISTER_ROWS.eip : undefined;
  if (!set) {
    yield line(Object.entries(registers).map(([name, v]) => `${name}=${v.toString(16).padStart(8, '0')}`).join(' '));
    return;
  }
  const named = (names: readonly string[]) => names.map((n) => `${n.padStart(3)}=${value(n, set.digits)} `).join('');
  for (const names of set.rows) yield line(named(names).trimEnd());
  const flags = Number(registers['eflags'] ?? 0n);
  const bit = (n: number, on: string, off: string) => ((flags >> n) & 1 ? on : off);
  yield line(`${named(set.flags)}iopl=${(flags >> 12) & 3}         ${[bit(11, 'ov', 'nv'), bit(10, 'dn', 'up'), bit(9, 'ei', 'di'), bit(7, 'ng', 'pl'), bit(6, 'zr', 'nz'), bit(4, 'ac', 'na'), bit(2, 'pe', 'po'), bit(0, 'cy', 'nc')].join(' ')}`);
  yield line(`${['cs', 'ss', 'ds', 'es', 'fs', 'gs'].map((n) => `${n}=${value(n, 4)}`).join('  ')}             efl=${value('eflags', 8)}`);
}

/** Registers as `r` shows them, with the name of the function they are in. */
export function* contextLines(context: CommandContext, registers: Registers): Generator<OutputNode> {
  yield* registerLines(registers);
  const { ip } = pointers(registers);
  const name = nameOf(context, ip);
  if (name) yield line(`${name}:`);
}

/** Of a WOW64 process, the 32-bit half of the current thread. */
export function* guestLines(context: CommandContext): Generator<OutputNode> {
  const { dump, memory, session } = context;
  const thread = dump.threads[session.thread];
  const guest = thread && isWow64(dump) ? wow64Registers(memory, thread.teb) : undefined;
  if (!guest) return;
  yield message('dim', { en: 'The thread runs 32-bit code (WOW64); its registers there:', 'zh-tw': '這個執行緒執行 32 位元程式碼（WOW64），當時的暫存器如下：' });
  yield* registerLines(guest);
}

export const ecxr: CommandDef = {
  name: '.ecxr',
  host: 'windbg',
  group: 'exceptions',
  summary: { en: 'Registers at the stored exception; k, r and clrstack start there until .cxr.', 'zh-tw': '已儲存之例外狀況當下的暫存器；k、r、clrstack 從那裡開始，直到 .cxr。' },
  examples: ['.ecxr', '.ecxr; k'],
  *run(context) {
    const { exception, threads } = context.dump;
    if (!exception?.registers || Object.keys(exception.registers).length === 0) {
      yield line("Minidump doesn't have an exception context");
      yield line('Unable to get exception context, HRESULT 0x80004002');
      if (context.dump.os === 'linux') yield message('dim', { en: 'A Linux core has no such record: the interrupted frame lies on the thread’s stack, and k goes through it.', 'zh-tw': 'Linux 的 core 沒有這種記錄：被中斷的框架就在執行緒的堆疊上，k 會走過去。' });
      return;
    }
    selectThread(context, Math.max(0, threads.findIndex((t) => t.id === exception.threadId)));
    context.session.scope = exception.registers;
    yield* contextLines(context, exception.registers);
  },
};

/** CONTEXT of winnt.h; the runtime uses it on Linux too. */
const CONTEXT_SIZE = { x64: 0x4d0, x86: 0x2cc, arm64: 0x390, arm: 0x1a0 } as const;

export const cxr: CommandDef = {
  name: '.cxr',
  host: 'windbg',
  group: 'exceptions',
  summary: { en: 'Uses the CONTEXT record at an address for k, r and clrstack; without one, the thread’s own registers again.', 'zh-tw': '以某位址的 CONTEXT 記錄作為 k、r、clrstack 的暫存器；不加位址則恢復執行緒自己的暫存器。' },
  details: { en: 'The .NET runtime writes the same record on Linux. ucontext_t, which the kernel pushes for signals, is another: k reads it by itself.', 'zh-tw': '.NET 執行階段在 Linux 上也寫入相同的記錄。核心為訊號推入的 ucontext_t 則不同，k 會自行讀取。' },
  args: [{ name: 'address', kind: 'rest', optional: true, help: { en: 'Address of a CONTEXT.', 'zh-tw': 'CONTEXT 的位址。' } }],
  examples: ['.cxr'],
  *run(context, args) {
    if (!args.raw) {
      context.session.scope = undefined;
      yield line('Resetting default scope');
      return;
    }
    const { dump, memory } = context;
    const at = evaluateAddress(context, args.raw);
    if (!memory.has(at, CONTEXT_SIZE[dump.architecture])) {
      yield line(`Unable to read context, Win32 error 0n30`);
      return;
    }
    const registers = readWindowsContext(dump.architecture, memory.read(at, CONTEXT_SIZE[dump.architecture]));
    if (Object.keys(registers).length === 0) throw new ContractError(`a CONTEXT of ${dump.architecture} cannot be read`);
    context.session.scope = registers;
    yield* contextLines(context, registers);
  },
};

/** EXCEPTION_RECORD (winnt.h): code, flags, next record, address, count, parameters. */
function recordAt({ dump, memory }: CommandContext, at: Address): ExceptionRecord {
  const word = dump.pointerSize;
  const count = Math.min(memory.u32(at + 8 + 2 * word), MAX_PARAMETERS);
  const first = at + 8 + 2 * word + word;
  return {
    threadId: 0, code: memory.u32(at), flags: memory.u32(at + 4), address: memory.pointer(at + 8 + word),
    parameters: Array.from({ length: count }, (_, i) => (word === 8 ? memory.big64(first + 8 * i) : BigInt(memory.u32(first + 4 * i)))),
  };
}

export const exr: CommandDef = {
  name: '.exr',
  host: 'windbg',
  group: 'exceptions',
  summary: { en: 'An exception record: the one stored in the dump (.exr -1), or one in memory.', 'zh-tw': '例外狀況記錄：傾印中儲存的（.exr -1），或記憶體中的。' },
  args: [{ name: 'address', kind: 'rest', optional: true, help: { en: '-1 for the stored one, or the address of an EXCEPTION_RECORD.', 'zh-tw': '-1 表示已儲存的記錄，或 EXCEPTION_RECORD 的位址。' } }],
  examples: ['.exr -1'],
  *run(context, args) {
    const { pointerSize } = context.dump;
    const stored = args.raw === '' || args.raw === '-1';
    const exception = stored ? context.dump.exception : recordAt(context, evaluateAddress(context, args.raw));
    if (!exception) {
      yield line('Last event was not an exception');
      return;
    }
    const symbol = symbolAt(context, exception.address);
    const where = symbol ? ` (${symbol.text}${symbol.offset ? `+0x${symbol.offset.toString(16).padStart(pointerSize * 2, '0')}` : ''})` : '';
    const name = context.dump.os === 'windows' || !stored ? exceptionName(exception.code) : signalName(exception.code);
    yield line(`ExceptionAddress: ${tick(exception.address, pointerSize)}${where}`);
    yield line(`   ExceptionCode: ${exception.code.toString(16)} (${name})`);
    yield line(`  ExceptionFlags: ${exception.flags.toString(16).padStart(8, '0')}`);
    yield line(`NumberParameters: ${exception.parameters.length}`);
    for (const [i, parameter] of exception.parameters.entries()) yield line(`   Parameter[${i}]: ${parameter.toString(16).padStart(pointerSize * 2, '0')}`);
    if (exception.code === ACCESS_VIOLATION && exception.parameters.length >= 2) {
      const [how, at] = exception.parameters;
      yield line(`Attempt to ${how === 0n ? 'read from' : how === 1n ? 'write to' : 'execute non-executable'} address ${at.toString(16).padStart(pointerSize * 2, '0')}`);
    }
    if (stored) yield { kind: 'fact', subject: 'exception', values: { code: exception.code.toString(16), hresult: ((exception.parameters[0] ?? 0n) & 0xffffffffn).toString(16) } };
  },
};
