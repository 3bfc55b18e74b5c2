import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { Engine } from '../../src/lib/engine/index.ts';
import { renderText } from '../../src/lib/output/index.ts';
import type { OutputNode } from '../../src/lib/output/index.ts';
import { sampleSource } from '../support/dumps.ts';
import { parseSections } from './sections.ts';

const DUMP = 'redis-oom-linux-x64';

/** The packs leave out the pages of the C library: the frame that called into it last, at the bottom of the stack, cannot be told. */
const WHOLE = process.env['DUMPLAB_DUMPS'] !== undefined;
const BOTTOM = '00007FFDEDBD6260 0000560755539BDA';

/** LLDB shows functions that were inlined into their callers as frames of their own, by the debug files beside it. */
const INLINED = ['00007FFDEDBD4C90 00007F6F66EA3ED8', '00007FFDEDBD4CD0 00007F6F66EA6500'];

/** LLDB counts threads from 1, the other debuggers from 0. */
const fromZero = (text: string) => text.replace(/^Thread +(\d+)$/gm, (_, n: string) => `Thread ${String(Number(n) - 1).padStart(3)}`).replace(/^(OS Thread Id: \S+ \()(\d+)\)/gm, (_, head: string, n: string) => `${head}${Number(n) - 1})`);
const places = (text: string) => text.split('\n').flatMap((row) => (/^[0-9A-F]{16} /.test(row) ? [row.slice(0, 33)] : []));

/** Commands of SOS that dotnet-dump has not, or answers with less: recorded with the SOS plug-in of LLDB. */
describe(`${DUMP} prints what SOS prints in LLDB`, () => {
  const sections = parseSections(readFileSync(new URL(`./${DUMP}/lldb.txt`, import.meta.url), 'utf8'), 'lldb.txt', true);
  const expected = (command: string) => fromZero(sections.find((s) => s.command === command)?.expected ?? '');
  let run: (command: string) => string;
  beforeAll(async () => {
    const engine = new Engine({ host: { debugger: 'windbg', bitness: 64 } });
    void [...engine.open(await sampleSource(DUMP), `${DUMP}.dmp`)];
    run = (command) => {
      engine.session.announced = new Set(['private symbols', 'scanned frames']);
      const nodes: OutputNode[] = [];
      for (const node of engine.execute(command)) if (node.kind !== 'progress' && node.kind !== 'message') nodes.push(node);
      return renderText(nodes, 'en');
    };
  });

  test.each(['eestack -EE', 'dumpstack -EE'])('%s', (command) => {
    const golden = expected(command);
    expect(golden.length).toBeGreaterThan(500);
    expect(run(`!${command}`)).toBe(golden);
  });

  test('a range given the wrong way round', () => expect(run('!dumpstack 7ffdedbd5000 7ffdedbd4f00')).toBe(expected('dumpstack 7ffdedbd5000 7ffdedbd4f00')));

  test('clrstack -f: native frames between the managed ones', () => {
    const golden = places(expected('clrstack -f')).filter((place) => !INLINED.includes(place));
    const ours = run('!clrstack -f');
    expect(golden).toHaveLength(27);
    if (WHOLE) expect(places(ours)).toEqual(golden);
    else expect(golden.filter((place) => !places(ours).includes(place))).toEqual([BOTTOM]);
    expect(ours).toContain('00007FFDEDBD4F60                  [InlinedCallFrame: 00007ffdedbd4f60] System.Private.CoreLib.dll!System.Threading.Thread.SleepInternal(Int32)\n');
  });

  test('clrstack -f in dotnet-dump has managed frames only', async () => {
    const engine = new Engine({ host: { debugger: 'dotnet-dump', bitness: 64 } });
    void [...engine.open(await sampleSource(DUMP), `${DUMP}.dmp`)];
    const nodes: OutputNode[] = [];
    for (const node of engine.execute('clrstack -f')) if (node.kind !== 'progress') nodes.push(node);
    expect(renderText(nodes, 'en')).not.toContain('libcoreclr');
  });
});
