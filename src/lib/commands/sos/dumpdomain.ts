import { hex } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import { line, link } from '../../output/index.ts';
import type { OutputNode } from '../../output/index.ts';
import { LoaderHeaps } from '../../runtime/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { upper } from './pointer-text.ts';

const RULE = '-'.repeat(38);

export const dumpdomain: CommandDef = {
  name: 'dumpdomain',
  host: 'sos',
  group: 'modules',
  summary: { en: 'The application domains with their assemblies and modules.', 'zh-tw': '應用程式定義域與其組件、模組。' },
  options: [{ name: '-d', help: { en: 'Print links (always on here).', 'zh-tw': '輸出連結（此處一律啟用）。' } }],
  args: [{ name: 'domain', kind: 'hex', optional: true, help: { en: 'Address of a domain.', 'zh-tw': '定義域位址。' } }],
  *run(context, args) {
    const { clr, memory } = context;
    // Building the reader adds what the descriptor leaves out to the layouts.
    const loader = new LoaderHeaps(clr.target);
    const system = loader.listedSystemDomain();
    const wanted = args.number('domain') ?? 0;
    const domain = clr.modules.appDomain();
    if (wanted && wanted !== domain && wanted !== system) {
      yield line('Fail to fill AppDomain');
      return;
    }
    yield line(RULE);
    if (wanted === domain) {
      yield* application(context, loader);
      return;
    }
    yield line(`System Domain:      ${memory.hex(system)}`);
    yield* heaps(context, loader.systemDomain());
    yield line('Stage:              OPEN');
    // Asked about a domain 0, SOS tells of the only one there is.
    if (system) yield line('Name:               None');
    else yield* assemblies(context);
    if (wanted) return;
    yield line(RULE);
    yield* application(context, loader);
  },
};

/** The only domain of an application since .NET Core. */
function* application(context: CommandContext, loader: LoaderHeaps): Generator<OutputNode> {
  yield line(`Domain 1:           ${context.memory.hex(context.clr.modules.appDomain())}`);
  yield* heaps(context, loader.systemDomain());
  yield line('Stage:              OPEN');
  yield* assemblies(context);
}

/** Name of the application's domain, its assemblies and modules. */
function* assemblies(context: CommandContext): Generator<OutputNode> {
  const { clr, memory } = context;
  const domain = clr.modules.appDomain();
  const nameAt = clr.target.layouts.tryOffset('AppDomain', 'FriendlyName');
  const name = nameAt === undefined ? 0 : memory.tryPointer(domain + nameAt);
  yield line(`Name:               ${name ? memory.utf16(name) : 'clrhost'}`);
  for (const module of clr.modules.list()) {
    yield line('Assembly:           ', link(context.memory.hex(module.assembly), `!dumpassembly ${hex(module.assembly)}`), module.path ? ` [${module.path}]` : ' (Dynamic) []');
    yield line('  Module');
    yield line('  ', link(context.memory.hex(module.address), `!dumpmodule ${hex(module.address)}`), `${' '.repeat(20 - 2 * memory.pointerSize)}${module.path || 'Dynamic Module'}`);
    yield line();
  }
}

function* heaps(context: CommandContext, system: Address): Generator<OutputNode> {
  const { clr, memory } = context;
  const { layouts } = clr.target;
  const allocator = system + (layouts.tryOffset('SystemDomain', 'GlobalLoaderAllocator') ?? 0);
  for (const [label, field] of [['LowFrequencyHeap', 'LowFrequencyHeap'], ['HighFrequencyHeap', 'HighFrequencyHeap'], ['StubHeap', 'StubHeap']] as const) {
    const offset = layouts.tryOffset('LoaderAllocator', field);
    yield line(`${`${label}:`.padEnd(20)}${upper(context, offset === undefined ? 0 : (memory.tryPointer(allocator + offset) ?? 0))}`);
  }
}
