import { beforeAll, describe, expect, test } from 'vitest';
import { parseNumber, splitWords } from '../../src/lib/commands/index.ts';
import { Engine, splitCommand, splitStatements, suggest } from '../../src/lib/engine/index.ts';
import { renderText } from '../../src/lib/output/index.ts';
import type { OutputNode } from '../../src/lib/output/index.ts';
import { sampleSource } from '../support/dumps.ts';

let engine: Engine;
beforeAll(async () => {
  engine = new Engine();
  void [...engine.open(await sampleSource('redis-oom-win-x64'), 'case.dmp')];
});

function nodes(command: string, on = engine): OutputNode[] {
  return [...on.execute(command)].filter((n): n is OutputNode => n.kind !== 'progress');
}
const text = (command: string, on = engine) => renderText(nodes(command, on), on.context.lang);

describe('statements', () => {
  test('semicolons split outside quotes, braces and parentheses', () => {
    expect(splitStatements('!a; .echo "x;y"; .foreach (v {!b; !c}) {!d; !e} ; * rest; of line')).toEqual(['!a', '.echo "x;y"', '.foreach (v {!b; !c}) {!d; !e}']);
    expect(splitStatements('$$ note; !a')).toEqual(['!a']);
  });
  test('names keep their signs', () => {
    expect(splitCommand('!sos.dumpheap -stat')).toEqual({ name: 'dumpheap', rest: '-stat', bang: true });
    expect(splitCommand('~3s')).toMatchObject({ name: '~', rest: '3s' });
    expect(splitCommand('?1+1')).toMatchObject({ name: '?', rest: '1+1' });
    expect(splitCommand('lmvm coreclr')).toMatchObject({ name: 'lm', rest: 'vm coreclr' });
    expect(splitCommand('.sympath+ c:\\x')).toMatchObject({ name: '.sympath', rest: '+ c:\\x' });
    expect(splitCommand('.cordll -ve -l')).toMatchObject({ name: '.cordll', rest: '-ve -l' });
  });
});

describe('numbers and words', () => {
  test('hexadecimal unless told otherwise', () => {
    expect(parseNumber('10')).toBe(16);
    expect(parseNumber('0n10')).toBe(10);
    expect(parseNumber('00007f6e`b4867370')).toBe(0x7f6eb4867370);
    expect(parseNumber('20000', 'decimal')).toBe(20000);
    expect(parseNumber('0x20', 'decimal')).toBe(32);
    expect(parseNumber('xyz')).toBeUndefined();
  });
  test('quotes keep blanks', () => expect(splitWords('-type "a b" c')).toEqual(['-type', 'a b', 'c']));
});

describe('dispatch', () => {
  test('names are case-insensitive, with and without bang or extension', () => {
    const wanted = text('!eeversion');
    for (const form of ['eeversion', '!EEVersion', '!sos.eeversion', 'EEVERSION']) expect(text(form), form).toBe(wanted);
  });
  test('a mistyped command gets a suggestion that is a link', () => {
    expect(text('!dumpheep -stat')).toBe('No export dumpheep found\nDid you mean: !dumpheap -stat');
    expect(nodes('!dumpheep -stat').some((n) => n.kind === 'line' && n.parts.some((p) => typeof p !== 'string' && p.kind === 'link' && p.command === '!dumpheap -stat'))).toBe(true);
  });
  test('a mistyped option names itself and its neighbour', () => {
    expect(text('!dumpheap -sta')).toBe('Invalid start address: -sta\nDid you mean -stat?');
    expect(text('!clrstack -al')).toBe('Unknown option: -al\nDid you mean -all?');
    expect(text('!pe zzz')).toMatch(/Invalid exception object zzz/);
    expect(text('!do')).toBe('Invalid parameter ');
    expect(text('!dumphttp --stats --pending x')).toMatch(/^Unrecognized command or argument 'x'\./);
  });
  test('suggestions stay close', () => {
    expect(suggest('dumphep', ['dumpheap', 'dumpobj'])).toBe('dumpheap');
    expect(suggest('completely', ['dumpheap'])).toBeUndefined();
  });
  test('missing memory is an answer, not an accident', () => {
    expect(text('!do 1')).toMatch(/Invalid object/);
    expect(text('!pe ffffffffffff')).toMatch(/Invalid exception object/);
    expect(text('db 0 L10')).toMatch(/\?\? \?\?/);
  });
  test('without a dump commands say so', () => {
    expect(text('!threads', new Engine())).toMatch(/no dump is open/);
    expect(text('.echo hello', new Engine())).toBe('hello');
  });
  test('the wrong bitness is refused as SOS refuses it', async () => {
    const narrow = new Engine({ host: { bitness: 32 } });
    void [...narrow.open(await sampleSource('redis-oom-win-x64'), 'case.dmp')];
    expect(text('!dumpheap -stat', narrow)).toMatch(/^SOS does not support the current target architecture 'x64' \(0x8664\)/);
    expect(text('.cordll -ve -l', narrow)).toMatch(/mscordaccore_x86_AMD64_10\.0\.1426\.52326\.dll, Win32 error 0n87/);
    expect(text('lm m coreclr', narrow)).toMatch(/coreclr/);
  });
  test('answers in the language of the session', () => {
    const zh = new Engine({ lang: 'zh-tw' });
    expect(text('!threads', zh)).toMatch(/no dump is open|請先開啟傾印檔/);
    expect(text('!help pe', zh)).toMatch(/用法: !printexception/);
  });
});

describe('expressions', () => {
  test.each([
    ['? 0x8664', 'Evaluate expression: 34404 = 00000000`00008664'],
    ['? 0n10 + 10 * 2', 'Evaluate expression: 42 = 00000000`0000002a'],
    ['? (1 << 4) | 3', 'Evaluate expression: 19 = 00000000`00000013'],
    ['? -1', 'Evaluate expression: -1 = ffffffff`ffffffff'],
    ['? 7 mod 4', 'Evaluate expression: 3 = 00000000`00000003'],
    ['? 1/0', 'Divide by zero'],
    ['? nosuch', "Couldn't resolve error at 'nosuch'"],
    ['? (', "Numeric expression missing from '<EOL>'"],
  ])('%s', (command, wanted) => expect(text(command)).toBe(wanted));
  test('reads memory, modules, exports and registers', () => {
    const base = engine.session.dump!.modules.find((m) => /coreclr\.dll$/i.test(m.path))!.base;
    expect(text('? coreclr')).toContain(base.toString(16));
    expect(text('? wo(coreclr)')).toContain('00005a4d');
    expect(text('? coreclr!g_dacTable')).toMatch(/= 00000000`[0-9a-f]{8}$/);
    expect(text('? @rip').replace('`', '')).toContain(engine.session.dump!.threads[0].registers['rip'].toString(16));
  });
  test('deep nesting ends', () => expect(text(`? ${'('.repeat(500)}`)).toMatch(/nested too deeply|missing/));
});

describe('.foreach, aliases and lists', () => {
  test('-short feeds .foreach', () => {
    const addresses = text('!dumpheap -type SessionUnavailable -short').split('\n');
    expect(addresses.length).toBe(72);
    expect(text('.foreach (ex {!dumpheap -type SessionUnavailable -short}) {.echo <ex>}').split('\n')).toEqual(addresses.map((a) => `<${a}>`));
    expect(text('.foreach /pS 1 /ps 1 (x {.echo a b c d e}) {.echo x}')).toBe('b\nd');
  });
  test('bad forms are explained', () => expect(text('.foreach x')).toMatch(/Syntax error/));
  test('recursion ends', () => {
    expect(text('.foreach (a {.echo 1}) {.foreach (b {.echo 2}) {.echo a b}}')).toBe('1 2');
    const deep = Array.from({ length: 40 }).reduce<string>((inner) => `.foreach (x {.echo 1}) {${inner}}`, '.echo end');
    expect(text(deep)).toMatch(/nested too deeply/);
  });
  test('aliases replace whole words', () => {
    text('as hello .echo hi there');
    expect(text('hello')).toBe('hi there');
    text('ad hello');
    expect(text('hello')).toMatch(/Couldn't resolve/);
  });
});

describe('threads', () => {
  test('switching changes prompt and current thread', () => {
    expect(engine.prompt).toBe('0:000> ');
    text('~3s');
    expect(engine.prompt).toBe('0:003> ');
    expect(text('~999s')).toMatch(/Illegal thread error/);
    text('~0s');
    expect(text('~*e .echo x').split('\n').filter((l) => l === 'x').length).toBe(engine.session.dump!.threads.length);
  });
});

describe('completion', () => {
  test('commands, options, addresses', () => {
    expect(engine.complete('!dumphe', 7)).toEqual({ from: 0, items: ['!dumpheap'] });
    expect(engine.complete('!dumpheap -s', 12).items).toEqual(['-stat', '-short', '-strings', '-segment']);
    text('!pe 790f018');
    expect(engine.complete('!do 790', 7)).toEqual({ from: 4, items: ['790f018'] });
  });
});

describe('arguments of SOS commands', () => {
  test('WinDbg evaluates them: memory, registers and arithmetic', () => {
    const expected = text('!do 54a7390');
    expect(expected).toContain('Name:');
    const table = text('dq 54a7390 L1').split(/\s+/)[1];
    expect(text('!do 54a7398-8')).toBe(expected);
    expect(text('r $t1 = 54a7390; !do @$t1')).toBe(expected);
    expect(text('!dumpheap -mt poi(54a7390) -short')).toBe(text(`!dumpheap -mt ${table} -short`));
    expect(text('!dumpheap -mt poi( 54a7388 + 8 ) -short')).toBe(text(`!dumpheap -mt ${table} -short`));
  });
  test('what cannot be evaluated is refused by the command, and type names stay names', () => {
    expect(text('!do @nonsense')).toContain('Invalid parameter @nonsense');
    expect(text('!do poi(0)')).toContain('memory at 0x0 (8 bytes) is not in the dump');
    expect(text('!dumpheap -type Program+<>c -stat')).toContain('Storefront.Program+<>c');
  });
});
