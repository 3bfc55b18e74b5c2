import { hex } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import { eachReference } from '../../heap/index.ts';
import type { Root } from '../../heap/index.ts';
import { progress, utf8, writeFile } from '../../output/index.ts';
import type { CommandRun, Progress } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { eachRoot } from './root-walk.ts';
import { verifyheap } from './verify.ts';
import { parseArguments } from '../parse.ts';

const STEP = 2048;

export const traverseheap: CommandDef = {
  name: 'traverseheap',
  host: 'sos',
  group: 'heap',
  summary: { en: 'Writes types, roots, objects and references of the heap into a file, for the CLR Profiler or as XML.', 'zh-tw': '把堆積的型別、根、物件與參考寫入檔案，格式為 CLR Profiler 或 XML。' },
  details: {
    en: 'CLR Profiler form: t id 0 name; r roots…; for each object n id 1 type size, ! 1 address id, o address type size references…. The same as SOS writes, byte for byte.',
    'zh-tw': 'CLR Profiler 格式：t 識別碼 0 名稱；r 根…；每個物件為 n 識別碼 1 型別 大小、! 1 位址 識別碼、o 位址 型別 大小 參考…。與 SOS 寫出的逐位元組相同。',
  },
  options: [
    { name: '-xml', help: { en: 'XML.', 'zh-tw': '以 XML 格式。' } },
    { name: '-verify', help: { en: 'Checks the heap first, as verifyheap does.', 'zh-tw': '先檢查堆積，同 verifyheap。' } },
  ],
  args: [{ name: 'filename', kind: 'text', help: { en: 'File to write.', 'zh-tw': '要寫出的檔案。' } }],
  examples: ['traverseheap heap.log', 'traverseheap -xml heap.xml'],
  *run(context, args): CommandRun {
    const name = args.text('filename') ?? '';
    if (args.has('-verify')) yield* verifyheap.run(context, parseArguments(verifyheap, ''));
    const roots: Root[] = [];
    yield* eachRoot(context, { stacks: true }, function* (root) {
      roots.push(root);
      return true;
    });
    const types = yield* typesInOrder(context);
    const xml = args.has('-xml');
    const text = xml ? xmlText(context, roots, types) : profilerText(context, roots, types);
    yield* writeFile({ name, mime: xml ? 'application/xml' : 'text/plain', mode: 'new' }, utf8(text));
  },
};

const address = (value: Address) => `0x${hex(value, 16)}`;

/** Numbers of types, in the order in which the walk meets them. */
function* typesInOrder({ clr }: CommandContext): Generator<Progress, Map<Address, number>> {
  const types = new Map<Address, number>();
  const walker = clr.walk();
  for (let more = true; more; ) {
    more = walker.step((_, table) => {
      if (!types.has(table.address)) types.set(table.address, types.size + 1);
    }, STEP);
    yield progress(walker.doneBytes, 2 * walker.totalBytes);
  }
  return types;
}

type Visit = (object: Address, type: number, size: number, references: readonly Address[]) => string;

/** Text of every object, by the walk's slices. */
function* objects({ clr }: CommandContext, types: ReadonlyMap<Address, number>, textOf: Visit): Generator<string | Progress> {
  const walker = clr.walk();
  const references: Address[] = [];
  const add = (target: Address) => references.push(target);
  let text: string[] = [];
  for (let more = true; more; ) {
    more = walker.step((object, table, size) => {
      references.length = 0;
      if (table.containsPointers) eachReference(clr, object, table, add);
      text.push(textOf(object, types.get(table.address) ?? 0, size, references));
    }, STEP);
    yield text.join('');
    text = [];
    yield progress(walker.totalBytes + walker.doneBytes, 2 * walker.totalBytes);
  }
}

function* profilerText(context: CommandContext, roots: readonly Root[], types: ReadonlyMap<Address, number>): Generator<string | Progress> {
  for (const [table, id] of types) yield `t ${id} 0 ${context.clr.types.name(table, 'managed')}\n`;
  yield `\nr${roots.map((root) => ` ${address(root.address)}`).join('')}\n`;
  let id = 0;
  yield* objects(context, types, (object, type, size, references) => {
    let line = `n ${++id} 1 ${type} ${size}\n! 1 ${address(object)} ${id}\no ${address(object)} ${type} ${size} `;
    for (const target of references) line += ` ${address(target)}`;
    return `${line}\n`;
  });
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
/** Characters XML 1.0 has no way to write become U+FFFD. */
const attribute = (text: string) => text.replace(/[&<>"]/g, (c) => ENTITIES[c]).replace(/[\u0000-\u001f\ufffe\uffff]/g, '\ufffd');
const ROOT_KINDS: Readonly<Partial<Record<Root['kind'], string>>> = { stack: 'stack', handle: 'handle' };

function* xmlText(context: CommandContext, roots: readonly Root[], types: ReadonlyMap<Address, number>): Generator<string | Progress> {
  yield '<gcheap>\n  <types>\n';
  for (const [table, id] of types) yield `    <type id="${id}" name="${attribute(context.clr.types.name(table, 'managed'))}" />\n`;
  yield '  </types>\n<roots>\n';
  for (const root of roots) yield `  <root kind="${ROOT_KINDS[root.kind] ?? 'finalizer'}" address="${address(root.address)}" />\n`;
  yield '</roots>\n<objects>\n';
  yield* objects(context, types, (object, type, size, references) => {
    const open = `  <object address="${address(object)}" typeid="${type}" size="${size}"`;
    if (references.length === 0) return `${open} />\n`;
    let element = `${open}>\n`;
    for (const target of references) element += `    <member address="${address(target)}" />\n`;
    return `${element}  </object>\n`;
  });
  yield '</objects>\n</gcheap>';
}
