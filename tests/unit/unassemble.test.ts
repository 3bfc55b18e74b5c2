import { beforeAll, describe, expect, test } from 'vitest';
import { nodeCapabilities } from '../../src/cli/needs.ts';
import { Engine } from '../../src/lib/engine/index.ts';
import { renderText } from '../../src/lib/output/index.ts';
import type { OutputNode } from '../../src/lib/output/index.ts';
import { drive, TerminalHost } from '../../src/lib/terminal/index.ts';
import type { Reply } from '../../src/lib/terminal/index.ts';
import { sampleSource } from '../support/dumps.ts';

let engine: Engine;
const text = (command: string, on = engine) => renderText([...on.execute(command)].filter((n): n is OutputNode => n.kind !== 'progress'), 'en');
const pause = () => new Promise<void>((resolve) => setImmediate(resolve));
/** Storefront.CartItem..ctor(): jitted, in private memory. */
const CTOR = { method: '68234880', start: 0x68d1d210, end: 0x68d1d23c } as const;
const CODE = /^[0-9a-f]{8}`[0-9a-f]{8} [0-9a-f]{2,30} +[a-z]/;

beforeAll(async () => {
  engine = new Engine({ capabilities: nodeCapabilities });
  for (const node of engine.open(await sampleSource('redis-oom-win-x64'), 'redis.dmp')) void node;
});

describe('u, of the debugger', () => {
  test('eight instructions with the method’s name, then on from there', () => {
    const first = text(`u ${CTOR.start.toString(16)}`).split('\n');
    expect(first).toHaveLength(9);
    expect(first[0]).toBe('Storefront!Storefront.CartItem..ctor():');
    expect(first[1]).toBe('00000000`68d1d210 55              push    rbp');
    expect(first[6]).toBe('00000000`68d1d222 48c740080800a421 mov     qword ptr [rax+8],21A40008h');
    expect(text('u').split('\n')[1]).toBe('00000000`68d1d235 90              nop');
  });
  test('a count, an end, an offset', () => {
    expect(text(`u ${CTOR.start.toString(16)} L3`).split('\n')).toHaveLength(4);
    expect(text(`u ${CTOR.start.toString(16)} ${(CTOR.end - 1).toString(16)}`).split('\n').at(-1)).toMatch(/ret$/);
    expect(text('u 68d1d21a L1').split('\n')[0]).toBe('Storefront!Storefront.CartItem..ctor()+0xa:');
    expect(text('u 68d1d21a 68d1d210')).toMatch(/Range error/);
  });
  test('names what modules export, and where branches lead', () => {
    const lines = text('u coreclr!MetaDataGetDispenser L4').split('\n');
    expect(lines[0]).toMatch(/^(coreclr!MetaDataGetDispenser:|The code page|00000000`)/);
    // The sample keeps no code of the system.
    expect(text('u @rip L2')).toMatch(/\?\? {14}\?\?\?\nThe code page at 00000001`7000d000 is not in this dump\.\n.*full dump/);
  });
  test('ub ends where it was asked to, on the method’s own instructions', () => {
    expect(text('ub 68d1d235 L2').split('\n')).toEqual([
      'Storefront!Storefront.CartItem..ctor()+0x1a:',
      '00000000`68d1d22a 488b4d10        mov     rcx,qword ptr [rbp+10h]',
      '00000000`68d1d22e ff142558c50a68  call    qword ptr [00000000`680ac558]',
    ]);
  });
  test('uf gives the whole method from any address in it, uf /c what it calls', () => {
    const whole = text('uf 68d1d22a').split('\n');
    expect(whole[0]).toBe('Storefront!Storefront.CartItem..ctor():');
    expect(whole.filter((l) => CODE.test(l))).toHaveLength(12);
    expect(text('uf /i 68d1d22a')).toMatch(/^12 instructions scanned/);
    expect(text('uf /c 68d1d22a').split('\n')).toEqual([
      'Storefront!Storefront.CartItem..ctor() (00000000`68d1d210)', '  Storefront!Storefront.CartItem..ctor()+0x1e (00000000`68d1d22e):', '    unresolvable call: call    qword ptr [00000000`680ac558]',
    ]);
  });
  test('ur reads 16 bits', () => {
    expect(text(`ur ${CTOR.start.toString(16)} L1`)).toBe('Storefront!Storefront.CartItem..ctor():\n00000000`68d1d210 55              push    bp');
  });
});

describe('!u, of SOS', () => {
  test('a method with what it calls', () => {
    const lines = text(`!u -n ${CTOR.method}`).split('\n');
    expect(lines.slice(0, 4)).toEqual(['Normal JIT generated code', 'Storefront.CartItem..ctor()', 'Begin 0000000068D1D210, size 2c', '00000000`68d1d210 55              push    rbp']);
    expect(lines).toContain('00000000`68d1d22e ff142558c50a68  call    qword ptr [00000000`680ac558] (System.Object..ctor(), mdToken: 00000000060006ED)');
  });
  test('source lines before the code made of them, unless -n says not to', () => {
    expect(text(`!u ${CTOR.method}`)).toMatch(/^Begin .*\n\n\S+\.cs @ \d+:\n00000000`68d1d210 55/m);
    expect(text(`!u -n ${CTOR.method}`)).not.toMatch(/\.cs @/);
  });
  test('marks the address that was asked for, with offsets', () => {
    expect(text('!clru -o 68d1d22a')).toMatch(/^>>> 001a 00000000`68d1d22a 488b4d10 {8}mov {5}rcx,qword ptr \[rbp\+10h\]$/m);
  });
  test('GC info and handlers between the instructions', () => {
    const main = text('!clrstack').match(/([0-9A-F]{16}) Storefront\.Program\.Main/)?.[1] ?? '';
    const whole = text(`!u -gcinfo -ehinfo ${main}`);
    expect(whole).toMatch(/^Prolog size: .*$/m);
    expect(whole).toMatch(/^Untracked: .*\n(?:.*\n)*?EHHandler 0: TYPED CLAUSE BEGIN catch\(\S+\) $/m);
    // The same changes as gcinfo prints, in the same order.
    const changes = text(`!gcinfo ${main}`).split('\n').filter((l) => /^[0-9a-f]{8} /.test(l));
    expect(whole.split('\n').filter((l) => /^[0-9a-f]{8} /.test(l))).toEqual(changes);
  });
  test('names allocations, types and strings of constants', () => {
    const main = text('!clrstack').match(/([0-9A-F]{16}) Storefront\.Program\.Main/)?.[1] ?? '';
    const whole = text(`!u ${main}`);
    expect(whole).toMatch(/ \(JitHelp: CORINFO_HELP_NEWSFAST\)$/m);
    expect(whole).toMatch(/mov {5}[er]cx,[0-9A-F]+h \(MT: Storefront\.RequestQueue\)$/m);
    expect(whole).toMatch(/ \("ready "\)$/m);
    expect(whole).toMatch(/ \(System\.Threading\.Thread\.Sleep\(Int32\), mdToken: 0000000006003EAA\)$/m);
  });
  test('code that is not there says so', () => {
    expect(text('!u 20eb0000')).toMatch(/^Begin 0000000020EAFDC0, size f3\nThe code page at 00000000`20eaf000 is not in this dump\.\n/m);
    expect(text('!u 1000')).toMatch(/^Unmanaged code\nThe code page at 00000000`00001000/);
  });
});

describe('the disassembler', () => {
  const open = { type: 'open', location: { kind: 'packed', url: 'good' }, lang: 'en', host: { debugger: 'windbg', bitness: 64 } } as const;
  async function host(load?: () => Promise<NonNullable<typeof nodeCapabilities.disassembler>>) {
    const replies: Reply[] = [];
    const source = await sampleSource('redis-oom-win-x64');
    const terminal = new TerminalHost((r) => replies.push(r), async () => ({ source, name: 'redis.dmp' }), load);
    const run = async (id: number, command: string) => {
      terminal.handle({ type: 'run', id, command });
      for (let i = 0; i < 20_000; i++) {
        await pause();
        if (replies.some((r) => r.type === 'done' && r.id === id)) break;
      }
      return renderText(replies.flatMap((r) => (r.type === 'output' && r.id === id ? r.nodes : [])), 'en');
    };
    terminal.handle(open);
    return { run, replies };
  }

  test('is loaded by the first command that needs it, once', async () => {
    let loads = 0;
    const { run, replies } = await host(async () => {
      loads++;
      return nodeCapabilities.disassembler!;
    });
    await run(1, 'db @rsp L10');
    expect(loads).toBe(0);
    expect(await run(2, 'r $t0 = 1; .if (1) { u 68d1d210 L1 }')).toMatch(/push {4}rbp$/);
    expect(await run(3, 'u 68d1d210 L1')).toMatch(/push {4}rbp$/);
    expect(loads).toBe(1);
    expect(replies.find((r) => r.type === 'progress' && r.id === 2)).toMatchObject({ label: { en: 'Loading the disassembler' } });
  });
  test('that cannot be loaded is said, and tried again', async () => {
    let loads = 0;
    const { run } = await host(async () => {
      if (loads++ === 0) throw new Error('offline');
      return nodeCapabilities.disassembler!;
    });
    expect(await run(1, 'u 68d1d210')).toMatch(/could not be loaded\. Check the connection/);
    expect(await run(2, 'u 68d1d210 L1')).toMatch(/push {4}rbp$/);
  });
  test('without a host that loads it, the command explains itself', () => {
    const bare = new Engine();
    bare.session.dump = engine.session.dump;
    expect(text('u 68d1d210', bare)).toMatch(/could not be loaded/);
  });
});

test('without a runtime the debugger’s own commands go on, and look for it once a command', () => {
  const { dump } = engine.session;
  if (!dump) throw new Error('no dump');
  let looked = 0;
  const modules = dump.modules.filter((m) => !/coreclr/i.test(m.path));
  const bare = new Engine({ capabilities: nodeCapabilities });
  bare.session.dump = Object.create(dump, { modules: { value: modules }, architecture: { get: () => (looked++, dump.architecture) } }) as typeof dump;
  expect(text('u 68d1d210 L3', bare).split('\n')).toEqual(['00000000`68d1d210 55              push    rbp', '00000000`68d1d211 4883ec20        sub     rsp,20h', '00000000`68d1d215 488d6c2420      lea     rbp,[rsp+20h]']);
  const few = looked;
  looked = 0;
  text('u 68d1d210 L30', bare);
  expect(looked).toBeLessThanOrEqual(few);
  expect(text('!u 68d1d210', bare)).toMatch(/no .NET runtime found/);
});

test('a huge range shows progress and can be stopped', async () => {
  const { start, end } = engine.context.clr.segments.reduce((a, b) => (a.end - a.start > b.end - b.start ? a : b));
  expect(end - start).toBeGreaterThan(100_000);
  let shown = 0;
  let lines = 0;
  let stop = false;
  const started = performance.now();
  const status = await drive(engine.execute(`u ${start.toString(16)} ${(end - 1).toString(16)}`), { output: (nodes) => (lines += nodes.length), progress: () => (shown++, (stop = true)) }, pause, () => stop);
  expect(status).toBe('cancelled');
  expect(shown).toBe(1);
  expect(lines).toBeGreaterThan(100);
  expect(performance.now() - started).toBeLessThan(20_000);
});

test('any memory can be taken for code', () => {
  for (const { start } of engine.context.clr.segments) for (const command of ['u', 'ub', 'uf', '!u', 'ur']) expect(text(`${command} ${(start + 0x103).toString(16)}`)).not.toBe('');
  for (const command of ['u 0', 'u ffffffffffffffff', 'ub 0', 'uf fffffffffffff000', '!u 0', 'u 1fffffffffffff L2', 'ub 1fffffffffffff']) expect(text(command), command).toMatch(/not in this dump|not in the dump|\?\?\?/);
});
