import { hex } from '../../bytes/index.ts';
import { line } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import { inferredText } from './inferred-text.ts';

export const sosstatus: CommandDef = {
  name: 'sosstatus',
  host: 'sos',
  byShape: true,
  group: 'session',
  summary: { en: 'What is open: the dump, its runtime, and how its structures are read.', 'zh-tw': '目前開啟的內容：傾印、執行階段，以及結構資訊的來源。' },
  examples: ['sosstatus'],
  *run(context) {
    const { dump, session, clr } = context;
    const { target } = clr;
    const { module, base, end } = target.runtime;
    yield line(`Target OS: ${dump.os === 'windows' ? 'Windows' : 'Linux'} Architecture: ${dump.architecture} ProcessId: ${dump.processId ?? ''}`);
    yield line(`    Dump file: ${session.dumpName}`);
    yield line(`    .NET ${target.major} runtime at ${context.memory.hex(base)} size ${hex(end - base, 8)}${target.runtime.singleFile ? ' (single-file)' : ''}`);
    yield line(`        Runtime module path: ${module.path}`);
    if (target.inferred) {
      yield* inferredText(target.inferred);
      return;
    }
    yield line(`        Contract descriptor: ${target.runtime.descriptor === undefined ? 'none, layouts by table' : context.memory.hex(target.runtime.descriptor)}`);
    if (target.contracts.size > 0) yield line(`        Contracts: ${[...target.contracts].map(([name, version]) => `${name} ${version}`).join(', ')}`);
    yield line(`        Debugger variables (g_dacTable): ${context.memory.hex(target.runtime.dacTable)}`);
    const bytes = dump.ranges.reduce((sum, r) => sum + r.size, 0);
    yield line(`Memory in the dump: ${dump.ranges.length} ranges, ${bytes} bytes`);
    for (const warning of [...dump.warnings, ...target.warnings]) yield line(`Warning: ${warning}`);
  },
};
