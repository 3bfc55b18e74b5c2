import type { SessionState } from '../commands/index.ts';
import { line } from '../output/index.ts';
import type { OutputNode } from '../output/index.ts';

const DOTS = 64;
const FULL_MEMORY = 2;

/** What a debugger says when it opens the dump, from the dump's own streams. */
export function* banner(session: SessionState): Generator<OutputNode> {
  const { dump, host } = session;
  if (!dump) return;
  if (host.debugger === 'dotnet-dump') {
    yield line(`Loading core dump: ${session.dumpName} ...`);
    yield line("Ready to process analysis commands. Type 'help' to list available commands or 'help [command]' to get detailed help on a command.");
    yield line("Type 'quit' or 'exit' to exit the session.");
    return;
  }
  yield line(`Microsoft (R) Windows Debugger Version ${host.build} ${host.bitness === 64 ? 'AMD64' : 'X86'}`);
  yield line('Copyright (c) Microsoft Corporation. All rights reserved.');
  yield line();
  yield line();
  yield line(`Loading Dump File [${session.dumpName}]`);
  if (dump.format === 'elf-core') yield line('ELF core file: only what the kernel or createdump wrote is available');
  else yield line(`User Mini Dump File${dump.flags & FULL_MEMORY ? ' with Full Memory' : ''}: Only ${dump.flags & FULL_MEMORY ? 'application data is' : 'registers, stack and portions of memory are'} available`);
  if (dump.comment) yield line(`Comment: '${dump.comment}'`);
  yield line();
  yield line(`Symbol search path is: ${session.symbolPath.join(';')}`);
  yield line('Executable search path is: ');
  const processors = dump.processorCount ? ` MP (${dump.processorCount} procs)` : '';
  if (dump.os === 'windows') yield line(`Windows Version ${dump.osVersion}${processors} Free ${dump.architecture === 'x86' ? 'x86 compatible' : dump.architecture}`);
  else yield line(`Generic Unix Version 0${processors} Free ${dump.architecture}`);
  if (dump.time) yield line(`Debug session time: ${new Date(dump.time * 1000).toUTCString().replace(/^(\w+), (\d+) (\w+) (\d+) ([\d:]+).*$/, '$1 $3 $2 $5.000 $4')} (UTC + 0:00)`);
  for (let left = dump.modules.length; left > 0; left -= DOTS) yield line('.'.repeat(Math.min(left, DOTS)));
  if (dump.exception && dump.os === 'windows') {
    yield line('This dump file has an exception of interest stored in it.');
    yield line('The stored exception information can be accessed via .ecxr.');
  }
  for (const warning of dump.warnings) yield { kind: 'message', style: 'warning', text: { en: `WARNING: ${warning}`, 'zh-tw': `警告：${warning}` } };
}
