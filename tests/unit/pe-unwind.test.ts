import { describe, expect, test } from 'vitest';
import { openMemory } from '../../src/lib/memory/index.ts';
import { MixedWalker } from '../../src/lib/runtime/index.ts';
import type { Dump } from '../../src/lib/container/index.ts';
import { coreOf, stackOf } from '../support/cfi-writer.ts';
import { random } from '../support/corrupt.ts';
import { PE_SIZE, peImage } from '../support/pdata-writer.ts';
import type { PeFunction } from '../support/pdata-writer.ts';

const DLL = 0x180000000;
const STACK = 0x14f000;
const at = (rva: number) => DLL + rva;

/** push rbx; sub rsp, 20h */
const PUSHED: PeFunction = { begin: 0x1000, end: 0x1100, prolog: 5, codes: [5, 0x32, 1, 0x30] };
/** push rbp; sub rsp, 30h; lea rbp, [rsp+20h] */
const FRAMED: PeFunction = { begin: 0x1100, end: 0x1200, prolog: 10, frame: 0x25, codes: [10, 0x03, 5, 0x52, 1, 0x50] };
/** A part of PUSHED that lies elsewhere and saves rsi at [rsp+40h]. */
const PART: PeFunction = { begin: 0x1200, end: 0x1280, prolog: 0, codes: [0, 0x64, 8, 0], chained: 0 };
/** Where the processor pushes ip, cs, flags, sp and ss. */
const MACHINE: PeFunction = { begin: 0x1280, end: 0x1300, prolog: 0, codes: [0, 0x0a] };

function dumpOf(image: Uint8Array, stack: readonly (number | bigint)[]): Dump {
  return { ...coreOf([{ address: DLL, bytes: image, executable: true }, stackOf(STACK, stack)], []), os: 'windows', modules: [{ base: DLL, size: PE_SIZE, path: 'C:\\x\\test.dll', timestamp: 0, checksum: 0, version: '' }] };
}

function walk(image: Uint8Array, stack: readonly (number | bigint)[], registers: Record<string, bigint>) {
  const dump = dumpOf(image, stack);
  return [...new MixedWalker({ dump, memory: openMemory(dump) }).walk({ rsp: BigInt(STACK), ...registers })].map((f) => ({ ip: f.ip, sp: f.sp, origin: f.origin, rbx: f.context.registers[3], rbp: f.context.registers[5], rsi: f.context.registers[6] }));
}

const image = () => peImage([PUSHED, FRAMED, PART, MACHINE]);

describe('unwinding by .pdata', () => {
  test('pushes and room on the stack; a function without an entry is a leaf; a null ends the stack', () => {
    const frames = walk(image(), [0, 0, 0, 0, 0x77, at(0x1350), 0, 0], { rip: BigInt(at(0x1020)) });
    expect(frames.slice(0, 2)).toMatchObject([{ ip: at(0x1020), origin: 'registers' }, { ip: at(0x1350), sp: STACK + 48, rbx: 0x77, origin: 'unwind' }]);
    expect(frames).toHaveLength(2);
  });

  test('inside the prologue only what was done is undone', () => {
    expect(walk(image(), [0x77, at(0x1350), 0], { rip: BigInt(at(0x1001)), rbx: 1n })[1]).toMatchObject({ ip: at(0x1350), sp: STACK + 16, rbx: 0x77 });
    expect(walk(image(), [at(0x1350), 0], { rip: BigInt(at(0x1000)), rbx: 1n })[1]).toMatchObject({ ip: at(0x1350), sp: STACK + 8, rbx: 1 });
  });

  test('a frame register wins over the stack pointer', () => {
    const stack = [9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 0x88, at(0x1350), 0];
    expect(walk(image(), stack, { rip: BigInt(at(0x1150)), rbp: BigInt(STACK + 0x50 - 0x30 + 0x20) })[1]).toMatchObject({ ip: at(0x1350), sp: STACK + 96, rbp: 0x88 });
  });

  test('parts of a function are undone with the part they belong to', () => {
    expect(walk(image(), [0, 0, 0, 0, 0x77, at(0x1350), 0, 0, 0x99, 0], { rip: BigInt(at(0x1210)) })[1]).toMatchObject({ ip: at(0x1350), rbx: 0x77, rsi: 0x99 });
  });

  test('a frame the processor pushed: the interrupted function is looked up where it stopped', () => {
    const frames = walk(image(), [at(0x1000), 0x33, 0x246, STACK + 56, 0x2b, 0, 0, at(0x1350), 0], { rip: BigInt(at(0x1290)) });
    expect(frames.slice(1, 3)).toMatchObject([{ ip: at(0x1000), sp: STACK + 56 }, { ip: at(0x1350), sp: STACK + 64 }]);
  });
});

describe('an epilogue is finished, not undone', () => {
  /** add rsp, 20h; pop rbx; ret */
  const withEpilog = () => {
    const bytes = image();
    bytes.set([0x48, 0x83, 0xc4, 0x20, 0x5b, 0xc3], 0x10f0);
    return bytes;
  };
  test.each([[0x10f0, 4], [0x10f4, 0], [0x10f5, -1]])('at %i', (rva, gap) => {
    const stack = gap < 0 ? [at(0x1350), 0] : [...new Array<number>(gap).fill(0), 0x77, at(0x1350), 0];
    expect(walk(withEpilog(), stack, { rip: BigInt(at(rva)), rbx: 0x77n })[1]).toMatchObject({ ip: at(0x1350), sp: STACK + 8 * (gap + 2), rbx: 0x77 });
  });

  test('lea rsp, [rbp+10h]; pop rbp; jmp out of the function', () => {
    const bytes = image();
    bytes.set([0x48, 0x8d, 0x65, 0x10, 0x5d, 0xe9, 0x00, 0x08, 0x00, 0x00], 0x11e0);
    expect(walk(bytes, [1, 2, 0x88, at(0x1350), 0], { rip: BigInt(at(0x11e0)), rbp: BigInt(STACK) })[1]).toMatchObject({ ip: at(0x1350), sp: STACK + 32, rbp: 0x88 });
  });

  test('a jump inside the function is no epilogue', () => {
    const bytes = image();
    bytes.set([0xeb, 0x10], 0x1020);
    expect(walk(bytes, [0, 0, 0, 0, 0x77, at(0x1350), 0], { rip: BigInt(at(0x1020)) })[1]).toMatchObject({ ip: at(0x1350), rbx: 0x77 });
  });
});

describe('hostile tables', () => {
  test('a chain of parts that leads to itself', () => {
    const frames = walk(peImage([{ ...PUSHED, chained: 0 }]), [0, 0, 0, 0, 0], { rip: BigInt(at(0x1020)) });
    expect(frames.slice(1).every((f) => f.origin !== 'unwind')).toBe(true);
  });

  test('signal frames that lead down the stack again, for ever', () => {
    const stack = [at(0x1290), 0x33, 0x246, STACK, 0x2b, 0];
    expect(walk(image(), stack, { rip: BigInt(at(0x1290)) }).length).toBeLessThan(50);
  });

  test('bytes changed at random: an end, and soon', () => {
    const next = random(26);
    const clean = image();
    for (let round = 0; round < 2000; round++) {
      const bytes = clean.slice();
      for (let i = 0; i < 4; i++) bytes[Math.floor(next() * 0x900)] = Math.floor(next() * 256);
      expect(walk(bytes, [at(0x1150), at(0x1020), STACK, at(0x1290), 0x77, at(0x1350), 0], { rip: BigInt(at(0x1020)), rbp: BigInt(STACK + 8) }).length).toBeLessThan(20_001);
    }
  });
});
