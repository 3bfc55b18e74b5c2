import { beforeAll, describe, expect, test } from 'vitest';
import { PeImage } from '../../src/lib/image/index.ts';
import { Engine } from '../../src/lib/engine/index.ts';
import { AddressSpace } from '../../src/lib/memory/index.ts';
import { BufferSource } from '../../src/lib/bytes/index.ts';
import { baseName, MAX_FILE, renderAnsi, renderHtml, renderText, writeFile } from '../../src/lib/output/index.ts';
import type { OutputNode } from '../../src/lib/output/index.ts';
import { sampleSource } from '../support/dumps.ts';

let engine: Engine;
beforeAll(async () => {
  engine = new Engine();
  void [...engine.open(await sampleSource('crash-win-x64-net10'), 'case.dmp')];
});

interface Run { readonly text: string; readonly files: ReadonlyMap<string, Buffer>; readonly nodes: readonly OutputNode[] }
/** Runs lines; gives what they printed and the files they completed. */
function run(...commands: readonly string[]): Run {
  const nodes: OutputNode[] = [];
  const open = new Map<string, Uint8Array[]>();
  const files = new Map<string, Buffer>();
  for (const command of commands) {
    for (const node of engine.execute(command)) {
      if (node.kind === 'progress') continue;
      nodes.push(node);
      if (node.kind === 'chunk') open.set(node.file.name, [...(open.get(node.file.name) ?? []), node.bytes]);
      if (node.kind === 'file') {
        files.set(node.file.name, Buffer.concat(open.get(node.file.name) ?? []));
        open.delete(node.file.name);
        expect(files.get(node.file.name)?.length).toBe(node.size);
      }
    }
  }
  return { text: renderText(nodes, 'en'), files, nodes };
}

describe('file names', () => {
  test.each([
    ['C:\\temp\\a.log', 'a.log'], ['/tmp/../x.dmp', 'x.dmp'], ['..', 'file-'], ['a\u202e\u0007b?.txt', 'a__b_.txt'], ['CON', 'file-CON'], ['nul.txt', 'file-nul.txt'], ['', 'file-'], ['傾印.dmp', '傾印.dmp'], [' .hidden. ', 'hidden'],
  ])('%s', (path, wanted) => expect(baseName(path)).toBe(wanted));
  test('are not too long', () => expect(baseName('x'.repeat(5000)).length).toBeLessThan(200));
});

describe('writing', () => {
  test('pieces are small copies, in order, and the end tells the size', () => {
    const big = new Uint8Array(200_000).map((_, i) => i % 251);
    const nodes = [...writeFile({ name: 'x', mime: 'text/plain', mode: 'new' }, [big.subarray(1)])];
    expect(nodes.at(-1)).toMatchObject({ kind: 'file', size: 199_999 });
    const chunks = nodes.flatMap((n) => (n.kind === 'chunk' ? [n.bytes] : []));
    expect(chunks.every((c) => c.byteLength <= 65536 && c.byteLength === c.buffer.byteLength)).toBe(true);
    expect(Buffer.compare(Buffer.concat(chunks), Buffer.from(big.subarray(1)))).toBe(0);
  });
  test('a file that grows without end is refused', () => {
    const piece = new Uint8Array(1 << 24);
    const endless = function* () {
      for (;;) yield piece;
    };
    let size = 0;
    expect(() => {
      for (const node of writeFile({ name: 'x', mime: 'text/plain', mode: 'new' }, endless())) if (node.kind === 'chunk') size += node.bytes.byteLength;
    }).toThrow(/larger than/);
    expect(size).toBeLessThanOrEqual(MAX_FILE);
  });
  test('renderers tell name and size; links only where there are links; no markup from the name', () => {
    const node = { kind: 'file', file: { name: '<b>\x1b[31m.txt', mime: 'text/plain', mode: 'new' }, size: 1234 } as const;
    expect(renderHtml(node, 'en')).toBe('File: _b__[31m.txt (1,234 bytes)');
    expect(renderAnsi(node, { lang: 'zh-tw', color: true, links: false })).toBe('檔案：_b__[31m.txt（1,234 位元組）');
    expect(renderAnsi(node, { lang: 'en', color: true, links: true })).toMatch(/^\x1b\]8;;dumplab-file:%3Cb%3E%1B%5B31m\.txt\x1b\\File: /);
    expect(renderText([{ kind: 'chunk', file: node.file, bytes: new Uint8Array(4) }], 'en')).toBe('');
  });
});

describe('logs', () => {
  test('hold everything from .logopen to .logclose, commands too', () => {
    const { text, files } = run('.logopen C:\\temp\\case.log', '.printf "a"; .printf "b\\n"; !nosuchcommand', '.logfile', '.logclose; .logfile');
    expect(files.get('C:\\temp\\case.log')?.toString()).toBe(
      "Opened log file 'C:\\temp\\case.log'\n0:000> .printf \"a\"; .printf \"b\\n\"; !nosuchcommand\nab\nNo export nosuchcommand found\n0:000> .logfile\nLog 'C:\\temp\\case.log' open\n0:000> .logclose; .logfile\nClosing open log file C:\\temp\\case.log\n".replaceAll('0:000> ', engine.prompt),
    );
    expect(text).toMatch(/No log file open$/);
  });
  test('opening another one completes the first', () => {
    const { files } = run('.logopen one.log; .echo 1', '.logopen two.log; .echo 2', '.logclose');
    expect([...files.keys()]).toEqual(['one.log', 'two.log']);
    expect(files.get('one.log')?.toString()).toMatch(/1\n.*\nClosing open log file one\.log\n$/);
    expect(files.get('two.log')?.toString()).not.toContain('one.log');
  });
  test('.logappend says so to whoever keeps the file', () => {
    const { nodes } = run('.logappend more.log; .echo x', '.logclose');
    expect(nodes.find((n) => n.kind === 'file')).toMatchObject({ file: { mode: 'append', live: true } });
  });
  test('dotnet-dump’s commands and words', () => {
    const { text, files } = run('logopen a.txt', '!eeversion', 'logopen', 'logclose', 'logopen');
    expect(text).toMatch(/^Console is logging to a\.txt\n10\.[\s\S]*\nConsole is logging to a\.txt\nConsole logging is disabled\n/);
    expect(text).toMatch(/Console logging is disabled$/);
    expect(files.get('a.txt')?.toString()).toMatch(/^Console is logging to a\.txt\n/);
  });
  test('lines of control characters cannot leave the log as such', () => {
    const { files } = run('.logopen c.log', '.printf "%c[31m", 1b', '.logclose');
    expect(files.get('c.log')?.toString()).not.toContain('\x1b');
  });
});

describe('memory and modules', () => {
  test('.writemem writes what db shows', () => {
    const { text, files } = run('.writemem "my stack.bin" @rsp L40');
    expect(text).toBe('Writing 40 bytes.\nFile: my stack.bin (64 bytes)');
    const { rsp } = engine.session.dump!.threads[engine.session.thread].registers;
    expect(Buffer.compare(files.get('my stack.bin')!, Buffer.from(engine.context.memory.read(Number(rsp), 64)))).toBe(0);
    expect(run('.writemem x.bin 0 L10').text).toMatch(/not in the dump/);
    expect(run('.writemem x.bin').text).toMatch(/Syntax error/);
  });
  test('savemodule: a file whose sections stand where its header says, with the metadata of the module', () => {
    const module = engine.context.clr.modules.list().find((m) => /OrderService\.dll$/i.test(m.path))!;
    const { text, files } = run(`!savemodule ${module.address.toString(16)} order.dll`);
    const bytes = files.get('order.dll')!;
    expect(text).toMatch(/^2 sections in file\nsection 0 - VA=2000, VASize=[0-9a-f]+, FileAddr=200, FileSize=[0-9a-f]+\n/);
    const memory = new AddressSpace(new BufferSource(bytes), [{ address: 0x10000, size: bytes.length, offset: 0 }], 8);
    const opened = PeImage.openManaged(memory, 0x10000)!;
    expect(opened.image.flat).toBe(true);
    expect(opened.size).toBe(module.metadata!.size);
    expect(bytes.length).toBe(Math.max(...opened.image.sections.map((s) => s.fileOffset + s.fileSize)));
  });
  test('savemodule says what is wrong', () => {
    expect(run('!savemodule').text).toBe('Usage: SaveModule <address> <file to save>');
    expect(run('!savemodule 0 x').text).toBe('Invalid arg');
    expect(run('!savemodule 10 x').text).toBe('0000000000000010 is not a Module or base address');
  });
  test('saveallmodules names each file', () => {
    const { text, files } = run('!saveallmodules out');
    expect(text).toMatch(/^Saving all modules to out\nModule [0-9a-f]{16}\n/);
    expect([...files.keys()]).toContain('out/OrderService.dll');
  });
});

describe('.dump', () => {
  test('/m writes a smaller dump that answers the same', async () => {
    const { text, files } = run('.dump /o /m C:\\temp\\small.dmp');
    const file = files.get('C:\\temp\\small.dmp')!;
    expect(text).toMatch(/^Creating C:\\temp\\small\.dmp - mini user dump\nFile: small\.dmp \([\d,]+ bytes\)\nDump successfully written\n/);
    const small = new Engine();
    void [...small.open(new BufferSource(file), 'small.dmp')];
    for (const command of ['!pe', '!dumpheap -stat', '!clrstack -all', '!gchandles']) {
      expect(renderText([...small.execute(command)].filter((n): n is OutputNode => n.kind !== 'progress'), 'en'), command).toBe(run(command).text);
    }
    expect(file.toString('latin1')).toContain('Trimmed by DumpLab');
  });
  test('/ma is the dump itself', () => {
    const { files } = run('.dump /ma all.dmp');
    const { source } = engine.session.dump!;
    expect(Buffer.compare(files.get('all.dmp')!, Buffer.from(source.read(0, source.size)))).toBe(0);
  });
  test('it yields often enough to be stopped, and the session goes on', () => {
    let steps = 0;
    for (const node of engine.execute('.dump /m x.dmp')) if (node.kind === 'progress' && ++steps > 20) break;
    expect(steps).toBeGreaterThan(20);
    expect(run('!eeversion').text).toMatch(/^10\./);
  });
  test('/ma refuses at once what is too large for a file', () => {
    const { dump } = engine.session;
    engine.session.dump = { ...dump!, source: { size: 2 ** 32, read: () => new Uint8Array(0) } };
    const { text, files } = run('.dump /ma all.dmp');
    engine.session.dump = dump;
    expect(text).toMatch(/no file of more than/);
    expect(files.size).toBe(0);
  });
  test('says what it cannot', () => {
    expect(run('.dump').text).toMatch(/Syntax error/);
    expect(run('.dump /b x.cab').text).toMatch(/Unrecognized option '\/b'/);
  });
});

describe('traverseheap', () => {
  test('every object once, ids in order; XML is well formed', () => {
    const log = run('!traverseheap heap.log').files.get('heap.log')!.toString();
    const objects = log.match(/^o 0x/gm)?.length ?? 0;
    expect(objects).toBeGreaterThan(1000);
    expect(log.match(/^n \d+ 1 \d+ \d+$/gm)?.length).toBe(objects);
    const xml = run('!traverseheap -xml heap.xml').files.get('heap.xml')!.toString();
    expect(xml.match(/<object /g)?.length).toBe(objects);
    expect(xml).toMatch(/^<gcheap>\n {2}<types>\n[\s\S]*<\/objects>\n<\/gcheap>$/);
  });
  test('-verify looks at the heap first', () => expect(run('!traverseheap -verify heap.log').text).toMatch(/objects verified/));
});
