import { isDumpError } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import { pointers } from '../../container/index.ts';
import type { Registers } from '../../container/index.ts';
import { message, styled } from '../../output/index.ts';
import type { Inline, OutputNode } from '../../output/index.ts';
import { copyContext, registerValues } from '../../runtime/index.ts';
import type { FrameOrigin, ManagedSide, MixedFrame, SourceLine } from '../../runtime/index.ts';
import type { CommandContext } from '../context.ts';
import { symbolAt, symbolText } from './symbol-name.ts';
import type { SymbolName } from './symbol-name.ts';
import { currentRegisters } from './scope.ts';

/** One frame as stack commands print it. */
export interface NamedFrame {
  readonly index: number;
  readonly sp: Address;
  readonly ip: Address;
  /** Address the frame returns to; 0 for the outermost. */
  readonly returnAddress: Address;
  /** Stack pointer of the caller, in front of which its return address lies; undefined for the outermost. */
  readonly callerSp: Address | undefined;
  /** EBP of the frame, on 32-bit targets. */
  readonly ebp: Address;
  readonly origin: FrameOrigin;
  readonly symbol: SymbolName | undefined;
  /** Line of source a managed frame stands at, where symbols tell. */
  readonly source: SourceLine | undefined;
  registers(): Registers;
}

const RBP = 5;

/** What the runtime knows of the current thread's stack; undefined for threads and dumps it knows nothing of. */
export function managedSide(context: CommandContext, registers: Registers): ManagedSide | undefined {
  try {
    const { clr, dump, session } = context;
    const id = dump.threads[session.thread]?.id;
    return clr.stackSide(registers, id === undefined ? undefined : clr.threads.byOsId(id), session.scope ? pointers(registers).sp : 0);
  } catch (error) {
    if (!isDumpError(error)) throw error;
    return undefined;
  }
}

/** Frames of the current thread from `registers` on, innermost first. */
export function* namedFrames(context: CommandContext, registers: Registers | undefined = currentRegisters(context)): Generator<NamedFrame> {
  if (!registers) return;
  let held: (MixedFrame & { readonly index: number }) | undefined;
  let index = 0;
  const finish = (frame: MixedFrame & { readonly index: number }, next: MixedFrame | undefined): NamedFrame => ({
    index: frame.index, sp: frame.sp, ip: frame.ip, returnAddress: next?.ip ?? 0, callerSp: next?.sp, ebp: frame.context.registers[RBP], origin: frame.origin,
    symbol: symbolAt(context, frame.ip, frame.code), source: frame.code && context.clr.sourceLines.of(frame.ip, frame.origin !== 'registers'), registers: () => registerValues(context.memory, frame.context, registers),
  });
  for (const frame of context.stacks.walk(registers, managedSide(context, registers))) {
    if (held) yield finish(held, frame);
    held = { ...frame, index: index++, context: copyContext(frame.context) };
  }
  if (held) yield finish(held, undefined);
}

/** The call site of a frame, marked when it was guessed. `offset`: with the distance from the function's beginning; `lines`: with the line of source. */
export function siteText({ symbol, ip, origin, source }: NamedFrame, { offset, lines }: { readonly offset: boolean; readonly lines: boolean }): Inline[] {
  const text = symbol ? (offset || symbol.kind === 'module' ? symbolText(symbol) : symbol.text) : `0x${ip.toString(16)}`;
  const place = lines && source ? ` [${source.file} @ ${source.line}]` : '';
  return origin === 'scan' ? [text, place, styled(' (scan)', 'warning')] : [text + place];
}

/** The debugger's warnings in front of the first frame each is about. */
export class StackWarnings {
  #scanned = false;
  #unknown = false;

  *before(frame: NamedFrame): Generator<OutputNode> {
    if (frame.origin === 'scan' && !this.#scanned) {
      this.#scanned = true;
      yield warning('WARNING: Stack unwind information not available. Following frames may be wrong.');
    }
    if (!frame.symbol && !this.#unknown) {
      this.#unknown = true;
      yield warning('WARNING: Frame IP not in any known module. Following frames may be wrong.');
    }
  }
}

function warning(text: string): OutputNode {
  return { kind: 'line', parts: [styled(text, 'warning')] };
}

/** What a reader must know to read the frames, each once a session. */
export function* stackNotes(context: CommandContext, frames: { readonly scanned: boolean; readonly unnamed: boolean }): Generator<OutputNode> {
  const { announced } = context.session;
  if (frames.scanned && !announced.has('scanned frames')) {
    announced.add('scanned frames');
    yield message('dim', {
      en: 'Frames marked (scan) were found by looking through the stack for return addresses, because unwind information of the code below is not in the dump. Some may be leftovers of calls that have returned.',
      'zh-tw': '標示 (scan) 的框架是在堆疊上尋找返回位址得來的，因為傾印中沒有其下程式碼的回溯資訊；有些可能是已返回之呼叫的殘留。',
    });
  }
  if (frames.unnamed && !announced.has('private symbols')) {
    announced.add('private symbols');
    yield message('dim', {
      en: 'Native functions are named by what their modules export; private symbols (PDB, .debug files) are not in a dump. module+0x… counts from the beginning of the module.',
      'zh-tw': '原生函式的名稱來自模組的匯出表；私有符號（PDB、.debug 檔）不在傾印裡。module+0x… 是從模組開頭算起的位移。',
    });
  }
}
