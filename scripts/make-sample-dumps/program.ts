import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { Sample } from './samples.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const READY_MS = 60_000;
const SDK_MAJOR = 10;

/** Below this programs are put and run, and dumps are written first. */
function samplesHome(): string {
  return process.env['DUMPLAB_SAMPLES_HOME'] ?? '/srv';
}

/** Where a program runs: this path is what its dump shows. */
export function homeOf(sample: Sample): string {
  const suffix = sample.runtime ? `-net${sample.runtime.split('.')[0]}` : '';
  return join(samplesHome(), `${sample.program.toLowerCase()}${suffix}${sample.singleFile ? '-single' : ''}`);
}

/** Builds the ClrMD tool, and says where it is. */
export function publishClrmd(): string {
  const folder = join(ROOT, '.cache/clrmd');
  run('dotnet', ['publish', join(ROOT, 'tools/clrmd'), '-c', 'Release', '-o', folder, '--nologo']);
  return join(folder, 'clrmd-facts');
}

/** A command which failed; `signal` where one ended it. */
export class CommandError extends Error {
  readonly signal: NodeJS.Signals | null;

  constructor(signal: NodeJS.Signals | null, message: string) {
    super(message);
    this.signal = signal;
  }
}

/** Runs a command to its end; its output is shown only when it fails. */
export function run(command: string, args: readonly string[], env?: NodeJS.ProcessEnv): string {
  const result = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28, env: env ?? process.env });
  if (result.error) throw result.error;
  if (result.status !== 0) throw new CommandError(result.signal, `${command} ${args.join(' ')} ended with ${result.status ?? result.signal}\n${result.stdout}${result.stderr}`);
  return result.stdout;
}

/** Builds a program and puts it at {@link homeOf}. A second sample of the same program and runtime reuses it. */
export function publish(sample: Sample): void {
  const home = homeOf(sample);
  const build = join(ROOT, '.cache/dotnet/publish', basename(home));
  const args = ['publish', join(ROOT, 'samples', sample.program), '-c', 'Release', '-o', build, '--nologo'];
  if (sample.runtime) {
    // A newer runtime than the SDK knows runs a program built for the SDK's own framework.
    const framework = `net${Math.min(Number(sample.runtime.split('.')[0]), SDK_MAJOR)}.0`;
    args.push(`-p:SampleFramework=${framework}`, '-r', 'linux-x64', '--self-contained', `-p:RuntimeFrameworkVersion=${sample.runtime}`, `-p:PublishSingleFile=${sample.singleFile ?? false}`);
  }
  rmSync(build, { recursive: true, force: true });
  run('dotnet', args);
  rmSync(home, { recursive: true, force: true });
  mkdirSync(dirname(home), { recursive: true });
  cpSync(build, home, { recursive: true });
}

/** Where the package of a runtime is, which a program made of one file leaves out createdump and DAC of. */
export function runtimePack(version: string): string {
  return join(process.env['NUGET_PACKAGES'] ?? join(homedir(), '.nuget/packages'), 'microsoft.netcore.app.runtime.linux-x64', version, 'runtimes/linux-x64/native');
}

function toolsOf(sample: Sample): string {
  if (!sample.runtime) return sharedRuntime();
  return sample.singleFile ? runtimePack(sample.runtime) : homeOf(sample);
}

/** The folder of the installed Microsoft.NETCore.App, newest of .NET 10: createdump is in it. */
function sharedRuntime(): string {
  const lines = run('dotnet', ['--list-runtimes']).split('\n').filter((line) => line.startsWith('Microsoft.NETCore.App 10.'));
  const match = /^Microsoft\.NETCore\.App (\S+) \[(.+)\]$/.exec(lines.at(-1) ?? '');
  if (!match) throw new Error('no .NET 10 runtime: dotnet --list-runtimes shows none');
  return join(match[2]!, match[1]!);
}

/**
 * The whole environment of the program: a dump holds it, and small limits make small dumps. A hard limit makes the
 * collector reserve little; no IPC and no tiered profiling leave fewer threads and less code.
 */
function environment(sample: Sample, dump: string): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {
    PATH: '/usr/bin:/bin', HOME: '/tmp', LANG: 'C.UTF-8',
    DOTNET_GCHeapHardLimit: '0x6000000', DOTNET_gcServer: '0', DOTNET_gcConcurrent: '0', DOTNET_TieredPGO: '0',
    DOTNET_EnableDiagnostics_IPC: '0', DOTNET_CLI_TELEMETRY_OPTOUT: '1',
  };
  for (const [name, value] of Object.entries(sample.settings ?? {})) env[`DOTNET_${name}`] = value;
  if (sample.ends === 'crash') Object.assign(env, { DOTNET_DbgEnableMiniDump: '1', DOTNET_DbgMiniDumpType: '4', DOTNET_DbgMiniDumpName: dump });
  return env;
}

/** Starts the program with 512 KiB thread stacks, takes the dump, ends the program. */
export async function runAndDump(sample: Sample, args: readonly string[], out: string): Promise<void> {
  const home = homeOf(sample);
  const dumps = join(samplesHome(), 'dumps');
  mkdirSync(dumps, { recursive: true });
  const dump = join(dumps, `${sample.id}.dmp`);
  rmSync(dump, { force: true });
  const program = sample.runtime ? [join(home, sample.program)] : ['dotnet', join(home, `${sample.program}.dll`)];
  const shell = 'ulimit -s 512; ulimit -c 0; exec "$@"';
  const child = spawn('/bin/sh', ['-c', shell, 'sh', ...program, ...args], { cwd: home, env: environment(sample, dump), stdio: ['ignore', 'pipe', 'pipe'] });
  try {
    if (sample.ends === 'crash') {
      await ended(child);
    } else {
      await ready(child);
      const createdump = join(toolsOf(sample), 'createdump');
      run(createdump, ['--full', '-f', dump, String(child.pid)]);
    }
  } finally {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  }
  if (!existsSync(dump)) throw new Error(`${sample.id}: no dump was written`);
  mkdirSync(dirname(out), { recursive: true });
  try {
    renameSync(dump, out);
  } catch {
    cpSync(dump, out); // another file system
    rmSync(dump);
  }
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = '';
    const timer = setTimeout(() => reject(new Error(`not READY after ${READY_MS / 1000} s:\n${text}`)), READY_MS);
    const read = (chunk: Buffer): void => {
      text += chunk.toString();
      if (!/^READY /m.test(text)) return;
      clearTimeout(timer);
      resolve();
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`ended with ${code} before READY:\n${text}`));
    });
  });
}

function ended(child: ChildProcess): Promise<void> {
  child.stdout?.resume();
  child.stderr?.resume();
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`still running after ${READY_MS / 1000} s`)), READY_MS);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
