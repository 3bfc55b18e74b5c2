import { readFileSync, statSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { isDumpError } from '../lib/bytes/index.ts';
import type { Lang } from '../lib/bytes/index.ts';
import { Engine, USUAL_COMMANDS } from '../lib/engine/index.ts';
import { fileName } from '../lib/runtime/index.ts';
import { openFile } from './file-source.ts';
import { FileWriter } from './files.ts';
import { openPackedDirectory } from './packed-directory.ts';
import { nodeCapabilities } from './needs.ts';
import { runAndPrint, textOf } from './printer.ts';
import { symbolArguments } from './symbol-arguments.ts';
import { USAGE } from './usage.ts';
import { verifyCertificate } from './verify-certificate.ts';

/** What ends a session in WinDbg and in dotnet-dump. */
export const LEAVE: ReadonlySet<string> = new Set(['q', 'qq', 'qd', 'quit', 'exit']);
const HELP = new Set(['help', '--help', '-h']);

/** The language asked for, else that of the environment. */
function language(argv: readonly string[]): Lang {
  const at = argv.indexOf('--lang');
  const wanted = at >= 0 ? argv[at + 1] : (argv.find((a) => a.startsWith('--lang='))?.slice(7) ?? (process.env['LC_ALL'] || process.env['LC_MESSAGES'] || process.env['LANG'] || ''));
  return /^zh/i.test(wanted ?? '') ? 'zh-tw' : 'en';
}

/** The command line; gives the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  const [subcommand, ...rest] = argv;
  // A reader such as head that has seen enough closes the pipe: that is the end, not a failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  const lang = language(argv);
  if (subcommand === undefined || HELP.has(subcommand) || rest.some((a) => a === '--help' || a === '-h')) {
    process.stdout.write(USAGE[lang]);
    return 0;
  }
  try {
    if (subcommand === 'analyze') return await analyze(rest, lang);
    if (subcommand === 'trim') return await trim(rest, lang);
    if (subcommand === 'verify-certificate') return await verify(rest, lang);
  } catch (error) {
    if (isDumpError(error)) {
      console.error(error.message);
      if (error.hint) console.error(error.hint[lang]);
      return 2;
    }
    if (error instanceof Error && 'code' in error) {
      console.error(error.message);
      // An unknown option: say which there are.
      if (String(error.code).startsWith('ERR_PARSE_ARGS')) process.stderr.write(USAGE[lang]);
      return 2;
    }
    throw error;
  }
  process.stderr.write(USAGE[lang]);
  return 2;
}

async function verify(argv: readonly string[], lang: Lang): Promise<number> {
  try {
    return await verifyCertificate(argv, lang);
  } catch (error) {
    if (error instanceof Error && 'code' in error) throw error;
    console.error(error instanceof Error ? error.message : String(error));
    return 2;
  }
}

async function analyze(argv: readonly string[], lang: Lang): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv], allowPositionals: true,
    options: {
      command: { type: 'string', short: 'c', multiple: true }, runtime: { type: 'string' }, symbols: { type: 'string', multiple: true }, json: { type: 'boolean' }, lang: { type: 'string' },
      host: { type: 'string', default: 'windbg' }, bits: { type: 'string' }, overwrite: { type: 'boolean', short: 'o' },
    },
  });
  const path = positionals[0];
  if (!path) {
    process.stderr.write(USAGE[lang]);
    return 2;
  }
  const options = { lang, json: values.json === true, color: process.stdout.isTTY === true, files: new FileWriter(values.overwrite === true) };
  const engine = new Engine({ lang, capabilities: nodeCapabilities, host: { debugger: values.host === 'dotnet-dump' ? 'dotnet-dump' : 'windbg', bitness: values.bits === undefined ? 'dump' : values.bits === '32' ? 32 : 64 } });
  const source = statSync(path).isDirectory() ? openPackedDirectory(path) : openFile(path);
  const banner = [...engine.open(source, fileName(path.replace(/\/$/, '')), values.runtime === undefined ? undefined : openFile(values.runtime), [...(source.symbols ?? []), ...symbolArguments(values.symbols ?? [])])];
  if (!values.command) {
    process.stdout.write(textOf(banner, options));
    const { repl } = await import('./repl.ts');
    await repl(engine, options);
    return 0;
  }
  let worst = 0;
  for (const command of values.command) {
    if (LEAVE.has(command.trim().toLowerCase())) break;
    if (!options.json && values.command.length > 1) process.stdout.write(`${engine.prompt}${command}\n`);
    if ((await runAndPrint(engine, command, options)) !== 'ok') worst = 1;
  }
  return worst;
}

async function trim(argv: readonly string[], lang: Lang): Promise<number> {
  // Loaded here: the analyzer alone starts sooner.
  const { trimToFile } = await import('./trim.ts');
  const { values, positionals } = parseArgs({ args: [...argv], allowPositionals: true, options: { commands: { type: 'string' } } });
  const [input, output] = positionals;
  if (!input || !output) {
    process.stderr.write(USAGE[lang]);
    return 2;
  }
  const extra = values.commands ? readFileSync(values.commands, 'utf8').split('\n').map((l) => l.trim()).filter(Boolean) : [];
  const { bytes, comment, scrubbed } = trimToFile(openFile(input), output, [...USUAL_COMMANDS, ...extra].map((command) => ({ command })));
  console.log(`${output}: ${bytes} bytes, ${scrubbed} copies of environment strings scrubbed`);
  console.log(comment);
  return 0;
}
