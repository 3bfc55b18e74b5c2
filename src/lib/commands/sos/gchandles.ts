import { hex } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import { HANDLE_KINDS } from '../../heap/index.ts';
import { line, link, progress } from '../../output/index.ts';
import type { CommandRun, OutputNode } from '../../output/index.ts';
import { LoaderHeaps } from '../../runtime/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { nativeStatistics } from './native-stat.ts';
import { heading, upper } from './pointer-text.ts';

const MAX_FACTS = 2000;
const LABELS: readonly (readonly [kind: string, label: string])[] = [
  ['Strong', 'Strong Handles'], ['Pinned', 'Pinned Handles'], ['AsyncPinned', 'Async Pinned Handles'], ['RefCount', 'Ref Count Handles'], ['WeakLong', 'Weak Long Handles'],
  ['WeakShort', 'Weak Short Handles'], ['Variable', 'Variable Handles'], ['SizedRef', 'SizedRef Handles'], ['Dependent', 'Dependent Handles'], ['WeakWinRT', 'WeakWinRT Handles'],
  ['WeakInterior', 'Weak Interior Handles'], ['CrossReference', 'Cross Reference Handles'],
];

export const gchandles: CommandDef = {
  name: 'gchandles',
  host: 'sos',
  group: 'gc',
  summary: { en: 'GC handles: strong, pinned, weak, dependent; what they hold.', 'zh-tw': 'GC 控制代碼（強式、釘選、弱式、相依）與其持有的物件。' },
  options: [
    { name: '-stat', help: { en: 'Statistics only.', 'zh-tw': '只顯示統計。' } },
    { name: '-type', value: 'text', help: { en: 'One type: Pinned, Strong, WeakShort, WeakLong, Dependent …', 'zh-tw': '單一類型：Pinned、Strong、WeakShort、WeakLong、Dependent…' } },
    { name: '-perdomain', help: { en: 'By domain (there is one).', 'zh-tw': '依定義域（只有一個）。' } },
    { name: '-d', help: { en: 'Print links (always on here).', 'zh-tw': '輸出連結（此處一律啟用）。' } },
  ],
  examples: ['gchandles', 'gchandles -stat', 'gchandles -type Pinned'],
  *run(context, args): CommandRun {
    const { clr } = context;
    const wanted = args.text('-type')?.toLowerCase();
    if (wanted && !HANDLE_KINDS.some((k) => k.toLowerCase() === wanted)) {
      yield line(`Unknown handle type '${args.text('-type')}'.`);
      return;
    }
    const handles = clr.handles.filter((h) => !wanted || h.kind.toLowerCase() === wanted);
    const totals = new Map<Address, { count: number; bytes: number }>();
    const kinds = new Map<string, number>();
    if (!args.has('-stat')) yield line(`${heading(context, 'Handle')} Type        ${heading(context, 'Object')}     Size ${heading(context, 'Data')} Type`);
    for (const [i, handle] of handles.entries()) {
      const table = clr.objects.find(handle.object);
      const size = table ? clr.objects.size(handle.object, table) : 0;
      kinds.set(handle.kind, (kinds.get(handle.kind) ?? 0) + 1);
      if (table) {
        const total = totals.get(table.address);
        if (total) {
          total.count++;
          total.bytes += size;
        } else totals.set(table.address, { count: 1, bytes: size });
      }
      if (!args.has('-stat')) {
        const data = handle.kind === 'Dependent' ? upper(context, handle.secondary) : heading(context, '');
        const name = table ? clr.types.name(table.address, 'sos') : '<error>';
        yield line(`${upper(context, handle.address)} ${handle.kind.padEnd(11)} `, link(upper(context, handle.object), `!do ${hex(handle.object)}`), ` ${String(size).padStart(8)} ${data} ${name}`);
        if (i < MAX_FACTS) yield { kind: 'fact', subject: 'root', address: handle.address, values: { kind: handle.kind, object: hex(handle.object), type: name } };
      }
      if (i % 256 === 0) yield progress(i, handles.length);
    }
    const shape: StatisticsShape = { gap: !args.has('-stat'), oneType: wanted !== undefined };
    if (args.has('-perdomain')) {
      // All handles belong to the application's domain; SOS lists the runtime's own first.
      const system = new LoaderHeaps(clr.target).listedSystemDomain();
      if (system) yield* domainStatistics(context, `${upper(context, system)} (System Domain)`, new Map(), new Map(), shape);
      yield* domainStatistics(context, upper(context, clr.modules.appDomain()), totals, kinds, shape);
      return;
    }
    yield* statistics(context, totals, kinds, shape);
  },
};

/** A blank line when handles were listed before; counts by type only when all types were asked for. */
interface StatisticsShape { readonly gap: boolean; readonly oneType: boolean }
type Totals = ReadonlyMap<Address, { count: number; bytes: number }>;

function* domainStatistics(context: CommandContext, domain: string, totals: Totals, kinds: ReadonlyMap<string, number>, shape: StatisticsShape): Generator<OutputNode> {
  yield line('-'.repeat(78));
  yield line(`GC Handle Statistics for AppDomain ${domain}`);
  yield* statistics(context, totals, kinds, shape);
}

function* statistics(context: CommandContext, totals: Totals, kinds: ReadonlyMap<string, number>, { gap, oneType }: StatisticsShape): Generator<OutputNode> {
  if (gap) yield line();
  yield* nativeStatistics(context, totals);
  if (oneType) return;
  yield line();
  yield line('Handles:');
  for (const [kind, label] of LABELS) {
    const count = kinds.get(kind);
    if (count) yield line(`    ${`${label}:`.padEnd(21)} ${count}`);
  }
}
