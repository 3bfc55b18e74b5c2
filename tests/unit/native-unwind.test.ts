import { describe, expect, test } from 'vitest';
import { openMemory } from '../../src/lib/memory/index.ts';
import { MixedWalker, registerValues } from '../../src/lib/runtime/index.ts';
import type { Dump } from '../../src/lib/container/index.ts';
import { Bytes, coreOf, elfImage, stackOf } from '../support/cfi-writer.ts';
import type { FunctionCfi, ImageOptions, Piece } from '../support/cfi-writer.ts';
import { random } from '../support/corrupt.ts';

const LIB = 0x7f0000000000;
const STACK = 0x7ffe00000000;
const RBP = 6;
const RSP = 7;
/** DWARF numbers of the registers a signal frame saves, with rip. */
const SAVED = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];

const at = (rva: number) => LIB + rva;
const image = (functions: readonly FunctionCfi[], options?: ImageOptions): Piece => ({ address: LIB, bytes: elfImage(functions, options), executable: true });
const dumpOf = (pieces: readonly Piece[]) => coreOf(pieces, [{ base: LIB, path: '/lib/libtest.so' }]);

function walk(dump: Dump, registers: Record<string, bigint>) {
  const memory = openMemory(dump);
  return [...new MixedWalker({ dump, memory }).walk(registers)].map((f) => ({ sp: f.sp, ip: f.ip, origin: f.origin }));
}

/** push rbp; mov rbp, rsp */
const FRAMED = new Bytes().u8(0x40 | 1, 0x0e).uleb(16).u8(0x80 | RBP).uleb(2).u8(0x40 | 3, 0x0d).uleb(RBP).list;
const OUTERMOST = new Bytes().u8(0x07).uleb(16).list;
const leaf: FunctionCfi = { start: 0x1000, size: 0x100, instructions: [] };
const framed: FunctionCfi = { start: 0x1100, size: 0x100, instructions: FRAMED };
const outermost: FunctionCfi = { start: 0x1200, size: 0x100, instructions: OUTERMOST };

describe('unwinding by .eh_frame', () => {
  test.each([{}, { noTable: true }])('leaf, frame pointer, outermost %o', (options) => {
    // A call may be the last instruction of a function: its return address belongs to the next one, it does not.
    const stack = stackOf(STACK, [at(0x1200), 0x1234567890abcdefn, at(0x1280), 0, 0]);
    expect(walk(dumpOf([image([leaf, framed, outermost], options), stack]), { rip: BigInt(at(0x1010)), rsp: BigInt(STACK), rbp: BigInt(STACK + 8) })).toEqual([
      { sp: STACK, ip: at(0x1010), origin: 'registers' }, { sp: STACK + 8, ip: at(0x1200), origin: 'unwind' }, { sp: STACK + 24, ip: at(0x1280), origin: 'unwind' },
    ]);
  });

  test('saved registers keep all their bits', () => {
    const stack = stackOf(STACK, [at(0x1180), 0x1234567890abcdefn, at(0x1280), 0]);
    const dump = dumpOf([image([leaf, framed, outermost]), stack]);
    const memory = openMemory(dump);
    const own = { rip: BigInt(at(0x1010)), rsp: BigInt(STACK), rbp: BigInt(STACK + 8), rbx: 0xfedcba9876543210n };
    const values = [...new MixedWalker({ dump, memory }).walk(own)].map((f) => f.context);
    const last = registerValues(memory, values[values.length - 1], own);
    expect(last['rbp']).toBe(0x1234567890abcdefn);
    expect(last['rbx']).toBe(0xfedcba9876543210n);
    expect(last['rip']).toBe(BigInt(at(0x1280)));
  });

  test('before and behind the prologue, and a state that is remembered over an early return', () => {
    const early = new Bytes().u8(0x41, 0x0e).uleb(24).u8(0x48, 0x0a, 0x0e).uleb(8).u8(0x41, 0x0b).list;
    const pieces = (slot: number) => [image([{ ...leaf, instructions: early }, outermost]), stackOf(STACK, [0, 1, 2, 3].map((i) => (i === slot ? at(0x1280) : 7)))];
    for (const [offset, slot] of [[0, 0], [1, 2], [8, 2], [9, 0], [10, 2]]) {
      const frames = walk(dumpOf(pieces(slot)), { rip: BigInt(at(0x1000 + offset)), rsp: BigInt(STACK) });
      expect(frames[1], `offset ${offset}`).toEqual({ sp: STACK + 8 * slot + 8, ip: at(0x1280), origin: 'unwind' });
    }
  });

  test('the expression of procedure linkage tables', () => {
    // DW_CFA_def_cfa_expression: rsp + 8 + ((rip & 15) >= 11) << 3, as linkers write it
    const plt = new Bytes().u8(0x0f).block(new Bytes().u8(0x77).sleb(8).u8(0x80).sleb(0).u8(0x3f, 0x1a, 0x3b, 0x2a, 0x33, 0x24, 0x22).list).list;
    for (const [offset, slot] of [[0x10, 0], [0x1a, 0], [0x1b, 1]]) {
      const stack = stackOf(STACK, slot ? [5, at(0x1280), 0] : [at(0x1280), 0, 0]);
      const frames = walk(dumpOf([image([{ ...leaf, instructions: plt }, outermost]), stack]), { rip: BigInt(at(0x1000 + offset)), rsp: BigInt(STACK) });
      expect(frames[1], offset.toString(16)).toEqual({ sp: STACK + 8 * slot + 8, ip: at(0x1280), origin: 'unwind' });
    }
  });

  test('a signal frame: the interrupted function is looked up where it stopped', () => {
    const context = (register: number) => new Bytes().u8(0x77).sleb(40 + 8 * register).list;
    const signal = new Bytes().u8(0x0f).block([...context(RSP), 0x06]);
    for (const register of SAVED) signal.u8(0x10).uleb(register).block(context(register));
    const words = new Array<number>(60).fill(0);
    words[0] = at(0x1300);
    const frame = 1;
    const put = (register: number, value: number) => (words[frame + 5 + register] = value);
    // The handler was called by the trampoline; the thread was stopped at the first instruction of `framed`.
    put(RSP, STACK + 400);
    put(16, at(0x1100));
    words[50] = at(0x1280);
    const frames = walk(dumpOf([image([leaf, framed, outermost, { start: 0x1300, size: 16, instructions: signal.list, signal: true }]), stackOf(STACK, words)]), { rip: BigInt(at(0x1010)), rsp: BigInt(STACK) });
    expect(frames).toEqual([
      { sp: STACK, ip: at(0x1010), origin: 'registers' }, { sp: STACK + 8, ip: at(0x1300), origin: 'unwind' },
      { sp: STACK + 400, ip: at(0x1100), origin: 'unwind' }, { sp: STACK + 408, ip: at(0x1280), origin: 'unwind' },
    ]);
  });

  test('the kernel’s own page is found by the auxiliary vector', () => {
    const vdso = 0x7ffd00000000;
    const dump = coreOf([{ address: vdso, bytes: elfImage([leaf]), executable: true }, image([outermost]), stackOf(STACK, [at(0x1280), 0])], [{ base: LIB, path: '/lib/libtest.so' }], new Map([[33, vdso]]));
    expect(walk(dump, { rip: BigInt(vdso + 0x1010), rsp: BigInt(STACK) })[1]).toEqual({ sp: STACK + 8, ip: at(0x1280), origin: 'unwind' });
  });
});

describe('where nothing tells how to unwind', () => {
  const bare = (): Piece => {
    const bytes = elfImage([outermost]);
    // call rel32 that ends at 0x1080
    bytes.set([0xe8, 0, 0, 0, 0], 0x107b);
    return { address: LIB, bytes, executable: true };
  };

  test('the stack is searched for a return address, and the frame says so', () => {
    const stack = stackOf(STACK, [1, at(0x1060), 2, at(0x1080), at(0x1280)]);
    expect(walk(dumpOf([bare(), stack]), { rip: BigInt(at(0x1010)), rsp: BigInt(STACK) })).toEqual([
      { sp: STACK, ip: at(0x1010), origin: 'registers' }, { sp: STACK + 32, ip: at(0x1080), origin: 'scan' },
    ]);
  });

  test('an ip outside of every module starts the same search', () => {
    const stack = stackOf(STACK, [1, at(0x1080)]);
    expect(walk(dumpOf([bare(), stack]), { rip: 0x1234n, rsp: BigInt(STACK) })[1]).toEqual({ sp: STACK + 16, ip: at(0x1080), origin: 'scan' });
  });
});

describe('hostile unwind data', () => {
  const stack = () => stackOf(STACK, [at(0x1280), at(0x1280), at(0x1280), at(0x1280)]);
  const ends = (instructions: readonly number[], options?: ImageOptions) => {
    const frames = walk(dumpOf([image([{ ...leaf, instructions }, outermost], options), stack()]), { rip: BigInt(at(0x1010)), rsp: BigInt(STACK) });
    expect(frames.slice(1).every((f) => f.origin !== 'unwind')).toBe(true);
  };
  const expression = (bytes: readonly number[]) => new Bytes().u8(0x0f).block(bytes).list;

  test('an expression that jumps to itself', () => ends(expression([0x2f, 0xfd, 0xff])));
  test('an expression that pushes for ever', () => ends(expression([0x30, 0x2f, 0xfc, 0xff])));
  test('an expression that takes from nothing', () => ends(expression([0x22])));
  test('an expression that jumps out', () => ends(expression([0x2f, 0x00, 0x7f])));
  test('a division by zero', () => ends(expression([0x31, 0x30, 0x1b])));
  test('a number without an end', () => ends([0x0e, ...new Array<number>(40).fill(0xff)]));
  test('a state that was never remembered', () => ends([0x0b]));
  test('thousands of remembered states', () => ends(new Array<number>(5000).fill(0x0a)));
  test('an instruction nobody knows', () => ends([0x3f]));
  test('a block longer than its record', () => ends([0x0f, 0xff, 0xff, 0x03]));
  test('a frame that goes nowhere: CFA = rsp', () => ends(new Bytes().u8(0x0e).uleb(0).list, { initial: new Bytes().u8(0x0c).uleb(7).uleb(0).u8(0x14).uleb(16).uleb(0).list }));
  test('a table with four thousand million entries', () => {
    const frames = walk(dumpOf([image([leaf, outermost], { count: 0xffffffff }), stack()]), { rip: BigInt(at(0x1010)), rsp: BigInt(STACK) });
    expect(frames[1].origin).toBe('unwind');
  });

  test('bytes changed at random: an end, and soon', () => {
    const next = random(20260726);
    const functions = [leaf, framed, outermost];
    const clean = elfImage(functions);
    const started = performance.now();
    for (let round = 0; round < 2000; round++) {
      const bytes = clean.slice();
      for (let i = 0; i < 4; i++) bytes[64 + Math.floor(next() * 0x460)] = Math.floor(next() * 256);
      const frames = walk(dumpOf([{ address: LIB, bytes, executable: true }, stackOf(STACK, [at(0x1180), STACK + 24, at(0x1280), 0])]), { rip: BigInt(at(0x1010)), rsp: BigInt(STACK), rbp: BigInt(STACK + 8) });
      expect(frames.length).toBeGreaterThan(0);
    }
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});
