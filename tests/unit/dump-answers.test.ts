import { beforeAll, describe, expect, test } from 'vitest';
import { BufferSource } from '../../src/lib/bytes/index.ts';
import { Engine } from '../../src/lib/engine/index.ts';
import { renderText } from '../../src/lib/output/index.ts';
import type { OutputNode } from '../../src/lib/output/index.ts';
import { sampleSource } from '../support/dumps.ts';

const open = async (id: string) => {
  const engine = new Engine();
  void [...engine.open(await sampleSource(id), 'case.dmp')];
  return engine;
};
const text = (engine: Engine, command: string) => renderText([...engine.execute(command)].filter((n): n is OutputNode => n.kind !== 'progress'), 'en');

let windows: Engine;
let linux: Engine;
beforeAll(async () => {
  windows = await open('crash-win-x64-net10');
  linux = await open('redis-oom-linux-x64');
});

describe('address space', () => {
  test('vmmap lists every region of the dump', () => {
    const rows = text(windows, '!vmmap').split('\n');
    expect(rows[0]).toBe('Start            Stop             Length            AllocProtect  Protect       State    Type    ');
    expect(rows.length - 1).toBe(windows.session.dump!.regions.length);
    const free = rows.find((row) => / Free /.test(row));
    expect(free).toMatch(/^[0-9A-F]{16}-[0-9A-F]{16} [0-9A-F]{16} {16}NA {12}Free {13}$/);
    expect(rows.some((row) => /ExRd {10}Commit {3}Image {3}$/.test(row))).toBe(true);
  });
  test('vmstat’s counts are those of the regions', () => {
    const commit = windows.session.dump!.regions.filter((r) => r.state === 0x1000);
    const block = /Commit:\nSmall +(\d+)K[^\n]* (\d+) +[\d,]+K\nMedium[^\n]*\nLarge[^\n]*\nSummary +4K +([\d,]+)K +([\d,]+)K +(\d+) +([\d,]+)K/.exec(text(windows, '!vmstat'))!;
    expect(Number(block[2])).toBe(commit.filter((r) => r.size <= 65536).length);
    expect(Number(block[5])).toBe(commit.length);
    expect(Number(block[3].replaceAll(',', ''))).toBe(Math.floor(Math.max(...commit.map((r) => r.size)) / 1024));
  });
});

describe('COM', () => {
  test('comstate reads every thread’s apartment', () => {
    const rows = text(windows, '!comstate').split('\n').slice(1);
    expect(rows.length).toBe(windows.session.dump!.threads.length);
    expect(rows[0]).toMatch(/^ {2}0 +[0-9a-f]+ [0-9A-F]{16} (STA|MTA|NTA|Ukn)/);
  });
  test('wrappers are counted from the sync blocks', () => {
    expect(text(windows, '!dumprcw')).toMatch(/^Missing RCW address\n0 objects have a built-in RCW\./);
    expect(text(windows, '!dumpccw 1234')).toBe('Error requesting CCW data');
    const object = text(windows, '!dumpheap -short -type System.Threading.Thread').split('\n')[0];
    expect(text(windows, `!dumpccw ${object}`)).toMatch(/^Object [0-9a-f]{16} has no CCW\.$/);
    expect(text(windows, '!rcwcleanuplist')).toMatch(/^An error occurred while traversing the cleanup list\.\n/);
  });
  test('is a matter of Windows', () => {
    for (const command of ['!comstate', '!dumprcw 1', '!dumpccw 1', '!rcwcleanuplist']) expect(text(linux, command), command).toBe('This command is only supported for Windows targets');
  });
});

describe('handles of the process', () => {
  test('a dump without the stream says how to get it', () => {
    expect(text(windows, '!handle')).toMatch(/^Unable to read handle information\nThis dump was written without handle data\./);
    expect(text(linux, '!handle')).toMatch(/Linux core file/);
  });

  test('a dump with the stream lists, filters and counts', async () => {
    const engine = await withHandles([[0x4, 'Event', '\\BaseNamedObjects\\Ready', 0x1f0003], [0x8, 'File', '', 0x12019f], [0xc, 'Event', '', 3]]);
    expect(text(engine, '!handle')).toBe('Handle 00000000`00000004\n  Type         \tEvent\nHandle 00000000`00000008\n  Type         \tFile\nHandle 00000000`0000000c\n  Type         \tEvent\n3 Handles\nType           \tCount\nEvent          \t2\nFile           \t1');
    expect(text(engine, '!handle 4 f')).toBe('Handle 00000000`00000004\n  Type         \tEvent\n  Attributes   \t0\n  GrantedAccess\t0x1f0003\n  HandleCount  \t2\n  PointerCount \t3\n  Name         \t\\BaseNamedObjects\\Ready');
    expect(text(engine, '!handle 0 0 File')).toMatch(/\n1 Handles\n/);
    expect(text(engine, '!handle 999')).toMatch(/is not in the table$/);
  });

  test('a damaged stream is clipped to what the file holds', async () => {
    const engine = await withHandles([[4, 'Event', '', 3]], 0xffffffff);
    expect(text(engine, '!handle')).toMatch(/\n1 Handles\n/);
  });
});

/** The sample with a handle stream (minidumpapiset.h) behind everything else, named by an unused entry of its directory. */
async function withHandles(handles: readonly (readonly [handle: number, type: string, name: string, access: number])[], declared = handles.length): Promise<Engine> {
  const source = await sampleSource('crash-win-x64-net10');
  const original = Buffer.from(source.read(0, source.size));
  const texts: Buffer[] = [];
  let at = original.length;
  const put = (value: string) => {
    if (!value) return 0;
    const bytes = Buffer.from(value, 'utf16le');
    const head = Buffer.alloc(4);
    head.writeUInt32LE(bytes.length);
    texts.push(head, bytes);
    at += 4 + bytes.length;
    return at - 4 - bytes.length;
  };
  const stream = Buffer.alloc(16 + 32 * handles.length);
  stream.writeUInt32LE(16, 0);
  stream.writeUInt32LE(32, 4);
  stream.writeUInt32LE(declared, 8);
  handles.forEach(([handle, type, name, access], i) => {
    const o = 16 + 32 * i;
    stream.writeBigUInt64LE(BigInt(handle), o);
    stream.writeUInt32LE(put(type), o + 8);
    stream.writeUInt32LE(put(name), o + 12);
    stream.writeUInt32LE(access, o + 20);
    stream.writeUInt32LE(2, o + 24);
    stream.writeUInt32LE(3, o + 28);
  });
  const file = Buffer.concat([original, ...texts, stream]);
  const directory = file.readUInt32LE(12);
  const unused = Array.from({ length: file.readUInt32LE(8) }, (_, i) => directory + 12 * i).find((entry) => file.readUInt32LE(entry) === 0)!;
  file.writeUInt32LE(12, unused);
  file.writeUInt32LE(stream.length, unused + 4);
  file.writeUInt32LE(at, unused + 8);
  const engine = new Engine();
  void [...engine.open(new BufferSource(file), 'handles.dmp')];
  return engine;
}

describe('pointers between managed and native memory', () => {
  test('findpointersin sums what regions of a use point to', () => {
    const out = text(windows, '!findpointersin Stack nosuch');
    const stacks = out.match(/^Type: {2}Stack$/gm)?.length ?? 0;
    expect(stacks).toBeGreaterThan(1);
    expect(out).toContain("Found not memory regions matching 'nosuch'.");
    const totals = out.slice(out.search(/ TOTALS {20,}\n/));
    expect(totals).toMatch(/Stack +\| +[\d,]+ \| +[\d,]+ \|/);
    expect(out).toMatch(/System_Private_CoreLib!System\.Threading\.Monitor\.Enter/);
    expect(text(windows, '!findpointersin')).toBe('Must specify at least one memory region type to search for.');
  });
  test('gctonative finds the native thread in each Thread object', () => {
    const out = text(windows, '!gctonative PAGE_READWRITE --all');
    const listed = [...out.matchAll(/^ \| +([0-9a-f]+) \| +[0-9a-f]+ \| System\.Threading\.Thread +\|/gm)].map((m) => parseInt(m[1], 16));
    const native = windows.context.clr.threads.list().map((t) => t.address);
    expect(native.filter((t) => listed.includes(t)).length).toBeGreaterThanOrEqual(4);
    expect(out).toMatch(new RegExp(`System\\.Threading\\.Thread +\\| +${listed.length} \\|`));
    expect(text(windows, '!gctonative nosuch')).toBe('No matching memory ranges.\n');
  });
});

describe('runtime and process', () => {
  test('runtimes tells where and which', () => {
    expect(text(linux, '!runtimes')).toMatch(/^#0 \.NET Core runtime 10\.0\.1226\.42308 at [0-9A-F]{16} size 006CB000 index [0-9a-f]{40}\n {4}Runtime module path: \/usr\/share\/dotnet\//);
    expect(text(linux, '!runtimes')).toMatch(/\n {8}DotNetRuntimeContractDescriptor: [0-9A-F]{16}\n/);
    expect(text(linux, '!setruntime 1')).toBe('Invalid runtime id 1');
  });
  test('procinfo shows what the dump keeps of the times', () => {
    expect(text(windows, '!procinfo')).toMatch(/^-{39}\nProcess Times\nProcess Started at: \d{4} \w{3} [ \d]\d \d+:\d+:\d+\.\d\d\nKernel CPU time {3}: 0 days \d\d:/);
    expect(text(linux, '!procinfo')).toMatch(/^!ProcInfo is not supported on a dump file\.\n/);
  });
  test('gchandleleaks finds every handle whose address is in memory', () => {
    const out = text(windows, '!gchandleleaks');
    const handles = windows.context.clr.handles.filter((h) => h.kind === 'Strong' || h.kind === 'Pinned').length;
    expect(out).toContain(`Found ${handles} handles:`);
    const located = new Set([...out.matchAll(/^Found ([0-9a-f]+) at location/gm)].map((m) => m[1]));
    const missing = Number(/Didn't find (\d+) handles/.exec(out)?.[1] ?? 0);
    expect(located.size + missing).toBe(handles);
    const [, handle, location] = /^Found ([0-9a-f]+) at location ([0-9a-f]+)$/m.exec(out)!;
    const value = windows.context.memory.pointer(parseInt(location, 16));
    expect(value - (value % 2)).toBe(parseInt(handle, 16));
  });
  test('sosflush reads anew and answers the same', () => {
    const before = text(windows, '!eeversion');
    expect(text(windows, '!sosflush')).toBe('Internal cached state reset');
    expect(text(windows, '!eeversion')).toBe(before);
  });
  test('watsonbuckets reads what the error report would say; without any it says so', async () => {
    const whole = 'Watson Bucket parameters:\nb1: OrderService.exe\nb2: 1.0.0.0\nb3: 6a890000\nb4: OrderService\nb5: 1.0.0.0\nb6: a4ecb540\nb7: a\nb8: 1a\nb9: System.ApplicationException';
    expect(text(windows, '!watsonbuckets')).toBe(whole);
    const others = await open('redis-oom-win-x64');
    expect(text(others, '~*e !watsonbuckets')).toMatch(/Can't get Watson Buckets\nThe thread has no exception\./);
    expect(text(linux, '!watsonbuckets')).toBe('This command is only supported for Windows targets');
  });
  test('minidumpmode refuses nothing', () => expect(text(windows, '!minidumpmode 1')).toMatch(/none is refused/));
});
