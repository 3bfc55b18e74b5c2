import { spawnSync } from 'node:child_process';
import { accessSync, constants, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeFacts } from '../../scripts/make-sample-dumps/facts.ts';
import { CommandError, publish, publishClrmd, runAndDump } from '../../scripts/make-sample-dumps/program.ts';
import { SAMPLES } from '../../scripts/make-sample-dumps/samples.ts';

/**
 * The second opinion, asked anew: OrderService is built with the .NET SDK of this machine, run, dumped by the runtime's own
 * createdump, read by ClrMD, and every comparison of tests/facts is made on the result. Where a step cannot be taken here the test
 * is skipped and says why.
 */
const IDS = ['orders-net10-linux-x64', 'orders-net10-server-segments-linux-x64'] as const;
const samples = IDS.map((id) => SAMPLES.find((sample) => sample.id === id)!);
/** Comparisons that tests/facts makes on each dump, at least. */
const COMPARISONS = 20;
const ROOT = new URL('../../', import.meta.url).pathname;

interface Report { readonly testResults: readonly { readonly assertionResults: readonly { readonly status: string; readonly fullName: string; readonly failureMessages: readonly string[] }[] }[] }

let home = '';
let tool = '';
/** Why there can be no dump here; empty when there can. */
let missing = '';

/** What a machine without .NET, without the package feed or without the right to look into other processes says. */
const EXCUSES: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/spawnSync dotnet ENOENT/, 'there is no dotnet command on this machine'],
  [/NETSDK1045|No \.NET SDKs were found|The command could not be loaded|does not support targeting|no \.NET 10 runtime/i, 'there is no .NET 10 SDK on this machine'],
  [/NU1301|NU1101|Unable to load the service index/, 'the package of ClrMD cannot be fetched here'],
  [/ptrace|Operation not permitted|EPERM/i, 'a process may not be traced here (ptrace)'],
];

function excuse(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const known = (error instanceof CommandError || (error as NodeJS.ErrnoException).code !== undefined || /no \.NET 10/.test(text)) && EXCUSES.find(([pattern]) => pattern.test(text));
  if (!known) throw error;
  return known[1];
}

beforeAll(() => {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    missing = `dumps are made on Linux x64, this is ${process.platform} ${process.arch}`;
    return;
  }
  home = mkdtempSync(join(tmpdir(), 'dumplab-live-'));
  process.env['DUMPLAB_SAMPLES_HOME'] = home;
  try {
    publish(samples[0]);
    tool = publishClrmd();
    accessSync(tool, constants.X_OK);
  } catch (error) {
    missing = excuse(error);
  }
}, 150_000);

afterAll(() => {
  delete process.env['DUMPLAB_SAMPLES_HOME'];
  if (home) rmSync(home, { recursive: true, force: true });
});

/** Runs tests/facts on one dump in a process of its own: its tests choose their dumps when they are loaded. */
function compare(directory: string, id: string): Report {
  const out = join(directory, 'report.json');
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^VITEST|^DUMPLAB_/.test(name)));
  const { error, stderr } = spawnSync(process.execPath, [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', 'tests/facts', '-t', ` of ${id} `, '--reporter=json', `--outputFile=${out}`], {
    cwd: ROOT, encoding: 'utf8', timeout: 110_000, env: { ...env, DUMPLAB_RUNTIMES: directory },
  });
  if (error) throw error;
  try {
    return JSON.parse(readFileSync(out, 'utf8')) as Report;
  } catch {
    throw new Error(`the comparisons left no report\n${stderr}`);
  }
}

describe('a dump made on this machine equals what ClrMD says of it', () => {
  for (const sample of samples) {
    test(sample.id, async (context) => {
      const directory = join(home, sample.id);
      const dump = join(directory, `${sample.id}.dmp`);
      try {
        if (!missing) {
          mkdirSync(directory);
          await runAndDump(sample, [], dump);
        }
      } catch (error) {
        missing = excuse(error);
      }
      if (missing) {
        console.warn(`${sample.id} is not held against ClrMD: ${missing}`);
        context.skip(missing);
      }
      mkdirSync(join(directory, `${sample.id}.facts`));
      expect(writeFacts(tool, dump, join(directory, `${sample.id}.facts`)), 'ClrMD reads the stack roots').toBe(true);
      const results = compare(directory, sample.id).testResults.flatMap((file) => file.assertionResults).filter(({ status }) => status === 'passed' || status === 'failed');
      const failed = results.filter(({ status }) => status === 'failed').map(({ fullName, failureMessages }) => `${fullName}\n${failureMessages[0]}`);
      expect(failed).toEqual([]);
      expect(results.length).toBeGreaterThanOrEqual(COMPARISONS);
    }, 150_000);
  }
});
