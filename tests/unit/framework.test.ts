import { describe, expect, test } from 'vitest';
import { BufferSource } from '../../src/lib/bytes/index.ts';
import { openDump } from '../../src/lib/container/index.ts';
import { Engine } from '../../src/lib/engine/index.ts';
import { openClr } from '../../src/lib/heap/index.ts';
import { openMemory } from '../../src/lib/memory/index.ts';
import { renderText } from '../../src/lib/output/index.ts';
import type { OutputNode } from '../../src/lib/output/index.ts';
import { writeFrameworkProcess } from '../support/framework-writer.ts';

describe.each(['x86', 'x64'] as const)('.NET Framework, %s', (architecture) => {
  const made = writeFrameworkProcess(architecture);
  const open = (bytes = made.dump) => {
    const engine = new Engine({ host: { debugger: 'windbg', bitness: architecture === 'x86' ? 32 : 64 } });
    void [...engine.open(new BufferSource(bytes), 'w3wp.dmp')];
    return (command: string) => renderText([...engine.execute(command)].filter((n): n is OutputNode => n.kind !== 'progress'), 'en');
  };
  const dump = openDump(new BufferSource(made.dump));
  const clr = openClr(dump, openMemory(dump));

  test('every object is found, no garbage behind the newest one, by its type', () => {
    const found = new Map<string, number>();
    const strings: string[] = [];
    const walker = clr.walk();
    while (walker.step((address, table) => {
      const name = clr.types.name(table.address, 'sos');
      found.set(name, (found.get(name) ?? 0) + 1);
      if (table.isString) strings.push(clr.objects.string(address) ?? '');
    }));
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(made.counts));
    expect(strings).toEqual(made.strings);
    expect(walker.errors).toEqual([]);
  });

  test('exceptions are read through the fields they declare', () => {
    expect(clr.exceptions.find(made.exception)).toMatchObject({ typeName: 'Shop.CartException', message: 'the cart is locked', inner: made.innerException, hresult: 0x80131501 });
    expect(clr.exceptions.find(made.innerException)).toMatchObject({ typeName: 'System.Exception', message: made.message, inner: 0 });
  });

  test('every answer says that it is experimental and how far it can be trusted', () => {
    const run = open();
    for (const command of ['!dumpheap -type Exception -stat', `!pe ${made.exception.toString(16)}`, `!do ${made.cart.toString(16)}`]) {
      expect(run(command)).toMatch(/^Experimental: \.NET Framework 4\.8\.4300\.0 is read by shapes.*Confidence 100 %/);
    }
    expect(run('!sosstatus')).toMatch(/types whose base type is the one their metadata names/);
    expect(run('!eeversion')).toContain('4.8.4300.0 retail');
  });

  test('commands print what SOS prints on such a process', () => {
    const run = open();
    const stat = run('!dumpheap -type Exception -stat');
    expect(stat).toMatch(/\n\s*[0-9a-f]+ +1 +\d+ Shop\.CartException\n/);
    expect(stat).toMatch(/Total 2 objects/);
    expect(run(`!pe ${made.exception.toString(16)}`)).toContain(`InnerException:   System.Exception, Use !printexception ${made.innerException.toString(16).toUpperCase().padStart(architecture === 'x86' ? 8 : 16, '0')} to see more.`);
    expect(run(`!pe ${made.innerException.toString(16)}`)).toMatch(/0*40001234 Shop!Shop\.Cart\.Checkout\(\)/);
    const cart = run(`!do ${made.cart.toString(16)}`);
    expect(cart).toContain('Name:        Shop.Cart');
    expect(cart).toMatch(/System\.String +No instance +[0-9a-f]+ owner/);
    expect(cart).toMatch(/System\.Int32 +Yes instance +7 count/);
    const owners = run('.foreach (c {!dumpheap -type Shop.Cart -short}) {.echo c}').trim().split('\n').filter((l) => /^[0-9a-f]+$/.test(l));
    expect(owners).toHaveLength(42);
  });

  test('what is not read is refused with its reason', () => {
    const run = open();
    expect(run('!dumpheap -stat -gen gen0')).toContain('the generations of this heap are not known');
    for (const command of ['!threads', '!gchandles', '!syncblk', '!clrstack', '!gcroot 3001000']) expect(run(command), command).toMatch(/not|does/);
  });

  test('layouts that do not fit are refused with the evidence, not guessed at', () => {
    const bytes = Uint8Array.from(made.dump);
    // Tokens shifted by one: the heap still walks, but no type has the base its metadata names.
    const { ranges } = dump;
    for (const name of ['Shop.Cart', 'System.Exception', 'Shop.CartException', 'System.String']) {
      const walker = clr.walk();
      let table = 0;
      while (walker.step((_, t) => { if (clr.types.name(t.address, 'sos') === name) table = t.address; }));
      const range = ranges.find((r) => table >= r.address && table < r.address + r.size)!;
      bytes[range.offset + table - range.address + 10] += 1;
    }
    const text = open(bytes)('!dumpheap -stat');
    expect(text).toContain('the guessed layouts do not fit this dump');
    expect(text).toMatch(/\d+ of \d+ types whose base type/);
  });

  test('damaged processes end in a message or a partial answer, in bounded time', () => {
    let seed = 7;
    const random = (n: number) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
    for (let round = 0; round < 40; round++) {
      const bytes = Uint8Array.from(made.dump);
      for (let i = 0; i < 200; i++) bytes[200 + random(bytes.length - 200)] = random(256);
      const started = performance.now();
      try {
        const run = open(bytes);
        for (const command of ['!dumpheap -stat', `!pe ${made.exception.toString(16)}`, '!name2ee * Shop.Cart', `!do ${made.cart.toString(16)}`]) expect(typeof run(command)).toBe('string');
      } catch (error) {
        expect((error as Error).name).toBe('FormatError');
      }
      expect(performance.now() - started).toBeLessThan(5000);
    }
  });
});
