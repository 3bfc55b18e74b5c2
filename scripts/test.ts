/**
 * `npm test`: build the site (the browser tests read it, and it writes the types of the content collections),
 * type check, then every vitest test (unit, facts, goldens, browser).
 * The last line is `N passed, N failed, N skipped`; the exit code is 0 only when nothing failed and something ran.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Report { readonly numPassedTests: number; readonly numFailedTests: number; readonly numPendingTests: number; readonly numTodoTests: number; readonly numFailedTestSuites: number }

function run(command: string, args: readonly string[]): number {
  return spawnSync(command, args, { stdio: 'inherit' }).status ?? 1;
}

const extra = process.argv.slice(2);
process.env['ASTRO_TELEMETRY_DISABLED'] = '1';
const buildOk = run('astro', ['build', '--silent']) === 0;
if (!buildOk) console.error('the site does not build');
const typesOk = run('tsc', ['--noEmit']) === 0;
if (!typesOk) console.error('type check failed');
const output = join(mkdtempSync(join(tmpdir(), 'dumplab-test-')), 'report.json');
const status = run('vitest', ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${output}`, ...extra]);
let report: Report | undefined;
try {
  report = JSON.parse(readFileSync(output, 'utf8')) as Report;
} catch {
  console.error('the test runner left no report');
}
const passed = (report?.numPassedTests ?? 0) + (typesOk ? 1 : 0) + (buildOk ? 1 : 0);
// A suite that fails to load has no failed tests of its own; it still counts.
const failed = Math.max(report?.numFailedTests ?? 1, status === 0 ? 0 : 1) + (typesOk ? 0 : 1) + (buildOk ? 0 : 1);
const skipped = (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0);
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exit(failed === 0 && (report?.numPassedTests ?? 0) > 0 ? 0 : 1);
