/**
 * Records what the real SOS prints: runs a list of commands on a dump in one session of dotnet-dump and writes
 * `> command` and its output, in the format of tests/golden/<dump>/sos.txt.
 *
 *   node scripts/record-sos.ts DUMP OUT [--commands FILE | --choose] [--dotnet-dump PATH]
 *
 * DUMP is a dump file or a folder of public/sample-dumps. --choose takes commands that show the dump's edge cases;
 * without either the commands of OUT are recorded anew.
 * PDBs that lie beside the dump are its symbols. Needs dotnet-dump (a .NET tool), and for a Linux dump the runtime it was made with, installed on Linux.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, openSync, readdirSync, readFileSync, realpathSync, rmSync, statSync, symlinkSync, writeFileSync, writeSync, closeSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { basename, delimiter, dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { chooseCommands } from './record-sos/choose.ts';
import { openPackedDirectory } from '../src/cli/packed-directory.ts';

/** dotnet-dump writes one of these after each command when its input is not a terminal. */
const END = /<END_COMMAND_(?:OUTPUT|ERROR)>\r?\n/;
const PIECE = 1 << 20;
/** Longest output of a chosen command that is kept, in characters. */
const MAX_CHOSEN = 12_000;
/** Milliseconds for a whole session. */
const TIMEOUT = 10 * 60_000;

/** One command and its output, without the prompt. */
export interface Recorded { readonly command: string; readonly output: string }

/** Commands of a list or of a recording: lines that start with `> `, or all lines when none does. */
export function commandsOf(text: string): string[] {
  const lines = text.split('\n').map((line) => line.trimEnd());
  const prompted = lines.filter((line) => line.startsWith('> ')).map((line) => line.slice(2));
  return prompted.length ? prompted : lines.filter((line) => line && !line.startsWith('#'));
}

/** Cuts the text of a session at its end marks; throws when the answers do not belong to the commands. */
export function cutSession(text: string, commands: readonly string[]): Recorded[] {
  const [, ...answers] = text.split(END);
  return commands.map((command, i) => {
    const answer = answers[i];
    const prompt = `> ${command}\n`;
    if (!answer?.startsWith(prompt)) throw new Error(`no answer to '${command}': the session ended, or the tool prints another prompt`);
    return { command, output: answer.slice(prompt.length) };
  });
}

/** Said to the tool first, and not recorded: the PDBs beside the dump are its symbols. */
const WITH_SYMBOLS = 'setsymbolserver -directory .';

/** Runs the commands in one session. The dump is opened by its bare name, so that no path of this machine is printed. */
export function record(dump: string, commands: readonly string[], tool: string): Recorded[] {
  const directory = mkdtempSync(join(tmpdir(), 'dumplab-'));
  try {
    const name = `${basename(dump).replace(/\.dmp$/, '')}.dmp`;
    if (statSync(dump).isDirectory()) unpack(dump, join(directory, name));
    else symlinkSync(resolve(dump), join(directory, name));
    const folder = statSync(dump).isDirectory() ? dump : dirname(dump);
    const symbols = readdirSync(folder).filter((file) => file.endsWith('.pdb'));
    for (const file of symbols) symlinkSync(resolve(folder, file), join(directory, file));
    const typed = symbols.length ? [WITH_SYMBOLS, ...commands] : commands;
    const { stdout, error } = spawnSync(tool, ['analyze', name], {
      cwd: directory,
      input: [...typed, 'exit', ''].join('\n'),
      encoding: 'utf8',
      timeout: TIMEOUT,
      maxBuffer: 1 << 30,
      env: { ...process.env, LC_ALL: 'C.UTF-8', DOTNET_CLI_TELEMETRY_OPTOUT: '1' },
    });
    if (error) throw error;
    const recorded = cutSession(stdout, typed).slice(typed.length - commands.length);
    refusePaths(recorded, [directory, homedir(), process.cwd(), dirname(realpathSync(dump)), dirname(realpathSync(tool))]);
    return recorded;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** The whole dump a pack holds: dropped pages are zeros in none of its segments, so other tools can read it too. */
function unpack(folder: string, file: string): void {
  const source = openPackedDirectory(folder);
  const out = openSync(file, 'w');
  for (let at = 0; at < source.size; at += PIECE) writeSync(out, source.read(at, Math.min(PIECE, source.size - at)));
  closeSync(out);
}

/** A golden is published: it must not tell where it was made. */
export function refusePaths(recorded: readonly Recorded[], paths: readonly string[]): void {
  const own = [...new Set(paths)].filter((path) => path.length > 1);
  for (const { command, output } of recorded) {
    const found = own.find((path) => output.includes(`${path}/`) || output.includes(`${path}\n`));
    if (found) throw new Error(`'${command}' prints a path of this machine (${found}): leave it out`);
  }
}

/** Text of a recording; outputs end with a newline, as the prompt stands at the start of a line. Throws for output that could not be told from a prompt. */
export function recordingText(recorded: readonly Recorded[]): string {
  const unclear = recorded.find(({ output }) => /^> /m.test(output));
  if (unclear) throw new Error(`the output of '${unclear.command}' has a line that looks like a prompt`);
  return recorded.map(({ command, output }) => `> ${command}\n${output}${output === '' || output.endsWith('\n') ? '' : '\n'}`).join('');
}

/** The tool by name: --dotnet-dump, or the first on PATH. */
export function findTool(given: string | undefined): string {
  const tool = given ?? (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'dotnet-dump')).find((path) => existsSync(path));
  if (!tool) throw new Error('dotnet-dump is not on PATH: name it with --dotnet-dump');
  return resolve(tool);
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { commands: { type: 'string' }, choose: { type: 'boolean', default: false }, 'dotnet-dump': { type: 'string' } } });
  const [dump, out] = positionals;
  if (!dump || !out) throw new Error('usage: node scripts/record-sos.ts DUMP OUT [--commands FILE | --choose] [--dotnet-dump PATH]');
  const commands = values.choose ? chooseCommands(dump) : commandsOf(readFileSync(values.commands ?? out, 'utf8'));
  const all = record(dump, commands, findTool(values['dotnet-dump']));
  // What was chosen to teach something need not be long.
  const recorded = values.choose ? all.filter(({ output }) => output.length <= MAX_CHOSEN) : all;
  writeFileSync(out, recordingText(recorded));
  console.log(`${out}: ${recorded.length} commands`);
}
