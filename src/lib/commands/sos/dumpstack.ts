import { hex } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import { pointers } from '../../container/index.ts';
import { readSyncBlock } from '../../heap/index.ts';
import { line, link, message, progress } from '../../output/index.ts';
import type { CommandRun, Inline } from '../../output/index.ts';
import { callBefore, ThreadState } from '../../runtime/index.ts';
import type { ClrThread } from '../../runtime/index.ts';
import type { CommandDef, OptionDef } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { currentRegisters } from '../windbg/scope.ts';
import { managedCode, symbolAt } from '../windbg/symbol-name.ts';
import { upper } from './pointer-text.ts';

/** NT_TIB.StackBase and StackLimit (winnt.h), in pointers. */
const STACK_BASE = 1;
const STACK_LIMIT = 2;
/** What SOS looks through where no TEB tells the stack's end. */
const ASSUMED_SIZE = 0xffff;
const MAX_BYTES = 64 << 20;
const WORDS_PER_STEP = 64;
const MAX_BLOCKS = 1 << 20;
const UNUSED_ENTRIES = 1024;

const MANAGED_ONLY: OptionDef = { name: '-EE', help: { en: 'Managed functions only.', 'zh-tw': '只列受控函式。' } };

/** What a walk over a stack prints. */
interface Scope { readonly managedOnly: boolean; readonly top?: Address | undefined; readonly end?: Address | undefined }

export const dumpstack: CommandDef = {
  name: 'dumpstack',
  host: 'sos',
  group: 'threads',
  summary: { en: 'Every word of the stack that looks like a return address, with the function it returns to and the one that was called.', 'zh-tw': '列出堆疊上所有看似返回位址的字組，以及返回的函式與被呼叫的函式。' },
  details: {
    en: 'Nothing is unwound: leftovers of calls that have returned are listed too, and nothing is missed. clrstack and k show the calls that are under way.',
    'zh-tw': '不做回溯：已返回之呼叫的殘留也會列出，但不會遺漏任何呼叫。進行中的呼叫請看 clrstack 與 k。',
  },
  options: [
    MANAGED_ONLY,
    { name: '-n', help: { en: 'Without source lines (there are none here).', 'zh-tw': '不顯示原始碼行號（此處本來就沒有）。' } },
    { name: '-unwind', help: { en: 'Accepted as SOS does, without effect.', 'zh-tw': '與 SOS 相同，接受但沒有作用。' } },
  ],
  args: [
    { name: 'top', kind: 'hex', optional: true, help: { en: 'Where to begin; by default the stack pointer.', 'zh-tw': '起始位址，預設為堆疊指標。' } },
    { name: 'bottom', kind: 'hex', optional: true, help: { en: 'Where to stop; by default the base of the stack.', 'zh-tw': '結束位址，預設為堆疊底部。' } },
  ],
  examples: ['dumpstack -EE', '!dumpstack @rsp @rsp+200'],
  *run(context, args): CommandRun {
    const thread = context.dump.threads[context.session.thread];
    if (!thread) return;
    yield line(`OS Thread Id: 0x${hex(thread.id)} (${context.session.thread})`);
    yield* stackWords(context, { managedOnly: args.has('-EE'), top: args.number('top'), end: args.number('bottom') });
  },
};

export const eestack: CommandDef = {
  name: 'eestack',
  host: 'sos',
  group: 'threads',
  summary: { en: 'dumpstack on every thread the runtime knows.', 'zh-tw': '對執行階段所知的每個執行緒執行 dumpstack。' },
  details: {
    en: '-short leaves out threads that neither run managed code nor hold a lock nor are held up by the GC. (Today’s SOS shows all of them with it: the lock count it asks for is no longer kept.)',
    'zh-tw': '-short 會略過既未執行受控程式碼、也未持有鎖定、亦未被 GC 攔截的執行緒。（現行 SOS 加上此選項仍會全部列出，因為它查詢的鎖定計數已不再維護。）',
  },
  options: [MANAGED_ONLY, { name: '-short', help: { en: 'Only threads that are interesting: with a lock, stopped by the GC, or in managed code.', 'zh-tw': '只列值得注意的執行緒：持有鎖定、被 GC 攔截，或正在執行受控程式碼。' } }],
  examples: ['eestack -short -EE'],
  *run(context, args): CommandRun {
    const { clr, dump, session } = context;
    const before = { thread: session.thread, scope: session.scope };
    const owners = args.has('-short') ? lockOwners(context) : undefined;
    try {
      session.scope = undefined;
      for (const thread of clr.threads.list()) {
        const index = dump.threads.findIndex((t) => t.id === thread.osId);
        if (index < 0) continue;
        yield line('---------------------------------------------');
        yield line(`Thread ${String(index).padStart(3)}`);
        session.thread = index;
        if (!owners || owners.has(thread.address) || isInteresting(context, thread, index)) yield* stackWords(context, { managedOnly: args.has('-EE') });
        yield progress(index, dump.threads.length);
      }
    } finally {
      session.thread = before.thread;
      session.scope = before.scope;
    }
  },
};

/** Threads that hold a lock of the sync table. Its length is not published: a long run of unused entries ends it. */
function lockOwners({ clr }: CommandContext): Set<Address> {
  const owners = new Set<Address>();
  for (let index = 1, unused = 0; index < MAX_BLOCKS && unused < UNUSED_ENTRIES; index++) {
    const block = readSyncBlock(clr, index);
    unused = block?.address ? 0 : unused + 1;
    if (block?.owner) owners.add(block.owner);
  }
  return owners;
}

function isInteresting(context: CommandContext, thread: ClrThread, index: number): boolean {
  return (thread.state & ThreadState.Hijacked) !== 0 || managedCode(context, pointers(context.dump.threads[index].registers).ip) !== undefined;
}

function* stackWords(context: CommandContext, { managedOnly, top, end }: Scope): CommandRun {
  const { dump, memory } = context;
  const registers = currentRegisters(context) ?? {};
  const { sp, ip } = pointers(registers);
  const size = dump.pointerSize;
  const start = top || sp;
  const base = end || stackBase(context, start);
  if (!base) yield line('TEB information is not available so a stack size of 0xFFFF is assumed');
  const stop = base || start + ASSUMED_SIZE;
  if (stop < start) {
    yield line('Wrong option: stack selection wrong');
    return;
  }
  yield line('Current frame: ', ...(functionText(context, ip, managedOnly) ?? []));
  yield line(size === 8 ? 'Child-SP         RetAddr          Caller, Callee' : 'ChildEBP RetAddr  Caller, Callee');
  let unreadable = 0;
  for (let at = start - (start % size), words = 0; at < stop && at < start + MAX_BYTES; at += size, words++) {
    if (words % WORDS_PER_STEP === 0) yield progress(at - start, stop - start);
    const value = memory.tryPointer(at);
    if (value === undefined) break;
    const call = isCodeLike(context, value) ? callBefore(memory, value) : undefined;
    if (!call) continue;
    if (call === 'unreadable') {
      if (!memory.has(value)) unreadable++;
      continue;
    }
    const caller = functionText(context, value, managedOnly);
    if (!caller) continue;
    const callee = managedOnly || call.target === undefined ? [] : [', calling ', ...(functionText(context, call.target, false) ?? [])];
    yield line(`${upper(context, at - size)} `, link(memory.hex(value), `!ip2md ${hex(value)}`), ' ', ...caller, ...callee);
  }
  if (unreadable) {
    yield message('dim', {
      en: `${unreadable} more words point into code whose bytes are not in the dump: whether they are return addresses cannot be seen.`,
      'zh-tw': `另有 ${unreadable} 個字組指向傾印中沒有內容的程式碼，無法判斷是否為返回位址。`,
    });
  }
}

/** Cheap test before bytes of code are read. */
function isCodeLike(context: CommandContext, value: Address): boolean {
  return value > 0x1000 && (context.symbols.moduleAt(value) !== undefined || context.memory.has(value));
}

/** Base of the stack by the TEB; 0 where there is none (Linux) or the address is on another stack. */
function stackBase(context: CommandContext, start: Address): Address {
  const { dump, memory, session } = context;
  const teb = dump.os === 'windows' ? (dump.threads[session.thread]?.teb ?? 0) : 0;
  if (!teb) return 0;
  const read = (word: number) => memory.tryPointer(teb + word * dump.pointerSize) ?? 0;
  return start > read(STACK_LIMIT) && start <= read(STACK_BASE) ? read(STACK_BASE) : 0;
}

/** `(MethodDesc 00007f… + 0x37 Type.Method(…))`, `module!function + 0x1e8`, or the bare address; undefined for native code when only managed is wanted. */
function functionText(context: CommandContext, address: Address, managedOnly: boolean): Inline[] | undefined {
  const { memory } = context;
  const code = managedCode(context, address);
  if (code) {
    const offset = address - code.start;
    const name = context.clr.methods.find(code.methodDesc)?.signature ?? memory.hex(address);
    return ['(MethodDesc ', link(memory.hex(code.methodDesc), `!dumpmd ${hex(code.methodDesc)}`), ` + ${offset === 0 ? '0' : `0x${hex(offset)}`} ${name})`];
  }
  if (managedOnly) return undefined;
  const symbol = symbolAt(context, address, undefined);
  return [symbol ? `${symbol.text}${symbol.offset ? ` + 0x${hex(symbol.offset)}` : ''}` : memory.hex(address)];
}
