import { GcHistory } from '../../runtime/index.ts';
import type { Collection } from '../../runtime/index.ts';
import { line, link, message } from '../../output/index.ts';
import type { CommandRun, OutputNode } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { Dots, openStressLog } from './dumplog.ts';
import { upper } from './pointer-text.ts';
import { headerLines } from './stress-text.ts';

const STEP = 256;
const RULE = '-'.repeat(57);

/** Collections the session has read; without histinit SOS prints empty tables, and so do we, with a hint. */
function* history(context: CommandContext): Generator<OutputNode, readonly Collection[]> {
  const { gcHistory } = context.session;
  if (!gcHistory) yield message('dim', { en: 'Run histinit first: it reads the stress log.', 'zh-tw': '請先執行 histinit，以讀入壓力記錄。' });
  return gcHistory?.collections ?? [];
}

export const histinit: CommandDef = {
  name: 'histinit',
  host: 'sos',
  group: 'gc',
  summary: { en: 'Reads the collections out of the stress log, for the other hist commands.', 'zh-tw': '從壓力記錄讀入各次回收，供其他 hist 指令使用。' },
  examples: ['histinit'],
  *run(context): CommandRun {
    context.session.gcHistory = undefined;
    yield line('Attempting to read Stress log');
    const opened = yield* openStressLog(context, 'No Stress log in the image, GCHist commands unavailable', 'FAILURE: Stress log unreadable');
    if (!opened) return;
    const { log, threads, total } = opened;
    for (const text of headerLines(log.header, threads.length, total)) yield line(text);
    const read = new GcHistory();
    const dots = new Dots();
    let steps = 0;
    for (const event of log.events(threads)) {
      if (event.kind === 'message') read.add(event.message);
      if (event.kind !== 'end') dots.step(event.kind !== 'step');
      if (++steps % STEP === 0) yield { kind: 'progress', done: 0, total: 0 };
    }
    for (const part of dots.end()) yield line(part);
    yield line(`---------------------------- ${dots.count} total entries ------------------------------------`);
    if (dots.count === 0) {
      yield line('No Stress log in the image, GCHist commands unavailable');
      return;
    }
    context.session.gcHistory = read;
    yield line('SUCCESS: GCHist structures initialized');
  },
};

export const histstats: CommandDef = {
  name: 'histstats',
  host: 'sos',
  group: 'gc',
  summary: { en: 'Promoted and moved roots of each collection in the stress log.', 'zh-tw': '壓力記錄中每次回收所升代與搬移的根數量。' },
  examples: ['histstats'],
  *run(context): CommandRun {
    const collections = yield* history(context);
    yield line(`${'GCCount'.padStart(8)} ${'Promotes'.padStart(8)} ${'Relocs'.padStart(8)}`);
    yield line('-'.repeat(35));
    for (const c of collections) yield line([c.count, c.promotions.length, c.relocations.length].map((n) => String(n).padStart(8)).join(' '));
    let found = false;
    for (const c of collections) {
      for (const [list, what] of [[c.promotions, 'promoted'], [c.relocations, 'relocated']] as const) {
        for (const root of repeated(list)) {
          found = true;
          yield line(`Root ${upper(context, root)} ${what} multiple times in gc ${c.count}`);
        }
        yield { kind: 'progress', done: 0, total: 0 };
      }
    }
    if (!found) yield line('No duplicate promote or relocate messages found in the log.');
  },
};

/** A root for every pair of its records, in SOS's order: that of the first of the pair. */
function* repeated(list: readonly { readonly root: number }[]): Generator<number> {
  const left = new Map<number, number>();
  for (const { root } of list) left.set(root, (left.get(root) ?? 0) + 1);
  for (const { root } of list) {
    const later = (left.get(root) ?? 1) - 1;
    left.set(root, later);
    for (let i = 0; i < later; i++) yield root;
  }
}

interface Tracker { readonly name: string; readonly aliases?: readonly string[]; readonly usage: string; readonly argument: 'root' | 'object'; readonly en: string; readonly zh: string }

function tracker({ name, aliases, usage, argument, en, zh }: Tracker, run: (context: CommandContext, address: number, collections: readonly Collection[]) => CommandRun): CommandDef {
  return {
    name, host: 'sos', group: 'gc', summary: { en, 'zh-tw': zh }, ...(aliases && { aliases }),
    args: [{ name: argument, kind: 'hex', optional: true, help: { en: argument === 'root' ? 'Address of a root.' : 'Address of an object.', 'zh-tw': argument === 'root' ? '根的位址。' : '物件的位址。' } }],
    examples: [`${name} 7f6eb4801110`],
    *run(context, args) {
      const address = args.number(argument);
      if (address === undefined) yield line(usage);
      else yield* run(context, address, yield* history(context));
    },
  };
}

export const histroot = tracker({
  name: 'histroot', usage: '!Root <valid object pointer>', argument: 'root',
  en: 'What each collection in the stress log did to one root.', zh: '壓力記錄中每次回收對某個根做了什麼。',
}, function* (context, root, collections) {
  const digits = 2 * context.memory.pointerSize;
  yield line(`${'GCCount'.padStart(8)} ${'Value'.padStart(digits)} ${'MT'.padStart(digits)} ${'Promoted?'.padStart(9)} ${'Notes'.padStart(20)}`);
  yield line(RULE);
  let quiet = false;
  for (const c of collections) {
    const promotions = c.promotions.filter((p) => p.root === root);
    const relocations = c.relocations.filter((r) => r.root === root);
    const [promoted] = promotions;
    const [moved] = relocations;
    if (moved) {
      quiet = false;
      let notes = '';
      if (promoted) {
        if (promoted.value !== moved.before || promoted.methodTable !== moved.methodTable) notes += 'promote/reloc records in error ';
        if (promotions.length > 1 || relocations.length > 1) notes += 'Duplicate promote/relocs';
      }
      yield line(`${String(c.count).padStart(8)} `, link(upper(context, moved.after), `!histobjfind ${moved.after.toString(16)}`), ' ', link(upper(context, moved.methodTable), `!dumpmt ${moved.methodTable.toString(16)}`), ` ${(promoted ? 'yes' : 'no').padStart(9)} ${notes}`);
    } else if (promoted) yield line(`Error: There is a promote record for root ${upper(context, promoted.root)}, but no relocation record`);
    else if (!quiet) {
      yield line('...');
      quiet = true;
    }
  }
});

export const histobj = tracker({
  name: 'histobj', usage: '!object <valid object pointer>', argument: 'object',
  en: 'Where an object was before each collection, and which roots told.', zh: '物件在每次回收之前的位置，以及由哪些根得知。',
}, function* (context, object, collections) {
  yield line(`${'GCCount'.padStart(8)} ${'Object'.padStart(2 * context.memory.pointerSize)} ${'Roots'.padStart(40)}`);
  yield line(RULE);
  let current = object;
  for (const c of collections) {
    if (current === 0) break;
    let text = `${String(c.count).padStart(8)} ${upper(context, current)} `;
    let before: number | undefined;
    for (const r of c.relocations) {
      if (r.after !== current) continue;
      text += `${upper(context, r.root)}, `;
      if (before === undefined) before = r.before;
      else if (before !== r.before) text += 'differing reloc values for this object!\n';
    }
    yield* text.split('\n').map((part) => line(part));
    current = before ?? current;
  }
});

export const histobjfind = tracker({
  name: 'histobjfind', aliases: ['hof'], usage: '!ObjSearch <valid object pointer>', argument: 'object',
  en: 'Everything the stress log says about the object at an address.', zh: '壓力記錄中關於某位址上物件的所有內容。',
}, function* (context, object, collections) {
  yield line(`${'GCCount'.padStart(8)} ${'Object'.padStart(2 * context.memory.pointerSize)} ${'Message'.padStart(40)}`);
  yield line(RULE);
  if (object === 0) return;
  let quiet = false;
  for (const c of collections) {
    const head = `${String(c.count).padStart(8)} ${upper(context, object)} `;
    const root = (address: number) => link(upper(context, address), `!histroot ${address.toString(16)}`);
    for (const p of c.promotions) {
      if (p.value !== object) continue;
      quiet = false;
      yield line(`${head}Promotion for root `, root(p.root), ` (MT = ${upper(context, p.methodTable)})`);
    }
    for (const r of c.relocations) {
      if (r.after !== object && r.before !== object) continue;
      quiet = false;
      yield line(`${head}Relocation ${r.after === object ? 'NEWVALUE' : 'PREVVALUE'} for root `, root(r.root));
    }
    if (quiet) continue;
    yield line('...');
    quiet = true;
  }
});

export const histclear: CommandDef = {
  name: 'histclear',
  host: 'sos',
  group: 'gc',
  summary: { en: 'Forgets what histinit read.', 'zh-tw': '清除 histinit 讀入的內容。' },
  *run(context) {
    context.session.gcHistory = undefined;
    yield line('Completed successfully.');
  },
};
