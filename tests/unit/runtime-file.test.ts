import { describe, expect, test } from 'vitest';
import { BufferSource, FormatError } from '../../src/lib/bytes/index.ts';
import type { Dump, NativeModule } from '../../src/lib/container/index.ts';
import { PeImage, withImageFile } from '../../src/lib/image/index.ts';
import { openMemory } from '../../src/lib/memory/index.ts';

const BASE = 0x7f0000000000;
const DESCRIPTOR = 0x2900;
const module: NativeModule = { base: BASE, size: 0x3000, path: '/x/10.0.1/libcoreclr.so', timestamp: 0, checksum: 0, version: '' };

/** A shared library, written after the System V gABI: headers, note, symbols and one relative relocation; RELRO to 0x2800, then data. */
function library(buildId: number): Uint8Array {
  const bytes = new Uint8Array(0x2000);
  const view = new DataView(bytes.buffer);
  const u64 = (at: number, value: number) => view.setBigUint64(at, BigInt(value), true);
  const text = (at: number, value: string) => bytes.set(new TextEncoder().encode(value), at);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, 3, true);
  view.setUint16(18, 62, true);
  u64(32, 64);
  view.setUint16(54, 56, true);
  view.setUint16(56, 5, true);
  const header = (i: number, type: number, flags: number, offset: number, address: number, fileSize: number) => {
    const at = 64 + 56 * i;
    view.setUint32(at, type, true);
    view.setUint32(at + 4, flags, true);
    [offset, address, address, fileSize, fileSize].forEach((value, n) => u64(at + 8 + 8 * n, value));
  };
  header(0, 1, 4, 0, 0, 0x1000);
  header(1, 1, 6, 0x1000, 0x2000, 0x1000);
  header(2, 2, 6, 0x1100, 0x2100, 0x90);
  header(3, 0x6474e552, 4, 0x1000, 0x2000, 0x800);
  header(4, 4, 4, 0x200, 0x200, 0x24);
  [4, 4, 3].forEach((value, i) => view.setUint32(0x200 + 4 * i, value, true));
  text(0x20c, 'GNU\0');
  view.setUint32(0x210, buildId, true);
  text(0x301, 'DotNetRuntimeContractDescriptor\0');
  view.setUint32(0x400 + 24, 1, true);
  view.setUint16(0x400 + 24 + 6, 1, true);
  u64(0x400 + 24 + 8, DESCRIPTOR);
  [1, 2, 1].forEach((value, i) => view.setUint32(0x500 + 4 * i, value, true));
  u64(0x600, 0x2000);
  u64(0x608, 8);
  u64(0x610, 0x500);
  [[4, 0x500], [5, 0x300], [6, 0x400], [7, 0x600], [8, 24], [0, 0]].forEach(([tag, value], i) => {
    u64(0x1100 + 16 * i, tag);
    u64(0x1108 + 16 * i, value);
  });
  text(0x1000 + DESCRIPTOR - 0x2000, 'DNCCDAC\0');
  text(0x1a00, 'initial value of a variable');
  return bytes;
}

/** A heap dump: of the library only its first page, in which one byte differs from the file, and a page of writable data. */
function dump(buildId: number): Dump {
  const bytes = new Uint8Array(0x2000);
  bytes.set(library(buildId).subarray(0, 0x1000));
  bytes[0xf00] = 0x77;
  bytes.fill(0x55, 0x1000);
  return {
    format: 'elf-core', os: 'linux', architecture: 'x64', pointerSize: 8, source: new BufferSource(bytes),
    ranges: [{ address: BASE, size: 0x1000, offset: 0 }, { address: BASE + 0x4000, size: 0x1000, offset: 0x1000 }],
    missing: [], regions: [], modules: [module], threads: [], flags: 0, osVersion: '', warnings: [],
  };
}

describe('the runtime’s own file beside a heap dump', () => {
  test('fills what is missing, with relocations, and nothing that may have changed', () => {
    const memory = openMemory(withImageFile(dump(7), module, new BufferSource(library(7))));
    expect(memory.pointer(BASE + 0x2000)).toBe(BASE + 0x500);
    expect(memory.utf8(BASE + DESCRIPTOR, 8)).toBe('DNCCDAC');
    expect(memory.has(BASE + 0x2a00)).toBe(false);
    expect(memory.has(BASE + DESCRIPTOR + 40)).toBe(false);
  });

  test('what the dump holds wins', () => {
    const memory = openMemory(withImageFile(dump(7), module, new BufferSource(library(7))));
    expect(memory.u8(BASE + 0xf00)).toBe(0x77);
    expect(memory.u8(BASE + 0x4000)).toBe(0x55);
  });

  test('another build is refused, with both build ids', () => {
    expect(() => withImageFile(dump(7), module, new BufferSource(library(8)))).toThrow(/has 08000000, the process ran 07000000/);
  });

  test('files of other kinds, cut and damaged ones end in a FormatError or fill less', () => {
    const good = library(7);
    expect(() => withImageFile(dump(7), module, new BufferSource(new Uint8Array(0)))).toThrow(FormatError);
    expect(() => withImageFile(dump(7), module, new BufferSource(new TextEncoder().encode('no library at all'.repeat(9))))).toThrow(FormatError);
    for (let i = 0; i < good.length; i += 7) {
      const bad = good.slice(0, i % 3 === 0 ? i : good.length);
      if (i < bad.length) bad[i] ^= 0xff;
      try {
        openMemory(withImageFile(dump(7), module, new BufferSource(bad)));
      } catch (error) {
        expect(error, `byte ${i}`).toMatchObject({ kind: expect.stringMatching(/format|read/) });
      }
    }
  });
});

const PE_BASE = 0x7ff600000000;
const TIMESTAMP = 0x5f3759df;

/** A DLL, written after the PE/COFF specification: headers, .rdata with an export and a relocated pointer, .data, .reloc. */
function dll(timestamp: number): Uint8Array {
  const bytes = new Uint8Array(0x1000);
  const view = new DataView(bytes.buffer);
  const u32 = (at: number, ...values: number[]) => values.forEach((value, i) => view.setUint32(at + 4 * i, value, true));
  const text = (at: number, value: string) => bytes.set(new TextEncoder().encode(value), at);
  view.setUint16(0, 0x5a4d, true);
  u32(0x3c, 0x80);
  u32(0x80, 0x4550);
  view.setUint16(0x84, 0x8664, true);
  view.setUint16(0x86, 3, true);
  u32(0x88, timestamp);
  view.setUint16(0x94, 0xf0, true);
  view.setUint16(0x98, 0x20b, true);
  view.setBigUint64(0x98 + 24, 0x180000000n, true);
  u32(0x98 + 56, 0x4000, 0x400);
  u32(0x98 + 108, 16);
  u32(0x98 + 112, 0x1000, 0x80);
  u32(0x98 + 112 + 40, 0x3000, 12);
  const section = (i: number, name: string, rva: number, offset: number, characteristics: number) => {
    const at = 0x98 + 0xf0 + 40 * i;
    text(at, name);
    u32(at + 8, 0x400, rva, 0x400, offset);
    u32(at + 36, characteristics);
  };
  section(0, '.rdata', 0x1000, 0x400, 0x40000040);
  section(1, '.data', 0x2000, 0x800, 0xc0000040);
  section(2, '.reloc', 0x3000, 0xc00, 0x42000040);
  // Export directory: one name; the descriptor lies behind it.
  u32(0x400 + 20, 1, 1, 0x1040, 0x1044, 0x1048);
  u32(0x440, 0x1200, 0x1050);
  text(0x450, 'DotNetRuntimeContractDescriptor\0');
  text(0x600, 'DNCCDAC\0');
  view.setBigUint64(0x610, 0x180001300n, true);
  text(0x800, 'initial value of a variable');
  u32(0xc00, 0x1000, 12);
  view.setUint16(0xc08, 0xa210, true);
  return bytes;
}

/** A heap dump of Windows: of the DLL only its data, as the process changed it. */
function windowsDump(): { dump: Dump; module: NativeModule } {
  const bytes = new Uint8Array(0x1000).fill(0x55);
  const own: NativeModule = { base: PE_BASE, size: 0x4000, path: 'C:\\x\\coreclr.dll', timestamp: TIMESTAMP, checksum: 0, version: '10.0.1226.42308' };
  return {
    module: own,
    dump: {
      format: 'minidump', os: 'windows', architecture: 'x64', pointerSize: 8, source: new BufferSource(bytes), ranges: [{ address: PE_BASE + 0x2000, size: 0x1000, offset: 0 }],
      missing: [], regions: [], modules: [own], threads: [], flags: 0, osVersion: '', warnings: [],
    },
  };
}

describe('coreclr.dll beside a heap dump of Windows', () => {
  test('its headers, exports and constants come from the file, relocated; its data does not', () => {
    const { dump: heap, module: own } = windowsDump();
    const memory = openMemory(withImageFile(heap, own, new BufferSource(dll(TIMESTAMP))));
    expect(PeImage.open(memory, PE_BASE).exports().get('DotNetRuntimeContractDescriptor')).toBe(PE_BASE + 0x1200);
    expect(memory.utf8(PE_BASE + 0x1200, 8)).toBe('DNCCDAC');
    expect(memory.pointer(PE_BASE + 0x1210)).toBe(PE_BASE + 0x1300);
    expect(memory.u8(PE_BASE + 0x2000)).toBe(0x55);
  });

  test('another build is refused, with both identities', () => {
    const { dump: heap, module: own } = windowsDump();
    expect(() => withImageFile(heap, own, new BufferSource(dll(1)))).toThrow(/has 000000014000, the process ran 5F3759DF4000/);
  });
});
