/**
 * `npm run bench`: the whole command `dumpheap -stat`, cold process, ours and a small ClrMD program by turns on the same
 * dump. Usage: node scripts/bench.ts DUMP [RUNS]. ClrMD needs the .NET SDK and a Linux dump of a runtime on this machine.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = new URL('..', import.meta.url).pathname;
const ORACLE = join(ROOT, '.cache/clrmd/clrmd-facts');
const [dump, runsText = '9'] = process.argv.slice(2);
if (!dump) throw new Error('usage: node scripts/bench.ts DUMP [RUNS]');

if (!existsSync(ORACLE)) {
  const built = spawnSync('dotnet', ['publish', join(ROOT, 'tools/clrmd'), '-c', 'Release', '-o', join(ROOT, '.cache/clrmd')], { stdio: 'inherit' });
  if (built.status !== 0) throw new Error('the ClrMD program could not be built');
}

function time(command: string, args: readonly string[]): number {
  const started = performance.now();
  const result = spawnSync(command, args, { stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 1 << 28 });
  if (result.status !== 0 || result.stdout.length < 1000) throw new Error(`${command} failed`);
  return performance.now() - started;
}

const ours: number[] = [];
const theirs: number[] = [];
for (let i = 0; i < Number(runsText); i++) {
  ours.push(time(process.execPath, [join(ROOT, 'bin/dumplab.mjs'), 'analyze', dump, '-c', '!dumpheap -stat']));
  theirs.push(time(ORACLE, ['stat', dump]));
}
const describe = (times: number[]) => {
  const sorted = [...times].sort((a, b) => a - b);
  return `median ${sorted[Math.floor(sorted.length / 2)].toFixed(0)} ms (${sorted[0].toFixed(0)} to ${sorted[sorted.length - 1].toFixed(0)})`;
};
const ratios = ours.map((t, i) => t / theirs[i]).sort((a, b) => a - b);
console.log(`DumpLab ${describe(ours)}`);
console.log(`ClrMD   ${describe(theirs)}`);
console.log(`ratio   median ${ratios[Math.floor(ratios.length / 2)].toFixed(2)} over ${ours.length} pairs`);
