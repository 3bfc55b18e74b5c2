import { describe, expect, test } from 'vitest';
import { BufferSource } from '../../src/lib/bytes/index.ts';
import { isWow64, openDump } from '../../src/lib/container/index.ts';
import { Engine } from '../../src/lib/engine/index.ts';
import { renderText } from '../../src/lib/output/index.ts';
import { sampleSource } from '../support/dumps.ts';
import { windowsContext, writeMinidump } from '../support/minidump-writer.ts';
import type { MinidumpModel } from '../support/minidump-writer.ts';

const REGISTERS = { eax: 1, ebx: 0x80000002, ecx: 3, edx: 4, esi: 5, edi: 6, ebp: 0x9000f010, esp: 0x9000f000, eip: 0x90001234, eflags: 0x246 };
const words = (...values: number[]) => Uint8Array.from(new Uint8Array(Uint32Array.from(values).buffer));

const narrow = (list: MinidumpModel['list'], signExtended: boolean): MinidumpModel => ({
  architecture: 'x86', list, signExtended,
  threads: [{ id: 0x10, teb: 0xfffde000, registers: REGISTERS }, { id: 0x14, teb: 0x7ffde000, registers: { ...REGISTERS, eip: 0x401000, esp: 0x12f000 } }],
  modules: [{ base: 0x90000000, size: 0x10000, path: 'C:\\app\\high.dll' }, { base: 0x400000, size: 0x8000, path: 'C:\\app\\app.exe' }],
  memory: [{ address: 0x9000f000, bytes: words(0x90001234, 0x401000, 0xdeadbeef, 7) }, { address: 0x12f000, bytes: words(0x401004) }],
  exception: { thread: 0x14, code: 0xc0000005, address: 0x90001236, registers: { ...REGISTERS, eip: 0x90001236 } },
});

async function session(model: MinidumpModel, bitness: 32 | 64) {
  const engine = new Engine({ host: { bitness } });
  void [...engine.open(new BufferSource(writeMinidump(model)), 'written.dmp')];
  return (command: string) => {
    const nodes = [];
    for (const node of engine.execute(command)) if (node.kind !== 'progress') nodes.push(node);
    return renderText(nodes, 'en');
  };
}

describe.each(['MemoryList', 'Memory64List'] as const)('a 32-bit minidump with a %s', (list) => {
  test.each([false, true])('addresses above 2 GB, sign-extended: %s', (signExtended) => {
    const dump = openDump(new BufferSource(writeMinidump(narrow(list, signExtended))));
    expect(dump.warnings).toEqual([]);
    expect(dump).toMatchObject({ architecture: 'x86', pointerSize: 4, os: 'windows' });
    expect(dump.threads.map(({ id, teb }) => [id, teb])).toEqual([[0x10, 0xfffde000], [0x14, 0x7ffde000]]);
    expect(dump.threads[0].registers).toMatchObject(Object.fromEntries(Object.entries(REGISTERS).map(([name, value]) => [name, BigInt(value)])));
    expect(dump.modules.map((m) => m.base)).toEqual([0x90000000, 0x400000]);
    expect(dump.ranges.map(({ address, size }) => [address, size])).toEqual([[0x12f000, 4], [0x9000f000, 16]]);
    expect(dump.exception).toMatchObject({ threadId: 0x14, address: 0x90001236 });
    expect(dump.exception?.registers?.['eip']).toBe(0x90001236n);
  });

  test('registers and memory as WinDbg x86 shows them', async () => {
    const text = await session(narrow(list, true), 32);
    text('~0s');
    expect(text('r')).toBe([
      'eax=00000001 ebx=80000002 ecx=00000003 edx=00000004 esi=00000005 edi=00000006',
      'eip=90001234 esp=9000f000 ebp=9000f010 iopl=0         nv up ei pl zr na pe nc',
      'cs=0000  ss=0000  ds=0000  es=0000  fs=0000  gs=0000             efl=00000246',
      'high+0x1234:',
    ].join('\n'));
    expect(text('dp esp L4')).toBe('9000f000  90001234 00401000 deadbeef 00000007');
    expect(text('dps esp L2')).toBe('9000f000  90001234 high+0x1234\n9000f004  00401000 app+0x1000');
    expect(text('dq esp L1')).toBe('9000f000  00401000`90001234');
    expect(text('? poi(esp+8)')).toMatch(/= deadbeef$/);
    expect(text('? -1')).toBe('Evaluate expression: -1 = ffffffff');
    expect(text('.ecxr')).toMatch(/eip=90001236/);
  });
});

describe('a 64-bit dump of a 32-bit process', () => {
  const TEB = 0x7efdb000;
  const AREA = 0x10fd20;
  const slots = (): Uint8Array => {
    const teb = new Uint8Array(0x1500);
    new DataView(teb.buffer).setBigUint64(0x1488, BigInt(AREA), true);
    return teb;
  };
  const wide = (...modules: string[]): MinidumpModel => ({
    architecture: 'x64', list: 'Memory64List',
    threads: [{ id: 0x20, teb: TEB, registers: { rip: 0x745d2dd9, rsp: 0x10f000 } }],
    modules: [{ base: 0x400000, size: 0x1000, path: 'C:\\app\\app.exe' }, ...modules.map((path, i) => ({ base: 0x74500000 + 0x100000 * i, size: 0x100000, path }))],
    memory: [{ address: TEB, bytes: slots() }, { address: AREA, bytes: Buffer.concat([words(0x014c0000), windowsContext('x86', REGISTERS)]) }],
  });
  const shell = wide('C:\\Windows\\System32\\wow64cpu.dll', 'C:\\Windows\\System32\\wow64.dll');

  test('is told by wow64.dll, and not by a name that begins so', async () => {
    const wow64 = (model: MinidumpModel) => isWow64(openDump(new BufferSource(writeMinidump(model))));
    expect(wow64(shell)).toBe(true);
    expect(wow64(wide('C:\\Windows\\System32\\wow64cpu.dll'))).toBe(false);
    expect(wow64({ ...narrow('MemoryList', false), modules: [{ base: 0x400000, size: 0x1000, path: 'C:\\wow64.dll' }] })).toBe(false);
    expect(isWow64(openDump(await sampleSource('objects-win-x64-net9')))).toBe(false);
  });

  test('r shows both halves of a thread', async () => {
    const text = await session(shell, 64);
    expect(text('r')).toMatch(/rip=00000000745d2dd9[\s\S]*\nwow64cpu\+0xd2dd9:\nThe thread runs 32-bit code \(WOW64\); its registers there:\neax=00000001 ebx=80000002 .*\neip=90001234/);
    const cut = await session({ ...shell, memory: shell.memory.slice(0, 1) }, 64);
    expect(cut('r')).not.toMatch(/WOW64/);
  });

  test.each([[64, "'x86' (0x014c)", 'AMD64_x86'], [32, "'x64' (0x8664)", 'x86_AMD64']] as const)('the %s-bit debugger refuses it, and says which dump to take', async (bitness, machine, dac) => {
    const text = await session({ ...shell, modules: [...shell.modules, { base: 0x60000000, size: 0x1000, path: 'C:\\app\\coreclr.dll' }] }, bitness);
    expect(text('!clrstack')).toContain(`SOS does not support the current target architecture ${machine}.`);
    expect(text('!clrstack')).toContain('64-bit dump of a 32-bit process');
    expect(text('.cordll -ve -l')).toContain(`mscordaccore_${dac}_`);
    expect(text('.cordll -ve -l')).toContain('SysWOW64\\Taskmgr.exe');
    expect(text('lm m wow64')).toMatch(/wow64 /);
  });
});
