import { beforeAll, describe, expect, test } from 'vitest';
import { Engine, isUnfinished, joinBlock, splitStatements } from '../../src/lib/engine/index.ts';
import { renderText } from '../../src/lib/output/index.ts';
import type { OutputNode } from '../../src/lib/output/index.ts';
import { drive, macrotaskPause } from '../../src/lib/terminal/driver.ts';
import { sampleSource } from '../support/dumps.ts';

let engine: Engine;
beforeAll(async () => {
  engine = new Engine();
  void [...engine.open(await sampleSource('crash-win-x64-net10'), 'case.dmp')];
});
const text = (command: string) => renderText([...engine.execute(command)].filter((n): n is OutputNode => n.kind !== 'progress'), 'en');

describe('statements', () => {
  test('line ends separate, blocks go on over lines', () => {
    expect(splitStatements('.echo a\n.echo b')).toEqual(['.echo a', '.echo b']);
    expect(splitStatements('.if (1)\n{\n.echo a\n}\n.else\n{ .echo b }; .echo c')).toEqual(['.if (1)\n{\n.echo a\n}\n.else\n{ .echo b }', '.echo c']);
  });
  test('comments', () => {
    expect(splitStatements('$$ one; .echo a; * two; .echo b\n.echo c')).toEqual(['.echo a', '.echo c']);
  });
  test('as takes the line, aS a statement, j both its parts', () => {
    expect(splitStatements('as x .echo a; .echo b')).toEqual(['as x .echo a; .echo b']);
    expect(splitStatements('aS x .echo a; .echo b')).toEqual(['aS x .echo a', '.echo b']);
    expect(splitStatements("j (1) '.echo a; .echo b' ; '.echo c'; .echo d")).toEqual(["j (1) '.echo a; .echo b' ; '.echo c'", '.echo d']);
  });
});

describe('blocks over several lines', () => {
  test.each([['.if (1) {', true], ['r $t0=0; .while (1) {', true], ['.block { .if (1) { }', true], ['.if (1) {}', false], ['!do {', false], ['.echo {', false], ['as x .if {', false], ['.printf "{"', false]])('%s', (line, open) => {
    expect(isUnfinished(line)).toBe(open);
  });
  test('join to one line that runs', () => {
    const lines = ['.for (r $t0 = 0; @$t0 < 2; r $t0 = @$t0 + 1) {', '  * a comment; with } in it', '  .if (@$t0 == 0) {', '    .echo zero', '  } .else {', '    .echo other', '  }', '', '}'];
    let block = '';
    for (const [i, line] of lines.entries()) {
      block = joinBlock(block, line);
      expect(isUnfinished(block), line).toBe(i < lines.length - 1);
    }
    expect(text(block)).toBe('zero\nother');
  });
});

describe('control flow', () => {
  test.each([
    ['.if (1) { .echo a } .else { .echo b }', 'a'],
    ['.if(0){.echo a}.elsif(1){.echo b}.else{.echo c}; .echo d', 'b\nd'],
    ['.if @$tid = 0 { .echo a } .elsif (0) { .echo b } .else { .echo c }', 'c'],
    ['r $t0 = 0; .while (@$t0 < 3) { .printf "%d ", @$t0; r $t0 = @$t0 + 1 }', '0 1 2 '],
    ['.for (r $t1 = 0; @$t1 < 4; r $t1 = @$t1 + 1) { .if (@$t1 == 1) { .continue }; .if (@$t1 == 3) { .break }; .printf "%d\\n", @$t1 }', '0\n2'],
    ['r $t2 = 5; .do { .printf "%d\\n", @$t2; r $t2 = @$t2 + 1 } (@$t2 < 5)', '5'],
    ['.catch { .echo a; ? nosuch; .echo b }; .echo c', "a\nCouldn't resolve error at 'nosuch'\nc"],
    ['.catch { .echo a; .leave; .echo b }; .echo c', 'a\nc'],
    ['? nosuch; .echo never', "Couldn't resolve error at 'nosuch'"],
    ['!nosuchthing; .echo still', 'No export nosuchthing found\nstill'],
    ["j (@$ptrsize = 8) '.echo wide; .echo too' ; '.echo narrow'", 'wide\ntoo'],
    ["j 0 '.echo yes' ; '.echo no'", 'no'],
    ['r $t3 = 0; r $t3 = @$t3 + 1; .printf "%d", @$t3; z (@$t3 < 1)', '1'],
    ['.block { .echo a; .block { .echo b } }', 'a\nb'],
    ['.if (1)', "Syntax error: '{' expected at ''"],
    ['.while (1) { .echo a', "Syntax error: '}' expected"],
  ])('%s', (command, wanted) => expect(text(command)).toBe(wanted));

  test('z starts the whole line again', () => {
    text('r $t0 = 0');
    expect(text('.block { r $t0 = @$t0 + 1; .printf "%d ", @$t0; z (@$t0 < 4) }')).toBe('1 2 3 4 ');
  });

  test.each(['.while (1) {}', '.for (;;) {}', '.do {} (1)', 'z (1)', '.while (1) { .echo a }', '.foreach (x { .echo a b }) { .while (1) {} }'])('%s yields to Ctrl+C', async (command) => {
    const started = performance.now();
    const status = await drive(engine.execute(command), { output: () => undefined, progress: () => undefined }, macrotaskPause(), () => performance.now() - started > 60);
    expect(status).toBe('cancelled');
    expect(performance.now() - started).toBeLessThan(2000);
    expect(text('.echo alive')).toBe('alive');
  });
});

describe('.foreach', () => {
  test.each([
    ['.foreach (w { .echo a b; .echo c }) { .echo ${w}.txt }', 'a.txt\nb.txt\nc.txt'],
    ['.foreach /s (w "x y z") { .echo w }', 'x\ny\nz'],
    ['.foreach /pS 1 /ps 1 (w { .echo a b c d e }) { .echo w }', 'b\nd'],
    ['.foreach (a { .echo 1 2 }) { .foreach (b { .echo 3 4 }) { .echo a b } }', '1 3\n1 4\n2 3\n2 4'],
    ['.foreach (w { .printf "a"; .printf "b c" }) { .echo w }', 'ab\nc'],
    ['.foreach (w { .echo a b c }) { .if ($scmp("${w}", "b") == 0) { .break }; .echo w }', 'a'],
  ])('%s', (command, wanted) => expect(text(command)).toBe(wanted));
  test('/f is refused with a way out', () => expect(text('.foreach /f (w "file.txt") { .echo w }')).toMatch(/\/s/));
});

describe('aliases', () => {
  test('text, values, output and their forms', () => {
    text('as greet .echo hello; .echo again');
    expect(text('greet')).toBe('hello\nagain');
    text('as /x eight 4 + 4');
    expect(text('.echo eight ${eight} x${eight}x ${/v:eight} ${/d:eight} ${/d:nine} [${/f:nine}] ${/n:eight} ${nine}')).toBe('0x8 0x8 x0x8x eight 1 0 [] eight ${nine}');
    text('as /c banner .echo one; .echo two');
    expect(text('.foreach (w { .echo ${banner} }) { .echo <w> }')).toBe('<one>\n<two>');
    text('r $.u3 = abc');
    expect(text('.echo x$u3')).toBe('xabc');
    expect(text('al')).toMatch(/^ {2}Alias {12}Value {2}\n -{7} {10}-{7} \n greet {12}\.echo hello; \.echo again \n/);
    expect(text('ad nosuch')).toBe('No alias found: nosuch');
    expect(text('ad /q nosuch')).toBe('');
    text('ad *');
    expect(text('al')).toBe('No aliases');
  });
  test('a block sees what the line before it set', () => {
    expect(text('aS fresh yes; .block { .echo ${fresh} }')).toBe('yes');
    expect(text('as /x nine 4 + 5; .block { .echo ${nine} }')).toBe('0x9');
  });
  test('growth is bounded', () => {
    text(`as big ${'y'.repeat(60000)}`);
    const line = text(`.echo ${'${big} '.repeat(5000)}`);
    expect(line.length).toBeLessThan(2_000_000);
    text('ad *');
  });
});

describe('.printf', () => {
  test.each([
    ['.printf "%d|%5d|%-5d|%05d|%+d\\n", 0n42, 0n42, 0n42, 0n42, 0n42', '42|   42|42   |00042|+42'],
    ['.printf "%x %X %#x %08x %o", ab, ab, ab, ab, 8', 'ab AB 0xab 000000ab 10'],
    ['.printf "%d %I64d %u", ffffffff, ffffffffffffffff, ffffffff', '-1 -1 4294967295'],
    ['.printf "%p %N", 1234, 1234', '00000000`00001234 0000000000001234'],
    ['.printf "%c%c 100%%\\t\\"q\\"", 41, 0n66', 'AB 100%\t"q"'],
    ['.printf "%*d|%.3d", 6, 7, 7', '     7|007'],
    ['.printf "%f %.1f %e", 3ff8000000000000, 3ff8000000000000, 3ff8000000000000', '1.500000 1.5 1.500000e+00'],
    ['.printf "a\\nb\\n"; .echo c', 'a\nb\nc'],
    ['.printf "a"; .printf "b"; .echo c', 'abc'],
    ['.printf "%d"', "Numeric expression missing from '%d'"],
  ])('%s', (command, wanted) => expect(text(command)).toBe(wanted));
  test('reads text and names symbols', () => {
    const base = engine.session.dump!.modules.find((m) => /coreclr\.dll$/i.test(m.path))!.base;
    expect(text('.printf "%.2ma", coreclr')).toBe('MZ');
    expect(text('.printf "%y", coreclr + 10')).toBe('coreclr+0x10');
    expect(text(`.printf "%x", ${base.toString(16)}`)).toBe(base.toString(16));
    expect(text('.printf "%ma", 1')).toMatch(/not in the dump/);
  });
});

describe('registers, radix and C++ expressions', () => {
  test('pseudo-registers keep 64 bits', () => {
    expect(text('r $t0 = ffffffffffffffff; r $t0')).toBe('$t0=ffffffffffffffff');
    expect(text('r$t1=5; ? @$t1 + $t1')).toBe('Evaluate expression: 10 = 00000000`0000000a');
    expect(text('r? $t2 = 10 * 10; ? @$t2')).toBe('Evaluate expression: 100 = 00000000`00000064');
    expect(text('? @$t19')).toBe('Evaluate expression: 0 = 00000000`00000000');
  });
  test('parts of registers', () => {
    const rax = engine.session.dump!.threads[engine.session.thread].registers['rax'];
    expect(text('r eax, ax, al, ah')).toBe([['eax', 32, 0], ['ax', 16, 0], ['al', 8, 0], ['ah', 8, 8]].map(([n, bits, shift]) => `${n}=${BigInt.asUintN(Number(bits), rax >> BigInt(shift)).toString(16).padStart(Number(bits) / 4, '0')}`).join('\n'));
    expect(text('r nosuch')).toBe("Bad register error at 'nosuch'");
    expect(text('r rax = 1')).toMatch(/^Unable to set register/);
  });
  test('the radix changes plain numbers only', () => {
    expect(text('n 10; ? 10 + 0x10')).toBe('base is 10\nEvaluate expression: 26 = 00000000`0000001a');
    expect(text('n 8; ? 17')).toBe('base is 8\nEvaluate expression: 15 = 00000000`0000000f');
    expect(text('n 16; n')).toBe('base is 16\nbase is 16');
    expect(text('n 7')).toMatch(/Invalid radix/);
  });
  test.each([
    ['?? 10 * 3 + 0x10', 'int 0n46'],
    ['?? 1 && 0 || 1', 'int 0n1'],
    ['?? 0x7fffffff + 1', 'int64 0n2147483648'],
    ['? @@c++(10) + @@(10)', 'Evaluate expression: 20 = 00000000`00000014'],
    ['? $scmp("a", "b")', 'Evaluate expression: -1 = ffffffff`ffffffff'],
    ['? $sicmp("A", "a") + $spat("System.String", "System.*")', 'Evaluate expression: 1 = 00000000`00000001'],
    ['? $vvalid(@rsp, 8)', 'Evaluate expression: 1 = 00000000`00000001'],
    ['? $vvalid(0, 8)', 'Evaluate expression: 0 = 00000000`00000000'],
    ['? $scmp(1, 2)', 'Syntax error: $scmp("text", "text")'],
  ])('%s', (command, wanted) => expect(text(command)).toBe(wanted));
  test('?? says what it cannot', () => expect(text('?? @$peb->Ldr')).toMatch(/need symbols/));
  test('the entry point of an image', () => expect(text('? $iment(coreclr) > coreclr')).toContain(': 1 ='));
});

describe('what scripts cannot do here', () => {
  test.each(['$$><C:\\scripts\\x.txt', '$< x.txt', '$$>a<x.txt a b', '.shell dir', '.sleep 1000'])('%s says why and what instead', (command) => {
    expect(text(command)).toMatch(/does not work here\. It reads files or runs programs[\s\S]*Instead: /);
  });
});

describe('a hostile line', () => {
  test.each([`${'{'.repeat(3000)}`, `.if ${'('.repeat(3000)}`, `${'.block {'.repeat(200)}`, `.printf "${'%*d'.repeat(100)}"`, '${${${a}}}', 'as a ${a}', '.foreach (x {.foreach (x {.foreach', `.printf "%99999999d", 1`, `.printf "%ma", ffffffffffffffff`, `j '`])('%s ends', (command) => {
    const started = performance.now();
    text(command);
    expect(performance.now() - started).toBeLessThan(1000);
  });
});
