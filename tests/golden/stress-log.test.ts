import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Engine } from '../../src/lib/engine/index.ts';
import { sampleSource } from '../support/dumps.ts';

/**
 * The file that the real SOS wrote on Linux. Its C library stops at %S of two-byte characters: clock times and names of types
 * and methods are missing there, and what should follow them in the same printf. Ours has them.
 */
test('dumplog’s file is SOS’s, with the names that SOS’s lacks', async () => {
  const golden = readFileSync(new URL('./stresslog-linux-x64/dumplog.txt', import.meta.url), 'utf8').split('\n');
  const engine = new Engine({ host: { debugger: 'dotnet-dump' } });
  void [...engine.open(await sampleSource('stresslog-linux-x64'), 'case.dmp')];
  const pieces: Uint8Array[] = [];
  for (const node of engine.execute('dumplog stress.txt')) if (node.kind === 'chunk') pieces.push(node.bytes);
  const ours = Buffer.concat(pieces).toString().split('\n');
  const times = ours.splice(8, 3);
  expect(times).toEqual(['    Start time         18:27:57', '    Last message time  18:27:58', '    Total elapsed time 0.577 sec']);
  expect(golden.splice(8, 1)).toEqual(['    Start time             Last message time      Total elapsed time 0.577 sec']);
  let named = 0;
  const withoutNames = ours.map((line, i) => {
    if (golden[i] === line) return line;
    named++;
    return line.replace(/ \((?!0x)[^(]\S.*?\)(?= ControlPC|$)/, ' (');
  });
  expect(withoutNames).toEqual(golden);
  expect(named).toBeGreaterThan(100);
  expect(ours.join('\n')).toContain('MT = 0x7fdf9ab26350 (OrderService.Box`1[[System.String, System.Private.CoreLib]])');
  expect(ours.join('\n')).toMatch(/Scanning Frameless method 0x7fdf9ab23fc0 \(OrderService\.Program\S*Main\([^)]*\)\) ControlPC = 0x7fdf9aa718f0/);
});
