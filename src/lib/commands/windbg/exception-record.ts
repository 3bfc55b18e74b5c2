import { line } from '../../output/index.ts';
import type { Registers } from '../../container/index.ts';
import type { OutputNode } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import { tick } from './expression.ts';
import { exceptionName } from './target.ts';

/** General registers as WinDbg lays them out on x64; other architectures one a line. */
export function* registerLines(registers: Registers): Generator<OutputNode> {
  const value = (name: string, digits: number) => (registers[name] ?? 0n).toString(16).padStart(digits, '0');
  if (registers['rip'] === undefined) {
    yield line(Object.entries(registers).map(([name, v]) => `${name}=${v.toString(16).padStart(8, '0')}`).join(' '));
    return;
  }
  for (const names of [['rax', 'rbx', 'rcx'], ['rdx', 'rsi', 'rdi'], ['rip', 'rsp', 'rbp'], ['r8', 'r9', 'r10'], ['r11', 'r12', 'r13'], ['r14', 'r15']]) {
    yield line(names.map((n) => `${n.padStart(3)}=${value(n, 16)}`).join(' '));
  }
  const flags = Number(registers['eflags'] ?? 0n);
  const bit = (n: number, on: string, off: string) => ((flags >> n) & 1 ? on : off);
  yield line(`iopl=${(flags >> 12) & 3}         ${[bit(11, 'ov', 'nv'), bit(10, 'dn', 'up'), bit(9, 'ei', 'di'), bit(7, 'ng', 'pl'), bit(6, 'zr', 'nz'), bit(4, 'ac', 'na'), bit(2, 'pe', 'po'), bit(0, 'cy', 'nc')].join(' ')}`);
  yield line(`${['cs', 'ss', 'ds', 'es', 'fs', 'gs'].map((n) => `${n}=${value(n, 4)}`).join('  ')}             efl=${value('eflags', 8)}`);
}

export const ecxr: CommandDef = {
  name: '.ecxr',
  host: 'windbg',
  group: 'exceptions',
  summary: { en: 'Registers at the stored exception.', 'zh-tw': '已儲存之例外狀況當下的暫存器。' },
  *run(context) {
    const { exception, threads } = context.dump;
    if (!exception?.registers || Object.keys(exception.registers).length === 0) {
      yield line("Minidump doesn't have an exception context");
      yield line('Unable to get exception context, HRESULT 0x80004002');
      return;
    }
    context.session.thread = Math.max(0, threads.findIndex((t) => t.id === exception.threadId));
    yield* registerLines(exception.registers);
  },
};

export const exr: CommandDef = {
  name: '.exr',
  host: 'windbg',
  group: 'exceptions',
  summary: { en: 'The exception record stored in the dump: .exr -1', 'zh-tw': '傾印中儲存的例外狀況記錄：.exr -1' },
  args: [{ name: 'address', kind: 'rest', optional: true, help: { en: '-1 for the stored one.', 'zh-tw': '-1 表示已儲存的記錄。' } }],
  examples: ['.exr -1'],
  *run(context) {
    const { exception, pointerSize } = context.dump;
    if (!exception) {
      yield line('Last event was not an exception');
      return;
    }
    yield line(`ExceptionAddress: ${tick(exception.address, pointerSize)}`);
    yield line(`   ExceptionCode: ${exception.code.toString(16)} (${exceptionName(exception.code)})`);
    yield line(`  ExceptionFlags: ${exception.flags.toString(16).padStart(8, '0')}`);
    yield line(`NumberParameters: ${exception.parameters.length}`);
    for (const [i, parameter] of exception.parameters.entries()) yield line(`   Parameter[${i}]: ${parameter.toString(16).padStart(16, '0')}`);
    yield { kind: 'fact', subject: 'exception', values: { code: exception.code.toString(16), hresult: ((exception.parameters[0] ?? 0n) & 0xffffffffn).toString(16) } };
  },
};
