import { hex } from '../../bytes/index.ts';
import { readSyncBlock } from '../../heap/index.ts';
import { line, link, progress, thousands } from '../../output/index.ts';
import type { CommandRun } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { heapFilter } from './heap-filter.ts';
import { lastSyncBlock } from './syncblk.ts';

const STEP = 2048;
const MAX_SHOWN = 200;

/** Every reference of an object must be the address of an object; null and frozen strings included. */
export function* badReferences(context: CommandContext, address: number): Generator<{ offset: number; target: number }> {
  const { clr } = context;
  const table = clr.objects.find(address);
  if (!table) return;
  const bad: { offset: number; target: number }[] = [];
  clr.references.forEach(address, table, (target, offset) => {
    if (!clr.objects.find(target)) bad.push({ offset, target });
  });
  yield* bad;
}

export const verifyheap: CommandDef = {
  name: 'verifyheap',
  host: 'sos',
  group: 'heap',
  summary: { en: 'Checks every object and reference of the heap.', 'zh-tw': '檢查堆積上的每個物件與參考。' },
  options: [
    { name: '-heap', value: 'decimal', help: { en: 'One GC heap.', 'zh-tw': '單一 GC 堆積。' } },
    { name: '-segment', value: 'text', help: { en: 'One segment.', 'zh-tw': '單一區段。' } },
    { name: '-gen', value: 'text', help: { en: 'One generation.', 'zh-tw': '單一層代。' } },
  ],
  args: [{ name: 'range', kind: 'text', optional: true, many: true, help: { en: 'Only this range.', 'zh-tw': '只看這段範圍。' } }],
  *run(context, args): CommandRun {
    const { clr } = context;
    const { segments, wants } = heapFilter(clr, args, 'verifyheap');
    const walker = clr.walk(segments);
    const found: { object: number; reason: string }[] = [];
    let objects = 0;
    let errors = 0;
    for (let more = true; more; ) {
      more = walker.step((address, _table, _size, segment) => {
        if (!wants(address, segment)) return;
        objects++;
        for (const { offset, target } of badReferences(context, address)) {
          errors++;
          if (found.length < MAX_SHOWN) found.push({ object: address, reason: `reference at +${hex(offset)} to ${hex(target)}, which is no object` });
        }
      }, STEP);
      yield progress(walker.doneBytes, walker.totalBytes);
    }
    errors += walker.errors.length;
    for (const error of walker.errors.slice(0, MAX_SHOWN)) found.push({ object: error.address, reason: error.message });
    for (const { object, reason } of found) yield line('    ', link(hex(object, 12), `!verifyobj ${hex(object)}`), ` ${reason}`);
    // SOS checks the sync blocks when it is asked for a part of the heap only.
    if (args.has('-heap') || args.has('-segment') || args.all('range').length > 0) yield* verifySyncBlocks(context);
    yield line(`${thousands(objects)} objects verified, ${thousands(errors)} errors.`);
    if (errors === 0) yield line('No heap corruption detected.');
    yield { kind: 'fact', subject: 'heap', values: { name: 'verified', objects, errors } };
  },
};

function* verifySyncBlocks(context: CommandContext): CommandRun {
  const count = yield* lastSyncBlock(context);
  let errors = 0;
  for (let index = 1; index <= count; index++) {
    const object = readSyncBlock(context.clr, index)?.object;
    if (object && !context.clr.objects.find(object)) errors++;
  }
  yield line(`${thousands(count)} SyncBlocks verified, ${thousands(errors)} error${errors === 1 ? '' : 's'}.`);
}

/** Width of the longest ObjectCorruptionKind of ClrMD, ObjectReferenceNotPointerAligned. */
const ISSUE = 32;

export const verifyobj: CommandDef = {
  name: 'verifyobj',
  host: 'sos',
  byShape: true,
  group: 'objects',
  summary: { en: 'Checks one object.', 'zh-tw': '檢查單一物件。' },
  args: [{ name: 'address', kind: 'hex', help: { en: 'Address of the object.', 'zh-tw': '物件位址。' } }],
  *run(context, args) {
    const address = args.number('address') ?? 0;
    const issues = [...objectIssues(context, address)];
    if (issues.length === 0) {
      yield line(`object 0x${hex(address)} is a valid object`);
      return;
    }
    const offsets = issues.map(({ offset }) => `0x${hex(offset, 2)}`);
    const width = Math.max('Offset'.length, ...offsets.map((o) => o.length));
    yield line(`${'Offset'.padEnd(width)} ${'Issue'.padEnd(ISSUE)} Description`);
    for (const [i, { kind, text }] of issues.entries()) yield line(`${offsets[i].padEnd(width)} ${kind.padEnd(ISSUE)} ${text}`);
    yield line();
    yield line(`${thousands(issues.length)} error${issues.length === 1 ? '' : 's'}  detected.`);
  },
};

interface Issue { readonly offset: number; readonly kind: string; readonly text: string }

/** What is wrong with an object, in ClrMD's words. */
function* objectIssues(context: CommandContext, address: number): Generator<Issue> {
  const { clr, memory } = context;
  const at = hex(address);
  if (!clr.segmentOf(address)) yield { offset: 0, kind: 'ObjectNotOnTheHeap', text: `Tried to validate ${at} but its address was not on any segment.` };
  else if (address % memory.pointerSize) yield { offset: 0, kind: 'ObjectNotPointerAligned', text: `Object ${at} is not pointer aligned` };
  else if (!clr.objects.find(address)) yield { offset: 0, kind: 'InvalidMethodTable', text: `Object ${at} has an invalid method table ${hex(memory.tryPointer(address) ?? 0)}` };
  else for (const { offset, target } of badReferences(context, address)) yield { offset, kind: 'InvalidObjectReference', text: `Object ${at} has a bad member at offset ${hex(offset)}: ${hex(target)}` };
}
