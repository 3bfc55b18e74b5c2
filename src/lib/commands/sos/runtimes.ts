import { imageIdentity } from '../../image/index.ts';
import { line, message } from '../../output/index.ts';
import type { OutputNode } from '../../output/index.ts';
import { scanVersion } from '../../runtime/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { upper } from './pointer-text.ts';

const EXPORTS = ['DotNetRuntimeInfo', 'g_dacTable', 'DotNetRuntimeDebugHeader', 'DotNetRuntimeContractDescriptor'] as const;

function* list(context: CommandContext): Generator<OutputNode> {
  const { clr, dump, memory } = context;
  const { module, base } = clr.target.runtime;
  const index = imageIdentity(memory, base);
  const version = module.version || scanVersion(clr.target.runtime, memory)?.text.split(' ')[0] || String(clr.target.major);
  yield line(`#0 .NET Core runtime ${version} at ${upper(context, base)} size ${module.size.toString(16).toUpperCase().padStart(8, '0')}${index ? ` index ${index}` : ''}`);
  yield line(`    Runtime module path: ${module.path}`);
  yield line('    Exports:');
  for (const name of EXPORTS) {
    const address = context.exportOf(module, name);
    yield line(`        ${name}: ${address === undefined ? '<NO SYMBOL>' : upper(context, address)}`);
  }
  yield { kind: 'fact', subject: 'module', address: base, values: { name: 'runtime', path: module.path, version } };
  yield message('dim', {
    en: `No DAC is used: structures are read by ${clr.target.contracts.size > 0 ? 'the runtime’s own contract descriptor' : 'tables of this version'}${dump.os === 'windows' ? '' : ' and the image'}.`,
    'zh-tw': `不使用 DAC：結構依${clr.target.contracts.size > 0 ? '執行階段自己的合約描述' : '這個版本的表格'}讀取。`,
  });
}

export const runtimes: CommandDef = {
  name: 'runtimes',
  host: 'sos',
  group: 'session',
  summary: { en: 'The .NET runtimes in the process: where they are, which build.', 'zh-tw': '處理序中的 .NET 執行階段：位置與組建。' },
  options: [{ name: '-a', aliases: ['--all'], help: { en: 'All of them (there is one).', 'zh-tw': '全部（只有一個）。' } }],
  examples: ['runtimes'],
  run: (context) => list(context),
};

export const setruntime: CommandDef = {
  name: 'setruntime',
  host: 'sos',
  group: 'session',
  summary: { en: 'Chooses the runtime by its number; a dump here has one, #0.', 'zh-tw': '依編號選擇執行階段；這裡的傾印只有 #0 一個。' },
  args: [{ name: 'id', kind: 'decimal', optional: true, help: { en: 'Number of the runtime.', 'zh-tw': '執行階段的編號。' } }],
  examples: ['setruntime 0'],
  *run(context, args) {
    const id = args.number('id') ?? 0;
    if (id === 0) yield* list(context);
    else yield line(`Invalid runtime id ${id}`);
  },
};
