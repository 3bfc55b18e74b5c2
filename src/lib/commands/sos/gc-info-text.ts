import { HeaderFlag, liveSlots, REGISTERS, SlotBase, SlotFlag } from '../../runtime/index.ts';
import type { GcInfo, GcSlot } from '../../runtime/index.ts';

const RETURN_KINDS = ['Scalar', 'Object', 'ByRef', 'UNSET', '{Scalar, Object}', '{Object, Object}', '{ByRef, Object}', '', '{Scalar, ByRef}', '{Object, ByRef}', '{ByRef, ByRef}'] as const;
const GENERICS = { MD: 'GENERIC_PARAM_CONTEXT_METHODDESC', MT: 'GENERIC_PARAM_CONTEXT_METHODHANDLE', THIS: 'GENERIC_PARAM_CONTEXT_THIS' } as const;

const offset8 = (value: number) => value.toString(16).padStart(8, '0');
const signed = (base: string, value: number) => `${base}${value < 0 ? '-' : '+'}${Math.abs(value).toString(16)}`;

/** The header of GC info, as SOS prints it. */
export function headerLines(info: GcInfo): string[] {
  const { gsCookie, pspSym, genericsContext } = info;
  const slot = (value: number | undefined, base = 'caller.sp') => (value === undefined ? '<none>' : signed(base, value));
  const frame = info.stackBaseRegister;
  return [
    ...(genericsContext || !gsCookie ? [`Prolog size: ${info.prologSize}`] : []),
    `GS cookie: ${slot(gsCookie?.slot)}`,
    ...(gsCookie ? [`GS cookie valid range: [${gsCookie.start.toString(16)};${gsCookie.end.toString(16)})`] : []),
    `PSPSym: ${slot(pspSym, 'initial.sp')}`,
    `Generics inst context: ${slot(genericsContext?.slot)}`,
    `PSP slot: ${slot(pspSym)}`,
    `GenericInst slot: ${genericsContext ? `${slot(genericsContext.slot)} (${GENERICS[genericsContext.kind]})` : '<none>'}`,
    `Varargs: ${info.headerFlags & HeaderFlag.VarArg ? 1 : 0}`,
    `Frame pointer: ${frame === undefined ? '<none>' : REGISTERS[frame]}`,
    `Wants Report Only Leaf: ${info.headerFlags & HeaderFlag.WantsReportOnlyLeaf ? 1 : 0}`,
    `Size of parameter area: ${info.stackArea.toString(16)}`,
    ...(info.returnKind === undefined ? [] : [`Return Kind: ${RETURN_KINDS[info.returnKind] || '!Impossible!'}`]),
    `Code size: ${info.codeLength.toString(16)}`,
  ];
}

/** Where a slot is and what it holds. Of a base that makes no sense with its sign SOS prints the other one. */
function slotText(info: GcInfo, slot: GcSlot): string {
  const flags = `${slot.flags & SlotFlag.Pinned ? '(pinned)' : ''}${slot.flags & SlotFlag.Interior ? '(interior)' : ''}`;
  if (slot.kind === 'register') return REGISTERS[slot.register] + flags;
  let base = slot.base;
  if (slot.offset < 0 && base === SlotBase.Sp) base = SlotBase.CallerSp;
  else if (slot.offset >= 0 && base === SlotBase.CallerSp) base = SlotBase.Sp;
  const name = base === SlotBase.Sp ? 'sp' : base === SlotBase.CallerSp ? 'caller.sp' : REGISTERS[info.stackBaseRegister ?? 0];
  return signed(name, slot.offset) + flags;
}

/**
 * The changes of a method's live slots, offset by offset, as SOS prints them: what becomes live (+) or dead (-), where the code can be
 * interrupted, and safe points, of which only what is live is told. Yields undefined for each offset passed, so that a long
 * method can be interrupted.
 */
export function* changeLines(info: GcInfo): Generator<string | undefined> {
  let text = '';
  let last = -1;
  let safePoint = false;
  const points = new Set(info.safePoints);
  const change = (at: number, sign: '+' | '-', index: number): string | undefined => {
    if (safePoint && sign === '-') return undefined;
    let done: string | undefined;
    if (last !== at) {
      done = text || undefined;
      text = offset8(at);
      last = at;
    }
    text += ` ${sign}${slotText(info, info.slots[index])}`;
    return done;
  };
  const untracked = info.slots.slice(info.tracked);
  if (untracked.length > 0) {
    text = `Untracked:${untracked.map((slot) => ` +${slotText(info, slot)}`).reverse().join('')}`;
    last = -2;
  }
  let live: readonly number[] = [];
  let interruptible = false;
  for (let at = 0; at <= info.codeLength; at++) {
    const now = info.ranges.some((r) => at >= r.start && at < r.end);
    if (now !== interruptible) {
      if (text) yield text;
      if (text) safePoint = false;
      text = '';
      yield `${offset8(at)}${now ? '' : ' not'} interruptible`;
      last = -1;
      interruptible = now;
    }
    const isPoint = points.has(at);
    if (isPoint) {
      if (text) yield text;
      last = at + info.encoding.safePointBias;
      text = `${offset8(last)} is a safepoint: `;
      safePoint = true;
    }
    // Newest first: SOS keeps them in a list that grows at its head.
    const next = isPoint || now ? liveSlots(info, at).reverse() : [];
    for (const [sign, from, other] of [['-', live, next], ['+', next, live]] as const) {
      for (const index of from) {
        if (other.includes(index)) continue;
        const done = change(at, sign, index);
        if (done !== undefined) yield done;
      }
    }
    live = next;
    yield undefined;
  }
  if (text) yield text;
}
