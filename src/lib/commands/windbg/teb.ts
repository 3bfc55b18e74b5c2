import type { Address } from '../../bytes/index.ts';
import { regionAt } from '../../container/index.ts';
import { line, link, message } from '../../output/index.ts';
import type { CommandRun, OutputNode } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { evaluateAddress } from './expression.ts';
import { ntStatusText, win32Text } from './win32-errors.ts';

/** TEB offsets on x64 and x86 (winternl.h and the public symbols of ntdll). */
const LAYOUT = {
  8: { stackBase: 8, stackLimit: 0x10, subSystem: 0x18, fiber: 0x20, arbitrary: 0x28, self: 0x30, environment: 0x38, process: 0x40, thread: 0x48, rpc: 0x50, tls: 0x58, peb: 0x60, lastError: 0x68, ownedLocks: 0x6c, lastStatus: 0x1250, hardErrorMode: 0x16b0 },
  4: { stackBase: 4, stackLimit: 8, subSystem: 0xc, fiber: 0x10, arbitrary: 0x14, self: 0x18, environment: 0x1c, process: 0x20, thread: 0x24, rpc: 0x28, tls: 0x2c, peb: 0x30, lastError: 0x34, ownedLocks: 0x38, lastStatus: 0xbf4, hardErrorMode: 0xf28 },
} as const;

type Field = keyof (typeof LAYOUT)[8];

/** Lines of !teb: label, fields and how they are shown. */
const LINES: readonly (readonly [label: string, fields: readonly Field[], kind: 'pointer' | 'number' | 'hex'])[] = [
  ['StackBase:', ['stackBase'], 'pointer'], ['StackLimit:', ['stackLimit'], 'pointer'], ['SubSystemTib:', ['subSystem'], 'pointer'], ['FiberData:', ['fiber'], 'pointer'],
  ['ArbitraryUserPointer:', ['arbitrary'], 'pointer'], ['Self:', ['self'], 'pointer'], ['EnvironmentPointer:', ['environment'], 'pointer'], ['ClientId:', ['process', 'thread'], 'pointer'],
  ['RpcHandle:', ['rpc'], 'pointer'], ['Tls Storage:', ['tls'], 'pointer'], ['PEB Address:', ['peb'], 'pointer'], ['LastErrorValue:', ['lastError'], 'number'], ['LastStatusValue:', ['lastStatus'], 'hex'],
  ['Count Owned Locks:', ['ownedLocks'], 'number'], ['HardErrorMode:', ['hardErrorMode'], 'number'],
];

export const teb: CommandDef = {
  name: 'teb',
  host: 'sos',
  group: 'threads',
  summary: { en: 'The thread environment block: bounds of the stack, ids, last error.', 'zh-tw': '執行緒環境區塊：堆疊範圍、識別碼、最後的錯誤。' },
  args: [{ name: 'address', kind: 'rest', optional: true, help: { en: 'Address of another TEB.', 'zh-tw': '其他 TEB 的位址。' } }],
  examples: ['!teb'],
  *run(context, args): CommandRun {
    const { dump, memory, session } = context;
    if (dump.os === 'linux') {
      yield* linuxThread(context);
      return;
    }
    const at = args.raw ? evaluateAddress(context, args.raw) : (dump.threads[session.thread]?.teb ?? 0);
    const layout = LAYOUT[dump.pointerSize];
    yield line(`TEB at ${memory.hex(at)}`);
    if (!memory.has(at, dump.pointerSize)) {
      yield line('error InitTypeRead( TEB )...');
      yield message('dim', { en: 'The page of this TEB is not in the dump.', 'zh-tw': '這個 TEB 所在的記憶體頁不在傾印中。' });
      return;
    }
    yield row('ExceptionList:', memory.hex(memory.pointer(at)));
    for (const [label, fields, kind] of LINES) {
      const shown = fields.map((field) => {
        const place = at + layout[field];
        if (!memory.has(place, kind === 'pointer' ? dump.pointerSize : 4)) return '?'.repeat(8);
        return kind === 'pointer' ? memory.hex(memory.pointer(place)) : kind === 'hex' ? memory.u32(place).toString(16) : String(memory.u32(place));
      });
      yield row(label, shown.join(' . '));
    }
  },
};

const row = (label: string, text: string) => line(`    ${label.padEnd(22)}${text}`);

/** Linux has no TEB: what the dump knows of the thread instead. */
function* linuxThread({ dump, memory, session }: CommandContext): Generator<OutputNode> {
  const thread = dump.threads[session.thread];
  if (!thread) return;
  yield message('dim', { en: 'Linux threads have no TEB. What the dump holds of this one:', 'zh-tw': 'Linux 執行緒沒有 TEB。以下是傾印中關於此執行緒的資訊：' });
  const sp = Number(thread.registers['rsp'] ?? thread.registers['esp'] ?? 0n);
  const stack = regionAt(dump.regions, sp);
  yield row('Thread id:', `${thread.id.toString(16)} (${thread.id})`);
  yield row('Stack pointer:', memory.hex(sp));
  if (stack) yield row('Stack mapping:', `${memory.hex(stack.address)} . ${memory.hex(stack.address + stack.size)}`);
  yield row('FS base (TLS):', memory.hex(thread.teb));
  if (thread.signal) yield row('Signal:', String(thread.signal));
  if (thread.name) yield row('Name:', thread.name);
}

/** `!gle`: last error and status of the current thread, or of all. */
export const gle: CommandDef = {
  name: 'gle',
  host: 'sos',
  group: 'threads',
  summary: { en: 'The last error of the current thread (GetLastError); -all for every thread.', 'zh-tw': '目前執行緒的最後錯誤（GetLastError）；-all 顯示所有執行緒。' },
  options: [{ name: '-all', help: { en: 'Every thread.', 'zh-tw': '所有執行緒。' } }],
  examples: ['!gle', '!gle -all'],
  *run(context, args): CommandRun {
    const { dump, session } = context;
    if (dump.os === 'linux') {
      yield message('warning', {
        en: 'Linux has no GetLastError: errno lies in thread-local storage of the C library, at a place its private symbols tell. Managed code keeps its own copy: Marshal.GetLastPInvokeError.',
        'zh-tw': 'Linux 沒有 GetLastError：errno 位於 C 程式庫的執行緒區域儲存區，位置要靠私有符號才能得知。受控程式碼另有一份複本：Marshal.GetLastPInvokeError。',
      });
      return;
    }
    const threads = args.has('-all') ? dump.threads.map((thread, index) => ({ thread, index })) : [{ thread: dump.threads[session.thread], index: session.thread }];
    for (const { thread, index } of threads) {
      if (!thread) continue;
      if (args.has('-all')) yield line(`Last error for thread `, link(index.toString(16), `~${index}s`), ':');
      yield* lastError(context, thread.teb);
      if (args.has('-all')) yield line();
    }
  },
};

function* lastError({ dump, memory }: CommandContext, at: Address): Generator<OutputNode> {
  const layout = LAYOUT[dump.pointerSize];
  const error = memory.tryU32(at + layout.lastError);
  const status = memory.tryU32(at + layout.lastStatus);
  if (error === undefined) yield line('Unable to read last error: the TEB is not in the dump');
  else yield line(`LastErrorValue: (Win32) 0x${error.toString(16)} (${error}) - ${win32Text(error)}`);
  if (status !== undefined) yield line(`LastStatusValue: (NTSTATUS) 0x${status.toString(16)} - ${ntStatusText(status)}`);
}
