import { spawn, spawnSync } from 'node:child_process';
import { closeSync, copyFileSync, cpSync, ftruncateSync, mkdirSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openPackedDirectory } from '../../src/cli/packed-directory.ts';

const ROOT = new URL('../..', import.meta.url).pathname;
const BIN = join(ROOT, 'bin/dumplab.mjs');
const SAMPLE = join(ROOT, 'public/sample-dumps/crash-win-x64-net10');
const folder = mkdtempSync(join(tmpdir(), 'dumplab-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(args: readonly string[], input = '', env: NodeJS.ProcessEnv = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, ...args], { input, encoding: 'utf8', maxBuffer: 1 << 28, env: { ...process.env, LANG: 'C', LC_ALL: 'C', ...env } });
  return { status, stdout, stderr };
}

/** The crash sample as one plain minidump file. */
function rawSample(): string {
  const path = join(folder, 'crash.dmp');
  const source = openPackedDirectory(SAMPLE);
  const file = openSync(path, 'w');
  for (let at = 0; at < source.size; at += 1 << 20) writeSync(file, source.read(at, Math.min(1 << 20, source.size - at)), 0, undefined, at);
  closeSync(file);
  return path;
}
const raw = rawSample();

describe('analyze', () => {
  test('runs commands and prints what they print', () => {
    const { status, stdout } = run(['analyze', SAMPLE, '-c', '!eeversion', '-c', '!pe']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^0:\d{3}> !eeversion\n10\.0\./);
    expect(stdout).toContain('Exception type:');
  });

  test('--json gives one object a command, with facts', () => {
    const { status, stdout } = run(['analyze', SAMPLE, '-c', '!pe', '-c', '!nosuch', '--json']);
    expect(status).toBe(0);
    const objects = stdout.trim().split('\n').map((line) => JSON.parse(line) as { command: string; status: string; output: { kind: string }[] });
    expect(objects.map((o) => o.command)).toEqual(['!pe', '!nosuch']);
    expect(objects[0].output.some((n) => n.kind === 'fact')).toBe(true);
  });

  test('speaks both languages', () => {
    expect(run(['analyze', SAMPLE, '-c', '!dumpheep', '--lang', 'zh-tw']).stdout).toContain('您是不是要輸入');
    expect(run(['analyze', SAMPLE, '-c', '!dumpheep']).stdout).toContain('Did you mean');
    expect(run(['--help']).stdout).toMatch(/^usage:/);
    expect(run(['--help', '--lang', 'zh-tw']).stdout).toMatch(/^用法：/);
    expect(run(['--help'], '', { LC_ALL: '', LANG: 'zh_TW.UTF-8' }).stdout).toMatch(/^用法：/);
    expect(run(['analyze', '--help']).status).toBe(0);
  });

  test('--symbols: a PDB, a folder of them, one of another build, and what is none', () => {
    const dump = join(ROOT, 'public/sample-dumps/redis-oom-linux-x64');
    const pdb = join(dump, 'Storefront.pdb');
    const other = join(ROOT, 'public/sample-dumps/redis-oom-win-x64/Storefront.pdb');
    // As a plain dump, without the PDB that is published with the sample.
    const plain = join(folder, 'plain');
    cpSync(dump, plain, { recursive: true });
    const index = JSON.parse(readFileSync(join(plain, 'index.json'), 'utf8')) as { symbols?: unknown };
    delete index.symbols;
    writeFileSync(join(plain, 'index.json'), JSON.stringify(index));
    const store = join(folder, 'store/storefront.pdb/1F6A9687177E43D8B31CAEF8829DF028ffffffff');
    mkdirSync(store, { recursive: true });
    copyFileSync(pdb, join(store, 'storefront.pdb'));
    const LINE = 'Storefront.Program.Main(System.String[]) [/_/Storefront/Program.cs @ 103]';
    const stack = (...symbols: string[]) => run(['analyze', plain, '-c', '!clrstack', ...symbols.flatMap((s) => ['--symbols', s])]).stdout;
    expect(stack()).not.toContain('Program.cs');
    expect(stack(pdb)).toContain(LINE);
    expect(stack(join(folder, 'store'))).toContain(LINE);
    expect(stack(other)).not.toContain('Program.cs');
    expect(run(['analyze', plain, '-c', 'lmvm Storefront', '--symbols', other]).stdout).toMatch(/PDB: .*1F6A9687177E43D8B31CAEF8829DF028 age 1, stamp EF5841CB.*mismatched pdb: it is BC51E95BC3C747448B2955B245999949 E7F1F9C4/s);
    expect(run(['analyze', plain, '-c', '.sympath', '--symbols', BIN]).stdout).toContain('dumplab.mjs - not a PDB');
    expect(run(['analyze', plain, '-c', '.sympath', '--symbols', join(folder, 'nowhere')]).status).toBe(2);
    // The sample brings its own.
    expect(run(['analyze', dump, '-c', '!clrstack']).stdout).toContain(LINE);
  });

  test('refuses with the wrong bitness, as SOS does', () => {
    expect(run(['analyze', SAMPLE, '--bits', '32', '-c', '!threads']).stdout).toContain('SOS does not support the current target architecture');
    const x86 = new URL('../../public/sample-dumps/orders-x86-win', import.meta.url).pathname;
    expect(run(['analyze', x86, '-c', '!threads']).stdout).toContain('ThreadCount:');
    expect(run(['analyze', x86, '--bits', '64', '-c', '!threads']).stdout).toContain('SOS does not support the current target architecture');
  });

  test('a bad file, a missing file and a bad option end with 2 and a reason', () => {
    const zip = join(folder, 'a.zip');
    writeFileSync(zip, Buffer.from('PK\u0003\u0004 and some more bytes than that'));
    for (const [args, words] of [[['analyze', zip, '-c', '!pe'], /dump/], [['analyze', join(folder, 'none.dmp')], /ENOENT/], [['analyze', SAMPLE, '--nosuch'], /--nosuch[\s\S]*usage:/], [['nosuch'], /usage:/]] as const) {
      const { status, stderr } = run(args);
      expect(status, args.join(' ')).toBe(2);
      expect(stderr, args.join(' ')).toMatch(words);
    }
  });

  test('the prompt takes blocks over several lines', () => {
    const { stdout } = run(['analyze', SAMPLE], '.foreach /s (w "a b") {\n$$ comment\n.echo <w>\n}\nq\n');
    expect(stdout).toContain('... <a>\n<b>\n');
  });

  test('the prompt reads commands until q', () => {
    const { status, stdout } = run(['analyze', SAMPLE], '!eeversion\n!pe\nq\n!threads\n');
    expect(status).toBe(0);
    expect(stdout).toContain('Exception type:');
    expect(stdout).not.toContain('ThreadCount');
  });
});

describe('files of commands', () => {
  test('go where they are named, and overwrite nothing unless told to', () => {
    const path = join(folder, 'stack.bin');
    const command = `.writemem ${path} @rsp L20`;
    const first = run(['analyze', SAMPLE, '-c', command]);
    expect(first.status, first.stdout).toBe(0);
    expect(first.stdout).toContain('File: stack.bin (32 bytes)');
    const bytes = readFileSync(path);
    expect(bytes.length).toBe(32);
    writeFileSync(path, 'mine');
    const second = run(['analyze', SAMPLE, '-c', command]);
    expect(second.status).toBe(1);
    expect(second.stdout).toMatch(/exists already and was not overwritten; -o allows it/);
    expect(readFileSync(path, 'utf8')).toBe('mine');
    expect(run(['analyze', SAMPLE, '-o', '-c', command]).status).toBe(0);
    expect(Buffer.compare(readFileSync(path), bytes)).toBe(0);
    const nowhere = run(['analyze', SAMPLE, '-c', `.writemem ${join(folder, 'none', 'x')} @rsp L20`]);
    expect(nowhere.status).toBe(1);
    expect(nowhere.stdout).toMatch(/could not be written: ENOENT/);
  });

  test('a log at the prompt grows, stays when nobody closes it, and is appended to', () => {
    const path = join(folder, 'case.log');
    run(['analyze', SAMPLE], `.logopen ${path}\n.echo one\nq\n`);
    expect(readFileSync(path, 'utf8')).toMatch(/^Opened log file '.*'\n0:\d{3}> \.echo one\none\n$/);
    run(['analyze', SAMPLE, '-c', `.logappend ${path}; .echo two; .logclose`]);
    expect(readFileSync(path, 'utf8')).toMatch(/one\nOpened log file '.*'\ntwo\nClosing open log file .*\n$/);
    expect(run(['analyze', SAMPLE, '-c', `.logopen ${path}; .logclose`]).stdout).toMatch(/exists already/);
  });

  test('--json names the files', () => {
    const { stdout } = run(['analyze', SAMPLE, '-o', '--json', '-c', `.writemem ${join(folder, 'j.bin')} @rsp L20`]);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'ok', output: [{ kind: 'line' }, { kind: 'file', size: 32 }] });
  });
});

describe('a file of many gigabytes', () => {
  test('is read by ranges: it opens at once and in little memory', async () => {
    // The sample, followed by 6 GB of nothing: a sparse file, which would not fit into the process.
    const path = join(folder, 'huge.dmp');
    const file = openSync(path, 'w');
    const from = openSync(raw, 'r');
    const buffer = new Uint8Array(1 << 20);
    for (let at = 0, count; (count = readSync(from, buffer, 0, buffer.length, at)) > 0; at += count) writeSync(file, buffer, 0, count, at);
    closeSync(from);
    ftruncateSync(file, 6 * 2 ** 30);
    closeSync(file);
    expect(statSync(path).size).toBe(6 * 2 ** 30);
    const child = spawn(process.execPath, ['--max-old-space-size=512', '--eval', `import(${JSON.stringify(join(ROOT, 'src/cli/main.ts'))}).then(async ({ main }) => { await main(['analyze', ${JSON.stringify(path)}, '-c', '!pe']); console.error(process.resourceUsage().maxRSS); })`], { cwd: ROOT });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (data) => (stdout += String(data)));
    child.stderr.on('data', (data) => (stderr += String(data)));
    await new Promise((resolve) => child.once('close', resolve));
    expect(stdout).toContain('Exception type:');
    // Kilobytes, Node itself included.
    expect(Number(/(\d+)\s*$/.exec(stderr)?.[1])).toBeLessThan(400_000);
  });
});

describe('trim', () => {
  test('writes a dump without what nobody reads, which still answers', () => {
    const out = join(folder, 'small.dmp');
    const { status, stdout } = run(['trim', raw, out]);
    expect(status, stdout).toBe(0);
    // The sample is trimmed already: what is left to save may be less than a list of more and shorter ranges takes.
    expect(statSync(out).size).toBeLessThan(statSync(raw).size + 4096);
    expect(run(['analyze', out, '-c', '!pe']).stdout).toBe(run(['analyze', raw, '-c', '!pe']).stdout);
  });
});
