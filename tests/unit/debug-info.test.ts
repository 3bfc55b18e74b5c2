import { describe, expect, test } from 'vitest';
import { FormatError, isDumpError } from '../../src/lib/bytes/index.ts';
import { decodeDebugInfo, ilOffsetAt, nativeArrayAt, variableAt } from '../../src/lib/runtime/index.ts';
import type { DebugInfoEncoding } from '../../src/lib/runtime/index.ts';
import { writeDebugInfo, writeNativeArray } from '../support/debug-info-writer.ts';
import type { DebugInfoModel } from '../support/debug-info-writer.ts';

const patchpoint = { header: 40, locals: 16 };
const encodingOf = (model: DebugInfoModel): DebugInfoEncoding => ({ flagByte: model.front !== undefined, packedBounds: model.packedBounds || model.chunks === true, chunks: model.chunks === true, lowestVariable: model.chunks ? -6 : -4, patchpoint, stackUnit: 1 });
const byteOf = (bytes: Uint8Array) => (offset: number) => {
  if (offset >= bytes.length || offset < 0) throw new FormatError(`byte ${offset} of ${bytes.length}`);
  return bytes[offset];
};
const decode = (model: DebugInfoModel) => decodeDebugInfo(byteOf(writeDebugInfo(model)), encodingOf(model));

function random(seed: number): (limit: number) => number {
  let state = (seed * 2654435761) % 4294967296;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 4294967296) * limit);
  };
}

/** Fields of each VarLocType in stored order: r a register, o a stack offset, n a number. */
const FIELDS = ['r', 'r', 'r', 'ro', 'ro', 'rr', 'rro', 'orr', 'ro', 'n', 'n'];

function makeModel(seed: number): DebugInfoModel {
  const pick = random(seed);
  const bounds = (count: number) => {
    let native = 0;
    return Array.from({ length: count }, (_, i) => ({ native: (native += i && pick(5) ? pick(70_000) : 0), il: pick(4) ? pick(pick(2) ? 90 : 40_000) : -1 - pick(3), source: pick(4) }));
  };
  const patch = new Uint8Array(40 + 4 * pick(9));
  patch[16] = (patch.length - 40) / 4;
  return {
    packedBounds: pick(2) === 1,
    chunks: seed % 3 === 0,
    ...(pick(3) ? { front: { ...(pick(2) && { patchpoint: patch }), ...(pick(3) === 0 && { rich: new Uint8Array(pick(300)).fill(0xff) }) } } : {}),
    bounds: bounds(pick(30)),
    ...(pick(4) === 0 ? { instrumented: bounds(1 + pick(5)) } : {}),
    variables: Array.from({ length: pick(40) }, () => {
      const start = pick(60_000);
      const type = pick(FIELDS.length);
      const fields = [...FIELDS[type]].map((kind) => (kind === 'o' ? { value: pick(9000) - 4500, signed: true } : { value: pick(kind === 'r' ? 18 : 500) }));
      return { start, end: start + pick(5000), variable: pick(30) - 4, location: { type, fields } };
    }),
  };
}

describe('what is written is read', () => {
  test.each(Array.from({ length: 300 }, (_, i) => i))('model %i', (seed) => {
    const model = makeModel(seed);
    const info = decode(model);
    const wanted = model.bounds.length || !model.instrumented ? model.bounds : model.instrumented;
    expect(info.bounds).toEqual(wanted.map(({ native, il }) => ({ native, il })));
    expect(info.variables.map((v) => [v.start, v.end, v.variable])).toEqual(model.variables.map((v) => [v.start, v.end, v.variable]));
    for (const [i, { location }] of info.variables.entries()) {
      const { type, fields } = model.variables[i].location;
      const values = fields.map((f) => f.value);
      switch (location.kind) {
        case 'register': expect([type, location.register]).toEqual([location.byRef ? 1 : 0, ...values]); break;
        case 'stack': expect([type, location.base, location.offset]).toEqual([location.byRef ? 4 : 3, ...values]); break;
        case 'stack2': expect([type, location.base, location.offset]).toEqual([8, ...values]); break;
        case 'other': expect([{ 'float register': 2, 'x87 stack': 9, varargs: 10 }[location.name], location.value]).toEqual([type, ...values]); break;
        case 'pair': {
          const flat = location.parts.flatMap((p) => ('register' in p ? [p.register] : type === 7 ? [p.offset, p.base] : [p.base, p.offset]));
          expect(flat).toEqual(values);
        }
      }
    }
  });
});

test('the IL offset of native code, as the debugger answers it', () => {
  const info = decode({
    packedBounds: true, front: {}, variables: [],
    bounds: [{ native: 0, il: -2, source: 0 }, { native: 10, il: 0, source: 2 }, { native: 25, il: 7, source: 1 }, { native: 40, il: -3, source: 0 }],
  });
  expect([0, 9, 10, 24, 25, 39, 40, 99].map((offset) => ilOffsetAt(info, offset))).toEqual([-2, -2, 0, 0, 7, 7, -3, -3]);
  const open = decode({ packedBounds: false, variables: [], bounds: [{ native: 5, il: 0, source: 0 }, { native: 9, il: 3, source: 0 }] });
  expect([4, 5, 8, 9].map((offset) => ilOffsetAt(open, offset))).toEqual([undefined, 0, 0, 3]);
});

test('a variable counts at both ends of its stretch, and the first match wins', () => {
  const at = (start: number, end: number, register: number) => ({ start, end, variable: 1, location: { type: 0, fields: [{ value: register }] } });
  const info = decode({ packedBounds: true, front: {}, bounds: [], variables: [at(3, 8, 5), at(8, 12, 6)] });
  expect([2, 3, 8, 9, 12, 13].map((offset) => variableAt(info, 1, offset))).toEqual([undefined, 5, 5, 6, 6, undefined].map((register) => register && { kind: 'register', register, byRef: false }));
  expect(variableAt(info, 0, 5)).toBeUndefined();
});

test.each([1, 2] as const)('sparse arrays with entries of %i bytes', (width) => {
  for (let seed = 0; seed < 60; seed++) {
    const pick = random(seed);
    const count = 1 + pick(width === 1 ? 60 : 400);
    const elements = new Map<number, number[]>();
    for (let i = 0; i < count; i++) if (pick(1 + (seed % 9)) === 0) elements.set(i, [i & 0xff, i >> 8]);
    const bytes = writeNativeArray(elements, count, width);
    for (let i = 0; i < count + 20; i++) {
      const at = nativeArrayAt(byteOf(bytes), 0, i);
      expect(at === undefined ? undefined : [bytes[at], bytes[at + 1]], `element ${i} of ${count}`).toEqual(elements.get(i));
    }
  }
});

describe('damaged debug info', () => {
  test('flipped bits and cut ends give an answer or an error of ours, quickly', () => {
    const started = performance.now();
    let answers = 0;
    for (let seed = 0; seed < 400; seed++) {
      const model = makeModel(seed);
      const bytes = writeDebugInfo(model);
      const pick = random(seed + 7777);
      for (let round = 0; round < 10; round++) {
        const damaged = bytes.slice(0, pick(3) ? bytes.length : pick(bytes.length + 1));
        for (let i = 1 + pick(4); i > 0 && damaged.length; i--) damaged[pick(damaged.length)] ^= 1 << pick(8);
        try {
          const info = decodeDebugInfo(byteOf(damaged), encodingOf(model));
          expect(info.bounds.length + info.variables.length).toBeLessThan(8 * bytes.length);
          ilOffsetAt(info, pick(70_000));
          answers++;
        } catch (error) {
          if (!isDumpError(error)) throw error;
        }
      }
    }
    expect(answers).toBeGreaterThan(400);
    expect(performance.now() - started).toBeLessThan(15_000);
  });

  test('noise never escapes', () => {
    for (let seed = 0; seed < 2000; seed++) {
      const pick = random(seed);
      const bytes = Uint8Array.from({ length: pick(200) }, () => pick(256));
      for (const read of [() => decodeDebugInfo(byteOf(bytes), { flagByte: pick(2) === 1, packedBounds: pick(2) === 1, chunks: pick(2) === 1, lowestVariable: -6, patchpoint, stackUnit: 4 }), () => nativeArrayAt(byteOf(bytes), 0, pick(500))]) {
        try {
          read();
        } catch (error) {
          if (!isDumpError(error)) throw error;
        }
      }
    }
  });
});
