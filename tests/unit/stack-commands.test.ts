import { describe, expect, test } from 'vitest';
import type { Dump } from '../../src/lib/container/index.ts';
import { Engine, splitCommand } from '../../src/lib/engine/index.ts';
import { renderText } from '../../src/lib/output/index.ts';
import type { OutputNode } from '../../src/lib/output/index.ts';
import { fileSource, sampleSource } from '../support/dumps.ts';
import { Bytes, coreOf, elfImage, IMAGE_SIZE, stackOf } from '../support/cfi-writer.ts';

const LIB = 0x7f0000000000;
const STACK = 0x7ffe00000000;
const at = (rva: number) => LIB + rva;
const OUTERMOST = new Bytes().u8(0x07).uleb(16).list;

/** Two functions, the second the outermost; a call from it at 0x1280. `unwind`: whether the image has unwind data. */
function native(unwind = true): Dump {
  const image = elfImage([{ start: 0x1000, size: 0x100, instructions: [] }, { start: 0x1200, size: 0x100, instructions: OUTERMOST }]);
  image.set([0xe8, 0, 0, 0, 0], 0x127b);
  if (!unwind) image.fill(0, 0x200, 0x204);
  const dump = coreOf([{ address: LIB, bytes: image, executable: true }, stackOf(STACK, [at(0x1280), 0xa, 0xb, 0xc, 0xd])], [{ base: LIB, path: '/lib/libtest.so.1' }]);
  const registers = { rip: BigInt(at(0x1010)), rsp: BigInt(STACK), rbp: 1n, rax: 0xffffffffffffffffn, eflags: 0x246n };
  const thread = { registers, teb: 0, stack: { start: STACK, size: 0 } };
  return { ...dump, processId: 0x10, threads: [{ ...thread, id: 0x11 }, { ...thread, id: 0x12, registers: { ...registers, rip: BigInt(at(0x1280)) } }, { ...thread, id: 0x13 }] };
}

function session(dump: Dump) {
  const engine = new Engine({ host: { debugger: 'windbg', bitness: dump.pointerSize === 8 ? 64 : 32 } });
  engine.session.dump = dump;
  return (command: string, lang: 'en' | 'zh-tw' = 'en') => {
    const nodes: OutputNode[] = [];
    for (const node of engine.execute(command)) if (node.kind !== 'progress') nodes.push(node);
    return renderText(nodes, lang);
  };
}

const NOTE = 'Native functions are named by what their modules export; private symbols (PDB, .debug files) are not in a dump. module+0x… counts from the beginning of the module.';

describe('names of the family', () => {
  test.each([
    ['k', 'k', ''], ['k 5', 'k', '5'], ['kn', 'k', '/n'], ['kvn 5', 'k', '/vn 5'], ['kP', 'k', '/P'], ['kL 0n10', 'k', '/L 0n10'], ['k=1 2 3', 'k', '=1 2 3'], ['kb = 1 2 3', 'k', '/b = 1 2 3'],
    ['kframes', 'kframes', ''], ['~3k', '~', '3k'],
  ])('%s', (text, name, rest) => expect(splitCommand(text)).toEqual({ name, rest, bang: false }));
});

describe('k on x64', () => {
  test('heading, rows and the note, which comes once', () => {
    const run = session(native());
    const rows = [' # Child-SP          RetAddr               Call Site', '00 00007ffe`00000000 00007f00`00001280     libtest+0x1010', '01 00007ffe`00000008 00000000`00000000     libtest+0x1280'];
    expect(run('k')).toBe([...rows, NOTE].join('\n'));
    expect(run('kn')).toBe(rows.join('\n'));
    expect(run('k 1')).toBe(rows.slice(0, 2).join('\n'));
  });

  test('kb, kv, kf, kc', () => {
    const run = session(native());
    run('k');
    const words = '00000000`0000000a 00000000`0000000b 00000000`0000000c 00000000`0000000d';
    expect(run('kb 1')).toBe(` # RetAddr               : Args to Child                                                           : Call Site\n00 00007f00\`00001280     : ${words} : libtest+0x1010`);
    expect(run('kv 1')).toBe(` # Child-SP          RetAddr               : Args to Child                                                           : Call Site\n00 00007ffe\`00000000 00007f00\`00001280     : ${words} : libtest+0x1010`);
    expect(run('kf')).toBe([' #   Memory  Child-SP          RetAddr               Call Site', '00           00007ffe`00000000 00007f00`00001280     libtest+0x1010', '01         8 00007ffe`00000008 00000000`00000000     libtest+0x1280'].join('\n'));
    expect(run('kc')).toBe([' # Call Site', '00 libtest+0x1010', '01 libtest+0x1280'].join('\n'));
    expect(run('kd 2')).toBe(['00007ffe`00000000  00007f00`00001280 libtest+0x1280', '00007ffe`00000008  00000000`0000000a'].join('\n'));
  });

  test('a stack given by hand', () => {
    const run = session(native());
    expect(run(`k = 0 ${(STACK + 8).toString(16)} ${at(0x1280).toString(16)}`)).toContain('00 00007ffe`00000008 00000000`00000000     libtest+0x1280');
  });

  test('frames found by scanning are marked, warned of and explained in both languages', () => {
    const run = session(native(false));
    const text = run('k');
    expect(text).toContain('WARNING: Stack unwind information not available. Following frames may be wrong.\n01 00007ffe`00000008 00000000`00000000     libtest+0x1280 (scan)');
    expect(text).toContain('Frames marked (scan) were found');
    expect(session(native(false))('k', 'zh-tw')).toContain('標示 (scan) 的框架');
  });

  test('an ip in no module is warned of', () => {
    const dump = native();
    const threads = dump.threads.map((t) => ({ ...t, registers: { ...t.registers, rip: 0x1234n } }));
    expect(session({ ...dump, threads })('k')).toContain('WARNING: Frame IP not in any known module. Following frames may be wrong.\n00 00007ffe`00000000 00007f00`00001280     0x1234');
  });
});

describe('k on x86', () => {
  test('the chain of frame pointers', () => {
    const words = new Uint8Array(new Uint32Array([0x2010, 0x401285, 0xa, 0xb, 0, 0, 0xc, 0xd, 0xe, 0xf]).buffer);
    const dump = native();
    const x86 = { ...coreOf([{ address: 0x2000, bytes: words }], []), architecture: 'x86' as const, pointerSize: 4 as const, modules: [{ ...dump.modules[0], base: 0x400000, size: IMAGE_SIZE }] };
    const run = session({ ...x86, threads: [{ id: 1, registers: { eip: 0x401010n, esp: 0x1ff0n, ebp: 0x2000n }, teb: 0, stack: { start: 0, size: 0 } }] });
    expect(run('kb')).toBe([
      ' # ChildEBP RetAddr  Args to Child              ', '00 00002000 00401285 0000000a 0000000b 00000000 libtest+0x1010', '01 00002010 00000000 0000000c 0000000d 0000000e libtest+0x1285', NOTE,
    ].join('\n'));
  });
});

describe('frames, threads and scopes', () => {
  test('.frame shows, /r with registers, /c sets them until .cxr', () => {
    const run = session(native());
    expect(run('.frame 1')).toBe('01 00007ffe`00000008 00000000`00000000     libtest+0x1280');
    expect(run('.frame /r 1')).toContain('rip=00007f0000001280 rsp=00007ffe00000008');
    run('.frame /c 1');
    expect(run('r rip')).toBe('rip=00007f0000001280');
    expect(run('k 1')).toContain('00 00007ffe`00000008');
    expect(run('? @$ip')).toContain('00007f00`00001280');
    expect(run('~1k 1')).toContain('00 00007ffe`00000000');
    run('.cxr');
    expect(run('r rip')).toBe('rip=00007f0000001010');
    expect(run('.frame 7')).toContain('Cannot find frame 0x7, previous scope unchanged');
  });

  test('.cxr reads a CONTEXT and .exr a record from memory', () => {
    const context = new Uint8Array(0x4d0);
    const view = new DataView(context.buffer);
    view.setBigUint64(0x98, BigInt(STACK), true);
    view.setBigUint64(0xf8, BigInt(at(0x1280)), true);
    const record = new Bytes().word(0xc0000005, 4).word(0, 4).word(0, 8).word(at(0x1010), 8).word(2, 4).word(0, 4).word(1, 8).word(0x10, 8);
    const base = native();
    const pieces = [{ address: LIB, bytes: base.source.read(0, IMAGE_SIZE), executable: true }, { address: 0x5000, bytes: context }, { address: 0x7000, bytes: Uint8Array.from([...record.list, ...new Array<number>(64).fill(0)]) }];
    const run = session({ ...coreOf(pieces, [{ base: LIB, path: '/lib/libtest.so' }]), threads: base.threads });
    expect(run('.cxr 5000')).toContain('libtest+0x1280:');
    expect(run('r rip')).toBe('rip=00007f0000001280');
    expect(run('.exr 7000')).toBe(['ExceptionAddress: 00007f00`00001010 (libtest+0x0000000000001010)', '   ExceptionCode: c0000005 (Access violation)', '  ExceptionFlags: 00000000', 'NumberParameters: 2', '   Parameter[0]: 0000000000000001', '   Parameter[1]: 0000000000000010', 'Attempt to write to address 0000000000000010'].join('\n'));
    expect(run('.cxr 99990000')).toContain('Unable to read context');
  });

  test('~~[id] and !uniqstack', () => {
    const run = session(native());
    expect(run('~~[12]s')).toContain('.  1  Id: 10.12');
    expect(run('~~[99]s')).toContain('Illegal thread error');
    const text = run('!uniqstack');
    expect(text).toContain('Total threads: 3\nDuplicate callstacks: 1 (windbg thread #s follow):\n2');
    expect(text.match(/Child-SP/g)).toHaveLength(2);
  });
});

describe('!findstack', () => {
  test('threads, matching frames, whole stacks', () => {
    const run = session(native());
    run('k');
    expect(run('!findstack libtest 0')).toBe(['Thread 000, 2 frame(s) match', '', 'Thread 001, 1 frame(s) match', '', 'Thread 002, 2 frame(s) match', ''].join('\n'));
    expect(run('!findstack testlib')).toBe('');
    expect(run('!findstack lib?est')).toContain('Thread 001, 1 frame(s) match\n        * 00 00007ffe`00000000 00000000`00000000     libtest+0x1280\n');
    expect(run('!findstack')).toContain('Required argument missing');
  });
});

describe('lines of source', () => {
  test('stand behind managed frames where symbols are at hand; kL leaves them out', async () => {
    const engine = new Engine({ host: { debugger: 'windbg', bitness: 64 } });
    void [...engine.open(await sampleSource('redis-oom-linux-x64'), 'x.dmp', undefined, [{ name: 'Storefront.pdb', source: fileSource(new URL('../../public/sample-dumps/redis-oom-linux-x64/Storefront.pdb', import.meta.url).pathname) }])];
    const run = (command: string) => renderText([...engine.execute(command)].filter((n) => n.kind !== 'progress'), 'en');
    expect(run('k')).toMatch(/Storefront!Storefront\.Program\.Main\(System\.String\[\]\)\+0xb54 \[\/_\/Storefront\/Program\.cs @ 103\]$/m);
    expect(run('kL')).toMatch(/Storefront!Storefront\.Program\.Main\(System\.String\[\]\)\+0xb54$/m);
  });
});

describe('!analyze', () => {
  test('its stack has native frames, and leaves guessed ones to k', () => {
    expect(session(native())('!analyze -v')).toContain('STACK_TEXT:\n00007ffe`00000000 00007f00`00001280     libtest+0x1010\n00007ffe`00000008 00000000`00000000     libtest+0x1280\n');
    const guessed = session(native(false))('!analyze -v');
    expect(guessed).not.toContain('(scan)');
    expect(guessed).toContain('1 frames between these could only be guessed');
  });
});

describe('registers', () => {
  test('rM shows what the mask asks for', () => {
    const run = session(native());
    expect(run('rM 3')).toContain('rip=00007f0000001010');
    expect(run('rM 8')).toBe('cs=0000  ss=0000  ds=0000  es=0000  fs=0000  gs=0000');
    expect(run('rM 4')).toContain('Of the mask only');
    expect(run('r')).toMatch(/\nlibtest\+0x1010:$/);
  });

  test('@$ra is where the function returns to', () => expect(session(native())('? @$ra')).toContain('00007f00`00001280'));
  test('.trap says why it cannot', () => expect(session(native())('.trap 1000')).toContain('.trap does not work here'));
});

describe('what the system keeps of threads and processes', () => {
  const TEB = 0x10000;
  const PEB = 0x11000;
  const unicode = (text: string, at: number) => new Bytes().word(text.length * 2, 2).word(text.length * 2, 2).word(0, 4).word(at, 8).list;

  /** Blocks as winternl.h lays them out on x64, one module in the loader's list, two variables in the environment. */
  function windows(): Dump {
    const bytes = new Uint8Array(0x4000);
    const view = new DataView(bytes.buffer);
    const pointer = (at: number, value: number) => view.setBigUint64(at - TEB, BigInt(value), true);
    const put = (at: number, list: readonly number[]) => bytes.set(list, at - TEB);
    const text = (at: number, value: string) => [...value].forEach((c, i) => view.setUint16(at - TEB + 2 * i, c.charCodeAt(0), true));
    pointer(TEB + 8, 0x5000);
    pointer(TEB + 0x10, 0x4000);
    pointer(TEB + 0x30, TEB);
    pointer(TEB + 0x40, 0x10);
    pointer(TEB + 0x48, 0x11);
    pointer(TEB + 0x60, PEB);
    view.setUint32(0x68, 5, true);
    pointer(PEB + 0x10, 0x400000);
    pointer(PEB + 0x18, 0x12000);
    pointer(PEB + 0x20, 0x12800);
    bytes[0x12004 - TEB] = 1;
    pointer(0x12010, 0x12400);
    pointer(0x12400, 0x12010);
    pointer(0x12430, 0x400000);
    put(0x12448, unicode('C:\\a.exe', 0x12600));
    text(0x12600, 'C:\\a.exe');
    view.setUint32(0x12480 - TEB, 86_400, true);
    put(0x12870, unicode('a.exe go', 0x12620));
    text(0x12620, 'a.exe go');
    pointer(0x12880, 0x13000);
    text(0x13000, 'A=1\0B=2\0\0');
    const dump = coreOf([{ address: TEB, bytes }], []);
    return { ...dump, format: 'minidump', os: 'windows', threads: [{ id: 0x11, registers: { rip: 0n, rsp: 0n }, teb: TEB, stack: { start: 0, size: 0 } }] };
  }

  test('!teb and !gle', () => {
    const run = session(windows());
    expect(run('!teb')).toContain('TEB at 0000000000010000\n    ExceptionList:        0000000000000000\n    StackBase:            0000000000005000\n    StackLimit:           0000000000004000');
    expect(run('!teb')).toContain('    ClientId:             0000000000000010 . 0000000000000011');
    expect(run('!gle')).toBe('LastErrorValue: (Win32) 0x5 (5) - Access is denied.\nLastStatusValue: (NTSTATUS) 0x0 - STATUS_SUCCESS');
    expect(run('!teb 999000')).toContain('not in the dump');
  });

  test('!peb', () => {
    const text = session(windows())('!peb');
    expect(text).toContain('    ImageBaseAddress:         0000000000400000');
    expect(text).toContain('                    Base TimeStamp                     Module\n                  400000 00015180 Jan 02 00:00:00 1970 C:\\a.exe\n');
    expect(text).toContain("    CommandLine:  'a.exe go'");
    expect(text).toContain('    Environment:  0000000000013000\n        A=1\n        B=2');
  });

  test('a loader’s list that turns in a circle ends', () => {
    const dump = windows();
    const bytes = dump.source.read(0, 0x4000).slice();
    new DataView(bytes.buffer).setBigUint64(0x12400 - TEB, 0x12400n, true);
    expect(session({ ...dump, ...coreOf([{ address: TEB, bytes }], []), os: 'windows', threads: dump.threads })('!peb').match(/a\.exe$/gm)).toHaveLength(1);
  });

  test('on Linux the auxiliary vector, arguments and environment take its place', () => {
    const top = 0x9000;
    const words = [2, top + 0x100, top + 0x108, 0, top + 0x110, 0, 33, 0x7f00, 6, 4096, 25, top + 0x120, 0, 0];
    const bytes = new Uint8Array(0x200);
    bytes.set(new Bytes().word(0, 8).list);
    words.forEach((w, i) => new DataView(bytes.buffer).setBigUint64(8 * i, BigInt(w), true));
    [[0x100, 'prog'], [0x108, 'arg'], [0x110, 'KEY=1']].forEach(([at, text]) => bytes.set(new TextEncoder().encode(String(text)), Number(at)));
    const dump = { ...native(), ...coreOf([{ address: top, bytes }], [], new Map([[33, 0x7f00], [6, 4096], [25, top + 0x120]])), processId: 16, threads: native().threads };
    const text = session(dump)('!peb');
    expect(text).toContain("    CommandLine:      'prog arg'\n    Environment:\n        KEY=1");
    expect(text).toContain('    AT_PAGESZ:        4096');
    expect(session(dump)('!gle')).toContain('Linux has no GetLastError');
    expect(session(dump)('!teb', 'zh-tw')).toContain('Linux 執行緒沒有 TEB');
  });
});
