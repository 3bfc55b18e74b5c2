import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { FormatError } from '../../src/lib/bytes/index.ts';
import { decodeX86GcInfo } from '../../src/lib/runtime/index.ts';
import { random } from '../support/corrupt.ts';

const RECORDING = readFileSync(new URL('../golden/orders-x86-win/gc-info.txt', import.meta.url), 'utf8');
const NUMBERS: Readonly<Record<string, number>> = { EDI: 7, ESI: 6, EBX: 3, EBP: 5 };
const FLAGS = { f: 'ebp frame', i: 'fully interruptible', a: 'double align', h: 'exception handlers', l: 'localloc' } as const;
const INTERIOR = 1;
const PINNED = 2;

const methods = RECORDING.split(/^> /m).slice(1).map((part) => {
  const [head, ...lines] = part.trimEnd().split('\n').map((l) => l.trim());
  const [address, hex] = head.split(' ');
  return { address, bytes: Uint8Array.from(Buffer.from(hex, 'hex')), lines };
});

function byteOf(bytes: Uint8Array): (offset: number) => number {
  return (offset) => {
    if (offset >= bytes.length) throw new FormatError(`byte ${offset} of ${bytes.length}`);
    return bytes[offset];
  };
}

/** What SOS's gcinfo printed, in the words of our decoder. */
function recorded(lines: readonly string[]) {
  const field = (name: string) => new RegExp(`^${name.replaceAll(' ', ' +')} *= *(.*?)(?: DWORDs)?$`, 'm').exec(lines.join('\n'))?.[1];
  const number = (name: string, radix = 10) => parseInt(field(name) ?? '', radix);
  const variables = lines.filter((l) => /\[E[BS]P[-+]\w+H\]/.test(l)).map((l) => {
    const [, sign, distance] = /\[E[BS]P([-+])([0-9A-F]+)H\]/.exec(l) ?? [];
    const range = /^([0-9A-F]{4})\.\.([0-9A-F]{4})/.exec(l);
    const offset = parseInt(distance, 16) * (sign === '-' ? -1 : 1);
    return { offset, flags: (/byref/.test(l) ? INTERIOR : 0) | (/pinned/.test(l) ? PINNED : 0), ...(range && { start: parseInt(range[1], 16), end: parseInt(range[2], 16) }) };
  });
  return {
    codeLength: number('method size', 16), prologSize: number('prolog size'), epilogSize: number('epilog size'), epilogAtEnd: field('epilog end') === 'yes',
    epilogs: lines.flatMap((l) => /^epilog # *\d+ +at +([0-9A-F]+)/.exec(l)?.[1] ?? []).map((at) => parseInt(at, 16)),
    saved: (field('callee-saved regs') ?? '').split(' ').filter(Boolean).map((name) => NUMBERS[name]).sort(),
    flags: Object.entries(FLAGS).filter(([, name]) => field(name) === 'yes').map(([flag]) => flag),
    argumentBytes: 4 * number('arguments size'), frameBytes: 4 * number('stack frame size'), synchronized: field('Sync region') !== undefined,
    untracked: variables.filter((v) => !('start' in v)), variables: variables.filter((v) => 'start' in v),
    counts: [number('untracked count'), number('var ptr tab count')],
  };
}

describe('GC info of x86', () => {
  test('the recording has every kind of header', () => {
    expect(methods.length).toBeGreaterThan(80);
    for (const wanted of ['ebp frame          = no', 'fully interruptible= no', 'localloc', 'Sync region', 'no GC region count', 'GuardStack cookie', '[ESP+', 'byref pinned pointer']) expect(RECORDING).toContain(wanted);
  });

  // The recorded SOS (10.0.15) knows no version on x86 and reads all headers as those of version 5; these are of version 4.
  test.each(methods)('of the method at $address, taken for version 5, is what SOS reads', ({ bytes, lines }) => {
    const wanted = recorded(lines);
    const info = decodeX86GcInfo(byteOf(bytes), 5);
    const { counts, flags, ...rest } = wanted;
    // SOS does not say where the epilog at the end begins.
    if (rest.epilogAtEnd) rest.epilogs.push(rest.codeLength - rest.epilogSize);
    expect({ ...info, saved: [...info.saved].sort() }).toMatchObject(rest);
    expect(Object.keys(FLAGS).filter((flag) => info.flags.has(flag))).toEqual(flags);
    expect([info.untracked.length, info.variables.length]).toEqual(counts);
  });

  test('in its own version, which differs in regions without GC only, has variables within the code', () => {
    let regions = 0;
    for (const { address, bytes, lines } of methods) {
      const info = decodeX86GcInfo(byteOf(bytes), 4);
      const other = decodeX86GcInfo(byteOf(bytes), 5);
      if (info.headerSize !== other.headerSize || JSON.stringify(info.untracked) !== JSON.stringify(other.untracked)) regions++;
      expect([info.codeLength, info.frameBytes, info.saved], address).toEqual([other.codeLength, other.frameBytes, other.saved]);
      for (const { start, end } of info.variables) expect(start < end && end <= info.codeLength, `${address} ${lines[0]}`).toBe(true);
      for (const { offset } of [...info.untracked, ...info.variables]) if (offset < 0) expect(-offset, address).toBeLessThanOrEqual(info.frameBytes + 4 * info.saved.length);
    }
    expect(regions).toBeGreaterThan(10);
  });

  test('cut or damaged, ends in a FormatError or in other values', () => {
    let refused = 0;
    for (const [seed, { bytes }] of methods.entries()) {
      const next = random(seed + 1);
      for (let round = 0; round < 40; round++) {
        const damaged = bytes.slice(0, round % 4 ? bytes.length : Math.floor(next() * bytes.length));
        if (damaged.length) damaged[Math.floor(next() * damaged.length)] ^= 1 << Math.floor(next() * 8);
        try {
          decodeX86GcInfo(byteOf(damaged), 4 + (round & 1));
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError);
          refused++;
        }
      }
    }
    expect(refused).toBeGreaterThan(500);
  });
});
