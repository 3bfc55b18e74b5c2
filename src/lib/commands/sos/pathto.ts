import { hex } from '../../bytes/index.ts';
import { PathFinder } from '../../heap/index.ts';
import { line } from '../../output/index.ts';
import type { CommandRun } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import { heapObjects, parseTarget } from './path-target.ts';
import { pathRows } from './root-text.ts';
import { announceRoots, pathFrom } from './root-walk.ts';

export const pathto: CommandDef = {
  name: 'pathto',
  host: 'sos',
  group: 'heap',
  summary: { en: 'A path of references from one object to another.', 'zh-tw': '從一個物件到另一個物件的參考路徑。' },
  args: [
    { name: 'source', kind: 'text', optional: true, help: { en: 'Object the path begins with.', 'zh-tw': '路徑起點的物件。' } },
    { name: 'target', kind: 'text', optional: true, help: { en: 'Object to reach.', 'zh-tw': '要抵達的物件。' } },
  ],
  examples: ['pathto 5459670 5459698'],
  *run(context, args): CommandRun {
    const { clr } = context;
    const source = parseTarget(args.text('source'));
    const target = parseTarget(args.text('target'));
    if (source === undefined || target === undefined) {
      yield line(`ERROR: Could not parse argument '${source === undefined ? 'source' : 'target'}': 0`);
      return;
    }
    if (!clr.objects.find(source)) {
      yield line(`Source address ${hex(source)} is not a valid object.`);
      return;
    }
    const path = yield* pathFrom(new PathFinder(clr, target), source, heapObjects(clr));
    if (!path) {
      yield line(`Could not find a path from ${hex(source)} to ${hex(target)}`);
      return;
    }
    // Dependent handles are among the roots: to tell one in a path SOS reads them all.
    yield* announceRoots(context);
    yield* pathRows(clr, path, false);
    let objects = 0;
    for (let at: typeof path | undefined = path; at; at = at.next) objects++;
    yield { kind: 'fact', subject: 'object', address: target, values: { from: hex(source), objects } };
  },
};
