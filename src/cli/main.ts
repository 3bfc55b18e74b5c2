import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { isDumpError } from '../lib/bytes/index.ts';
import type { Lang } from '../lib/bytes/index.ts';
import { Engine } from '../lib/engine/index.ts';
import { fileName } from '../lib/runtime/index.ts';
import { openFile } from './file-source.ts';
import { openPackedDirectory } from './packed-directory.ts';
import { runAndPrint, textOf } from './printer.ts';
import { repl } from './repl.ts';
import { trimDump } from './trim.ts';

const USAGE = `usage:
  dumplab analyze FILE [-c "command"]... [--json] [--lang zh-tw|en] [--host windbg|dotnet-dump] [--bits 32|64]
      Runs commands on a dump (.dmp, ELF core, or a folder of public/sample-dumps); without -c an interactive prompt.
  dumplab trim IN OUT [--commands FILE]
      Writes a smaller, still valid dump: what commands reach is kept, images of the operating system, unread pages,
      pages of zeros and the environment block are dropped. --commands: a file with commands whose reads are kept too.
`;

/** The command line; gives the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  const [subcommand, ...rest] = argv;
  try {
    if (subcommand === 'analyze') return await analyze(rest);
    if (subcommand === 'trim') return trim(rest);
  } catch (error) {
    if (isDumpError(error)) {
      console.error(error.message);
      if (error.hint) console.error(error.hint.en);
      return 2;
    }
    if (error instanceof Error && 'code' in error) {
      console.error(error.message);
      return 2;
    }
    throw error;
  }
  process.stdout.write(USAGE);
  return subcommand === undefined || subcommand === 'help' || subcommand === '--help' ? 0 : 1;
}

async function analyze(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv], allowPositionals: true,
    options: {
      command: { type: 'string', short: 'c', multiple: true }, json: { type: 'boolean' }, lang: { type: 'string', default: 'en' },
      host: { type: 'string', default: 'windbg' }, bits: { type: 'string', default: '64' },
    },
  });
  const path = positionals[0];
  if (!path) {
    process.stdout.write(USAGE);
    return 1;
  }
  const lang: Lang = values.lang === 'zh-tw' ? 'zh-tw' : 'en';
  const options = { lang, json: values.json === true, color: process.stdout.isTTY === true };
  const engine = new Engine({ lang, host: { debugger: values.host === 'dotnet-dump' ? 'dotnet-dump' : 'windbg', bitness: values.bits === '32' ? 32 : 64 } });
  const source = statSync(path).isDirectory() ? openPackedDirectory(path) : openFile(path);
  const banner = [...engine.open(source, fileName(path.replace(/\/$/, '')))];
  if (!values.command) {
    process.stdout.write(textOf(banner, options));
    await repl(engine, options);
    return 0;
  }
  let worst = 0;
  for (const command of values.command) {
    if (!options.json && values.command.length > 1) process.stdout.write(`${engine.prompt}${command}\n`);
    if ((await runAndPrint(engine, command, options)) !== 'ok') worst = 1;
  }
  return worst;
}

function trim(argv: readonly string[]): number {
  const { values, positionals } = parseArgs({ args: [...argv], allowPositionals: true, options: { commands: { type: 'string' } } });
  const [input, output] = positionals;
  if (!input || !output) {
    process.stdout.write(USAGE);
    return 1;
  }
  const usual = ['dumpheap -stat', 'dumpheap -strings', 'clrthreads', 'dumpexceptions', 'eeversion', 'lm', '~', 'clrstack -all', 'syncblk', 'gchandles', 'finalizequeue', 'eeheap'];
  const extra = values.commands ? readFileSync(values.commands, 'utf8').split('\n').map((l) => l.trim()).filter(Boolean) : [];
  const { bytes, comment, scrubbed } = trimDump(openFile(input), [...usual, ...extra].map((command) => ({ command })));
  writeFileSync(output, bytes);
  console.log(`${output}: ${bytes.length} bytes, ${scrubbed} copies of environment strings scrubbed`);
  console.log(comment);
  return 0;
}
