import { hex } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import { generationOf, objectContaining, PathFinder } from '../../heap/index.ts';
import type { Root } from '../../heap/index.ts';
import { line, link, message, progress } from '../../output/index.ts';
import type { CommandRun, OutputNode, Progress } from '../../output/index.ts';
import type { CommandDef, ParsedArgs } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { heapObjects, parseTarget } from './path-target.ts';
import { pathFact, pathRows, RootPrinter, uniqueRoots } from './root-text.ts';
import { eachRoot, pathFrom } from './root-walk.ts';

/** GC's names of generations by number, as far as -gcgen compares them. */
const GENERATIONS = ['gen0', 'gen1', 'gen2', 'loh', 'poh', 'frozen'] as const;
const GENERATION_NAMES = ['Generation0', 'Generation1', 'Generation2', 'Large', 'Pinned', 'Frozen'] as const;

export const gcroot: CommandDef = {
  name: 'gcroot',
  host: 'sos',
  group: 'heap',
  summary: { en: 'What keeps an object alive: a path from every root that leads to it.', 'zh-tw': '誰讓這個物件活著：列出每個通往它的根與路徑。' },
  details: {
    en: 'Roots are GC handles, objects waiting for their finalizer, and references in the frames and registers of threads. Static fields show up as a handle to an Object[]. No path means that the next collection of its generation may take the object.',
    'zh-tw': '根包括 GC 控制代碼、等待執行完成項的物件，以及各執行緒框架與暫存器中的參考。靜態欄位會以指向 Object[] 的控制代碼出現。找不到路徑，代表下次回收該層代時可能就會收走這個物件。',
  },
  options: [
    { name: '-nostacks', help: { en: 'Without the roots in stacks.', 'zh-tw': '不看堆疊中的根。' } },
    { name: '-limit', value: 'decimal', help: { en: 'Stop after this many roots.', 'zh-tw': '找到這麼多個根後停止。' } },
    { name: '-gcgen', value: 'decimal', help: { en: 'Would the object survive a collection of this generation? (helper of findroots)', 'zh-tw': '回收此層代時，物件會留下來嗎？（findroots 的輔助選項）' } },
    { name: '-all', help: { en: 'Accepted: every root is always shown.', 'zh-tw': '可接受：一律顯示所有的根。' } },
    { name: '-d', help: { en: 'Print links (always on here).', 'zh-tw': '輸出連結（此處一律啟用）。' } },
  ],
  args: [{ name: 'target', kind: 'text', optional: true, help: { en: 'Address of the object.', 'zh-tw': '物件位址。' } }],
  examples: ['gcroot 7af7568', 'gcroot -nostacks 7af7568'],
  *run(context, args): CommandRun {
    const { clr } = context;
    const target = parseTarget(args.text('target'));
    if (target === undefined) {
      yield line(`ERROR: Could not parse target object address: ${args.text('target') ?? ''}`);
      return;
    }
    if (!clr.objects.find(target)) yield* notAnObject(context, target);
    if (args.has('-gcgen') && (yield* survives(context, args, target))) return;
    const finder = new PathFinder(clr, target);
    const count = yield* searchRoots(context, args, finder);
    yield uniqueRoots(count);
    if (count === 0) yield* threadStatics(context, finder);
  },
};

function* notAnObject({ clr }: CommandContext, target: Address): Generator<OutputNode> {
  yield line(`Warning: ${hex(target)} is not a valid object`);
  const around = clr.segmentOf(target) ? objectContaining(clr, target) : undefined;
  if (around === undefined) return;
  yield message('dim', { en: 'The address lies inside an object:', 'zh-tw': '這個位址落在某個物件裡面：' });
  yield line('  ', link(`gcroot ${hex(around)}`, `!gcroot ${hex(around)}`));
}

/** -gcgen: true when the answer is given without looking for roots. */
function* survives({ clr }: CommandContext, args: ParsedArgs, target: Address): Generator<OutputNode, boolean> {
  const condemned = args.number('-gcgen') ?? 0;
  const segment = clr.segmentOf(target);
  if (!segment) {
    yield line(`Address ${hex(target)} is not in the managed heap.`);
    return true;
  }
  const generation = GENERATIONS.indexOf(generationOf(segment, target));
  if (condemned < generation) {
    yield line(`Object ${hex(target)} will survive this collection:`);
    yield line(`    gen(${hex(target)}) = ${GENERATION_NAMES[generation]} > ${condemned} = condemned generation.`);
    return true;
  }
  if (condemned > 1) return false;
  // The GC notes references from older generations only while a debugger stops it in the middle of a collection.
  yield line('Could not gather needed data, possibly due to memory constraints in the debuggee.');
  yield line(`To try again, re-issue the '!findroots -gen ${condemned}' command.`);
  return true;
}

function* searchRoots(context: CommandContext, args: ParsedArgs, finder: PathFinder): Generator<OutputNode | Progress, number, void> {
  const { clr } = context;
  const limit = args.number('-limit') ?? Infinity;
  const printer = new RootPrinter(clr);
  const total = heapObjects(clr);
  let count = 0;
  const visit = function* (root: Root): Generator<OutputNode | Progress, boolean, void> {
    if (count >= limit) return false;
    const path = yield* pathFrom(finder, root.object, total);
    if (path) {
      count++;
      yield* printer.print(root);
      yield* pathRows(clr, path, true);
      yield line();
      yield pathFact(clr, root, path);
      yield progress(finder.walked, total);
    }
    return true;
  };
  yield* eachRoot(context, { stacks: !args.has('-nostacks') }, visit);
  return count;
}

/** What only thread statics keep alive looks dead to SOS, which does not follow them on .NET 9 and later. We say so. */
function* threadStatics(context: CommandContext, finder: PathFinder): CommandRun {
  const { clr } = context;
  const printer = new RootPrinter(clr);
  const total = heapObjects(clr);
  let first = true;
  for (const root of clr.roots.threadStatics) {
    const path = yield* pathFrom(finder, root.object, total);
    if (!path) continue;
    if (first) {
      yield message('warning', {
        en: 'The object is alive all the same: a [ThreadStatic] field leads to it. SOS does not follow those on .NET 9 and later, so its answer is 0.',
        'zh-tw': '但這個物件其實活著：有 [ThreadStatic] 欄位通往它。在 .NET 9 以後的版本，SOS 不會走訪這類欄位，所以答案是 0。',
      });
    }
    first = false;
    yield* printer.print(root);
    yield* pathRows(clr, path, false);
    yield line();
    yield pathFact(clr, root, path);
  }
}
