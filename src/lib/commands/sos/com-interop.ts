import { hex } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import { comWrappers, readSyncBlock, syncBlockIndex } from '../../heap/index.ts';
import { line, link, message } from '../../output/index.ts';
import type { CommandRun, OutputNode, Progress } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { NOT_WINDOWS } from './comstate.ts';
import { lastSyncBlock } from './syncblk.ts';

const STEP = 512;

interface Wrapped { readonly object: Address; readonly rcw: Address; readonly ccw: Address }

/** Every object that a sync block ties to COM; undefined where the runtime does not describe it. */
function* wrapped(context: CommandContext): Generator<Progress, readonly Wrapped[] | undefined> {
  const { clr } = context;
  if (!clr.target.layouts.has('InteropSyncBlockInfo', 'RCW')) return undefined;
  const list: Wrapped[] = [];
  const last = yield* lastSyncBlock(context);
  for (let index = 1; index <= last; index++) {
    const block = readSyncBlock(clr, index);
    const found = block?.object && block.address ? comWrappers(clr, block.address) : undefined;
    if (block && found && (found.rcw || found.ccw)) list.push({ object: block.object, ...found });
    if (index % STEP === 0) yield { kind: 'progress', done: index, total: last };
  }
  return list;
}

function* tell(context: CommandContext, kind: 'rcw' | 'ccw'): CommandRun {
  const list = yield* wrapped(context);
  const upper = kind.toUpperCase();
  if (!list) {
    yield message('warning', { en: `.NET ${context.clr.target.major} does not describe where it keeps ${upper}s.`, 'zh-tw': `.NET ${context.clr.target.major} 沒有描述 ${upper} 存放的位置。` });
    return;
  }
  const having = list.filter((w) => w[kind]);
  yield message('dim', { en: `${having.length} objects have a built-in ${upper}. ComWrappers keep theirs in a table of managed code, which gcroot and dumpheap show.`, 'zh-tw': `${having.length} 個物件有內建的 ${upper}。ComWrappers 則存放在受控程式碼的表格中，可用 gcroot 與 dumpheap 檢視。` });
  for (const w of having) yield line(`${upper}: ${context.memory.hex(w[kind])}  object: `, link(context.memory.hex(w.object), `!do ${hex(w.object)}`));
}

function dump(kind: 'rcw' | 'ccw', en: string, zh: string): CommandDef {
  const upper = kind.toUpperCase();
  return {
    name: `dump${kind}`, host: 'sos', group: 'objects', summary: { en, 'zh-tw': zh },
    details: {
      en: `Tells which ${upper} belongs to which object. What is inside of one (interface pointers, reference counts) is not described by the runtime and cannot be read without its DAC.`,
      'zh-tw': `顯示 ${upper} 與物件的對應。其內容（介面指標、參考計數）執行階段並未描述，沒有 DAC 就無法讀取。`,
    },
    args: [{ name: 'address', kind: 'hex', optional: true, help: { en: `An object, or the address of a ${upper}.`, 'zh-tw': `物件，或 ${upper} 的位址。` } }],
    examples: [`dump${kind}`],
    *run(context, args): CommandRun {
      if (context.dump.os !== 'windows') {
        yield line(NOT_WINDOWS);
        return;
      }
      const address = args.number('address');
      if (address === undefined) {
        yield line(`Missing ${upper} address`);
        yield* tell(context, kind);
      } else if (address === 0) yield line(`Invalid ${upper} ${args.raw}`);
      else yield* one(context, kind, address);
    },
  };
}

function* one(context: CommandContext, kind: 'rcw' | 'ccw', address: Address): CommandRun {
  const { clr, memory } = context;
  const upper = kind.toUpperCase();
  if (clr.objects.find(address)) {
    const block = readSyncBlock(clr, syncBlockIndex(clr, address));
    const found = block?.address ? comWrappers(clr, block.address)?.[kind] : 0;
    if (found) yield line(`${upper}: ${memory.hex(found)}`);
    else yield line(`Object ${memory.hex(address)} has no ${upper}.`);
    return;
  }
  const list = yield* wrapped(context);
  const of = list?.find((w) => w[kind] === address);
  if (of) yield line('Managed object:             ', link(memory.hex(of.object), `!do ${hex(of.object)}`));
  else yield line(`Error requesting ${upper} data`);
}

export const dumprcw = dump('rcw', 'Runtime callable wrappers: COM objects that managed code uses (Windows).', '執行階段可呼叫包裝函式：受控程式碼使用的 COM 物件（Windows）。');
export const dumpccw = dump('ccw', 'COM callable wrappers: managed objects that COM uses (Windows).', 'COM 可呼叫包裝函式：COM 使用的受控物件（Windows）。');

export const rcwcleanuplist: CommandDef = {
  name: 'rcwcleanuplist',
  host: 'sos',
  group: 'objects',
  summary: { en: 'Runtime callable wrappers that wait for their release (Windows).', 'zh-tw': '等待釋放的執行階段可呼叫包裝函式（Windows）。' },
  args: [{ name: 'address', kind: 'hex', optional: true, help: { en: 'Address of a list.', 'zh-tw': '清單的位址。' } }],
  *run(context): Generator<OutputNode> {
    if (context.dump.os !== 'windows') yield line(NOT_WINDOWS);
    else {
      yield line('An error occurred while traversing the cleanup list.');
      yield message('dim', { en: 'The runtime does not describe this list; dumprcw counts the wrappers that are alive.', 'zh-tw': '執行階段沒有描述這個清單；dumprcw 可計算仍存活的包裝函式。' });
    }
  },
};
