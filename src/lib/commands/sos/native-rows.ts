import type { Address } from '../../bytes/index.ts';
import { pointers } from '../../container/index.ts';
import type { Registers } from '../../container/index.ts';
import { line, styled } from '../../output/index.ts';
import type { CommandRun, OutputNode } from '../../output/index.ts';
import type { ClrThread } from '../../runtime/index.ts';
import type { CommandContext } from '../context.ts';
import { stackNotes } from '../windbg/stack-frames.ts';
import { symbolAt } from '../windbg/symbol-name.ts';
import { upper } from './pointer-text.ts';

const MAX_ROWS = 20_000;

interface NativeRow { readonly sp: Address; readonly ip: Address; readonly scanned: boolean }

/**
 * The native frames clrstack -f puts between the managed ones. SOS asks the debugger around it for them: WinDbg and LLDB have
 * them, dotnet-dump does not.
 */
export class NativeRows {
  readonly #context: CommandContext;
  readonly #rows: readonly NativeRow[];
  #next = 0;

  constructor(context: CommandContext, registers: Registers, thread: ClrThread | undefined) {
    this.#context = context;
    this.#rows = thread && context.session.host.debugger === 'windbg' ? readRows(context, registers, thread) : [];
  }

  /** Rows up to a managed frame or a Frame at `sp`; a native frame at the very place is that frame. */
  *below(sp: Address): Generator<OutputNode> {
    for (; this.#next < this.#rows.length && this.#rows[this.#next].sp <= sp; this.#next++) if (this.#rows[this.#next].sp !== sp) yield this.#line(this.#rows[this.#next]);
  }

  /** What is left behind the last managed frame, at most `limit` rows. */
  *rest(limit: number): CommandRun {
    for (let shown = 0; this.#next < this.#rows.length && shown < limit; shown++) yield this.#line(this.#rows[this.#next++]);
    yield* stackNotes(this.#context, { scanned: this.#rows.some((r) => r.scanned), unnamed: this.#rows.some((r) => symbolAt(this.#context, r.ip, undefined)?.kind === 'module') });
  }

  #line({ sp, ip, scanned }: NativeRow): OutputNode {
    const symbol = symbolAt(this.#context, ip, undefined);
    const text = symbol ? `${symbol.text}${symbol.offset ? ` + ${symbol.offset}` : ''}` : '';
    return line(`${upper(this.#context, sp)} ${upper(this.#context, ip)} ${text}`, ...(scanned ? [styled(' (scan)', 'warning')] : []));
  }
}

function readRows({ clr, stacks, session }: CommandContext, registers: Registers, thread: ClrThread): NativeRow[] {
  const rows: NativeRow[] = [];
  const from = session.scope === registers ? pointers(registers).sp : 0;
  for (const { sp, ip, code, origin } of stacks.walk(registers, clr.stackSide(registers, thread, from))) {
    if (!code) rows.push({ sp, ip, scanned: origin === 'scan' });
    if (rows.length >= MAX_ROWS) break;
  }
  return rows;
}
