import { describe, expect, test } from 'vitest';
import { FormatError, isDumpError } from '../../src/lib/bytes/index.ts';
import { BitReader, decodeGcInfo, frameSlots, gcInfoEncoding, liveSlots, readyToRunGcInfoVersion } from '../../src/lib/runtime/index.ts';
import type { FrameState, GcInfo } from '../../src/lib/runtime/index.ts';
import { writeGcInfo } from '../support/gc-info-writer.ts';
import type { GcInfoModel, SlotModel } from '../support/gc-info-writer.ts';

/** A byte of a blob; what follows it is missing. */
function byteOf(bytes: Uint8Array): (offset: number) => number {
  return (offset) => {
    if (offset >= bytes.length) throw new FormatError(`byte ${offset} of ${bytes.length}`);
    return bytes[offset];
  };
}

function decode(bytes: Uint8Array, version: number): GcInfo {
  const encoding = gcInfoEncoding(version);
  if (!encoding) throw new Error(`version ${version}`);
  return decodeGcInfo(byteOf(bytes), encoding);
}

function random(seed: number): (limit: number) => number {
  let state = seed * 2654435761 % 4294967296;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 4294967296) * limit);
  };
}

const some = (pick: (n: number) => number, count: number, chance = 3) => new Set(Array.from({ length: count }, (_, i) => i).filter(() => pick(chance) === 0));

/** A method made up: flags of a slot other than 0 precede those of 0, as the encoder sorts them. */
function makeModel(seed: number, version: number): GcInfoModel {
  const pick = random(seed);
  const slim = pick(4) === 0;
  const codeLength = 40 + pick(900);
  const slots: SlotModel[] = [];
  for (let register = 0; register < 16; register++) if (register !== 4 && pick(3) === 0) slots.push({ register, flags: 0 });
  if (slots.length > 2) slots[0] = { ...slots[0], flags: 1 };
  for (let i = pick(6), offset = -200; i > 0; i--) slots.push({ base: pick(3), offset: (offset += 8 * (1 + pick(40))), flags: i > 3 ? i - 3 : 0 });
  for (let i = pick(90), offset = -4096; i > 0; i--) slots.push({ base: 2, offset: (offset += 8 * (1 + pick(3))), flags: 0, untracked: true });
  const tracked = slots.filter((s) => !s.untracked).length;
  const ranges: { start: number; end: number }[] = [];
  if (!slim && pick(2)) for (let at = pick(20); at + 30 < codeLength; at += 10 + pick(20)) ranges.push({ start: at, end: (at += 1 + Math.min(pick(250), codeLength - at - 1)) });
  const states: ReadonlySet<number>[] = [];
  let live: ReadonlySet<number> = some(pick, tracked);
  for (let at = 0; at < codeLength; at++) {
    if (pick(30) === 0) live = some(pick, tracked);
    states.push(live);
  }
  const safePoints = Array.from({ length: codeLength - 2 }, (_, i) => i + 2)
    .filter((at) => pick(25) === 0 && !ranges.some((r) => at - 1 <= r.end && at >= r.start)).map((offset) => ({ offset, live: some(pick, tracked) }));
  return {
    version, slim, codeLength, frameRegister: pick(2) === 1, prolog: 1 + pick(30), epilog: pick(9), stackArea: slim ? 0 : 8 * pick(12), safePoints, ranges, slots,
    liveAt: (offset) => states[offset],
    ...(pick(3) === 0 ? { gsCookie: -8 * (1 + pick(200)) } : {}), ...(pick(3) === 0 && version < 4 ? { pspSym: 8 * pick(30) } : {}),
    ...(pick(3) === 0 ? { genericsContext: { slot: -8 * (1 + pick(30)), kind: (1 + pick(3)) as 1 | 2 | 3 } } : {}),
    // The runtime finds the chunks of interruptible code behind direct states only.
    ...(pick(2) && ranges.length === 0 ? { indirect: pick(2) ? 'runs' as const : 'bits' as const } : {}),
  };
}

const sorted = (set: ReadonlySet<number>) => [...set].sort((a, b) => a - b);

describe.each([2, 3, 4])('GC info of version %i', (version) => {
  test('300 made-up methods read back as they were written', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const model = makeModel(seed, version);
      const info = decode(writeGcInfo(model), version);
      const bias = version < 4 ? 1 : 0;
      const what = `seed ${seed}`;
      expect(info.slim, what).toBe(model.slim);
      expect(info.codeLength, what).toBe(model.codeLength);
      expect(info.stackBaseRegister, what).toBe(model.frameRegister ? 5 : undefined);
      expect(info.stackArea, what).toBe(model.stackArea);
      expect(info.returnKind, what).toBe(version === 4 ? undefined : model.slim ? 1 : 9);
      if (!model.slim) {
        expect(info.gsCookie, what).toEqual(model.gsCookie === undefined ? undefined : { slot: model.gsCookie, start: model.prolog, end: model.codeLength - model.epilog });
        expect(info.pspSym, what).toBe(model.pspSym);
        expect(info.genericsContext, what).toEqual(model.genericsContext && { slot: model.genericsContext.slot, kind: ['MT', 'MD', 'THIS'][model.genericsContext.kind - 1] });
      }
      expect(info.safePoints, what).toEqual(model.safePoints.map((p) => p.offset - bias));
      expect(info.ranges, what).toEqual(model.ranges);
      const order = [...model.slots.filter((s) => s.register !== undefined), ...model.slots.filter((s) => s.register === undefined && !s.untracked), ...model.slots.filter((s) => s.untracked)];
      expect(info.slots.map((s) => (s.kind === 'register' ? { register: s.register, flags: s.flags } : { base: s.base, offset: s.offset, flags: s.flags & 3, ...(s.flags & 4 ? { untracked: true } : {}) })), what).toEqual(order);
      for (const { offset, live } of model.safePoints) expect(liveSlots(info, offset - bias), `${what} safe point ${offset}`).toEqual(sorted(live));
      for (const { start, end } of model.ranges) {
        for (let at = start; at < end; at++) expect(liveSlots(info, at), `${what} offset ${at}`).toEqual(sorted(model.liveAt(at)));
      }
    }
  });

  test('cut short anywhere it ends with an error of the data, never with a guess', () => {
    let cut = 0;
    for (let seed = 1; seed <= 20; seed++) {
      const model = makeModel(seed, version);
      const bytes = writeGcInfo(model);
      const whole = decode(bytes, version);
      const places = [...whole.safePoints, ...whole.ranges.map((r) => r.start)];
      for (let length = 0; length < bytes.length; length++) {
        try {
          const info = decode(bytes.slice(0, length), version);
          for (const at of places) expect(liveSlots(info, at)).toEqual(liveSlots(whole, at));
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError);
          cut++;
        }
      }
    }
    expect(cut).toBeGreaterThan(1000);
  });

  test('random bytes end quickly, in an error or an answer', () => {
    const pick = random(7);
    const start = performance.now();
    for (let i = 0; i < 3000; i++) {
      const bytes = Uint8Array.from({ length: 1 + pick(400) }, () => (pick(3) === 0 ? 255 : pick(256)));
      try {
        const info = decode(bytes, version);
        for (let at = 0; at < 64; at++) liveSlots(info, at, at % 2 === 1);
      } catch (error) {
        if (!isDumpError(error)) throw error;
      }
    }
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});

test('counts that no code can have are refused before they are read', () => {
  const encoding = gcInfoEncoding(4);
  if (!encoding) throw new Error('version 4');
  let read = 0;
  const ones = (offset: number) => {
    if (++read > 4096) throw new Error(`still reading at ${offset}`);
    return 255;
  };
  expect(() => decodeGcInfo(ones, encoding)).toThrow(FormatError);
  expect(() => new BitReader(ones).unsigned(3)).toThrow('more than 32 bits');
  expect(() => new BitReader(ones).seek(2 ** 40)).toThrow(FormatError);
});

describe('slots of a frame', () => {
  const model: GcInfoModel = {
    version: 4, slim: false, codeLength: 100, frameRegister: true, prolog: 1, epilog: 0, stackArea: 0x20, ranges: [],
    safePoints: [{ offset: 50, live: new Set([0, 1, 2, 3, 4]) }],
    slots: [{ register: 0, flags: 0 }, { register: 3, flags: 0 }, { register: 6, flags: 0 }, { base: 1, offset: 8, flags: 1 }, { base: 0, offset: 16, flags: 2 }, { base: 2, offset: -8, flags: 0, untracked: true }],
    liveAt: () => new Set(),
  };
  const frame: FrameState = {
    offset: 50, sp: 0x1000, callerSp: 0x1100, registers: [11, 1, 2, 33, 0x1000, 0x10f0, 66, 7, 8, 9, 10, 11, 12, 13, 14, 15], os: 'windows',
    active: false, interrupted: false, resumesAt: undefined, parentOfFunclet: false, filter: false,
  };
  const places = (state: Partial<FrameState>, version = 4) => frameSlots(decode(writeGcInfo({ ...model, version }), version), { ...frame, ...state })
    .map((s) => (s.location === undefined ? s.register : `${s.register} ${s.offset} ${s.location.toString(16)}`));

  test('in a caller: saved registers, no outgoing arguments', () => {
    expect(places({})).toEqual(['rbx', 'rsi', 'caller.rsp 16 1110', 'rbp -8 10e8']);
    expect(places({ os: 'linux' })).toEqual(['rbx', 'caller.rsp 16 1110', 'rbp -8 10e8']);
    expect(places({}, 2)).toEqual(places({}, 4));
  });
  test('the method of a reported funclet adds nothing, a filter no untracked slot', () => {
    expect(places({ parentOfFunclet: true })).toEqual([]);
    expect(places({ filter: true })).toEqual(['rbx', 'rsi', 'caller.rsp 16 1110']);
  });
  test('where an exception passed through only untracked slots count', () => {
    expect(places({ interrupted: true })).toEqual(['rbp -8 10e8']);
  });
});

test('ReadyToRun header versions name the version of their GC info', () => {
  expect([[8, 0], [9, 1], [9, 2], [10, 1], [11, 0], [16, 0]].map(([major, minor]) => readyToRunGcInfoVersion(major, minor))).toEqual([2, 2, 3, 3, 4, 4]);
});
