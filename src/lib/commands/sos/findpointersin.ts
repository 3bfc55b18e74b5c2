import type { Address } from '../../bytes/index.ts';
import { copyMemory } from '../../memory/index.ts';
import { line, progress, thousands } from '../../output/index.ts';
import type { CommandRun, OutputNode, Progress } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { nameOf } from '../windbg/symbol-name.ts';
import { describeAddressSpace, protectionText, stateText, typeText } from './address-regions.ts';
import type { DescribedRegion } from './address-regions.ts';
import { addPointer, groupTable, RegionFinder } from './pointer-groups.ts';
import type { PointerGroups } from './pointer-groups.ts';
import { stackRoots } from './root-walk.ts';

const WIDTH = 120;
const NOT_PINNED = '[Pointers to non-pinned objects]';

export const findpointersin: CommandDef = {
  name: 'findpointersin',
  host: 'sos',
  group: 'memory',
  summary: { en: 'Pointers in regions of a use (Stack, PAGE_READWRITE …) to the GC heap, images and other memory.', 'zh-tw': '某種用途的區域（Stack、PAGE_READWRITE 等）中指向 GC 堆積、映像與其他記憶體的指標。' },
  details: {
    en: 'Uses are those that maddress prints. Pointers to the GC heap count by type only when the object is pinned: others may be left-overs; --all counts every object.',
    'zh-tw': '用途名稱與 maddress 顯示的相同。指向 GC 堆積的指標只有在物件被釘選時才依型別統計，其餘可能是殘留值；--all 則統計所有物件。',
  },
  options: [{ name: '--all', aliases: ['-a', '--showallobjects'], help: { en: 'All objects, not only pinned ones.', 'zh-tw': '所有物件，不限釘選的。' } }],
  args: [{ name: 'regions', kind: 'text', optional: true, many: true, help: { en: 'Uses of memory, as maddress names them.', 'zh-tw': '記憶體用途，名稱同 maddress。' } }],
  examples: ['findpointersin Stack'],
  *run(context, args): CommandRun {
    const wanted = args.all('regions');
    if (wanted.length === 0) {
      yield line('Must specify at least one memory region type to search for.');
      return;
    }
    const regions = describeAddressSpace(context, false);
    yield line('Scanning for pinned objects...');
    const pinned = args.has('--all') ? undefined : yield* pinnedObjects(context);
    const finder = new RegionFinder(regions);
    for (const use of wanted) {
      const matching = regions.filter((r) => r.name.toLowerCase() === use.toLowerCase());
      if (matching.length === 0) {
        yield line(`Found not memory regions matching '${use}'.`);
        continue;
      }
      const totals = newFound();
      for (const [i, region] of matching.entries()) {
        const found = newFound();
        yield* scan(context, region, finder, pinned, [found, totals]);
        const header = `REGION [${region.start.toString(16)}-${region.end.toString(16)}] ${typeText(region.type)} ${stateText(region.state)} ${protectionText(region.protection)}`;
        yield line(header.padStart(WIDTH - ((WIDTH - header.length) >> 1), '=').padEnd(WIDTH, '='));
        yield line(`Type:  ${region.name}`);
        if (region.image) yield line(`Image: ${region.image}`);
        yield* tables(context, found);
        yield line();
        yield line('END REGION'.padStart((WIDTH - 10) / 2, '=').padEnd(WIDTH, '='));
        yield line();
        yield progress(i, matching.length);
      }
      if (matching.length > 1) {
        yield line(' TOTALS '.padStart(WIDTH / 2).padEnd(WIDTH));
        yield* tables(context, totals);
        yield line('='.repeat(WIDTH));
      }
    }
  },
};

interface Found { readonly heap: PointerGroups; readonly images: PointerGroups; readonly other: PointerGroups; pinned: number; loose: number }
const newFound = (): Found => ({ heap: new Map(), images: new Map(), other: new Map(), pinned: 0, loose: 0 });

/** Ends of pinned objects by their addresses: held by pinning handles and frames, or in segments that are never moved. */
function* pinnedObjects(context: CommandContext): Generator<OutputNode | Progress, { find(address: Address): Address | undefined }> {
  const { clr } = context;
  const list = new Set<Address>();
  for (const handle of clr.handles) if (handle.kind === 'Pinned' || handle.kind === 'AsyncPinned') list.add(handle.object);
  for (const root of yield* stackRoots(context, false)) if (root.kind === 'stack' && root.stack.pinned) list.add(root.object);
  const walker = clr.walk(clr.segmentsByAddress().filter((s) => s.kind === 'poh' || s.kind === 'frozen'));
  while (walker.step((address, table) => {
    if (table.address !== clr.types.freeMethodTable) list.add(address);
  })) yield progress(walker.doneBytes, walker.totalBytes);
  const objects = [...list].sort((a, b) => a - b);
  return {
    find(address) {
      let low = 0;
      let high = objects.length - 1;
      while (low <= high) {
        const middle = (low + high) >> 1;
        const object = objects[middle];
        if (object > address) high = middle - 1;
        else {
          const table = clr.objects.find(object);
          if (table && address < object + clr.objects.size(object, table)) return object;
          low = middle + 1;
        }
      }
      return undefined;
    },
  };
}

function* scan(context: CommandContext, region: DescribedRegion, finder: RegionFinder, pinned: { find(address: Address): Address | undefined } | undefined, into: readonly Found[]): Generator<Progress> {
  const { memory, clr } = context;
  const p = memory.pointerSize;
  let done = 0;
  // Pages that are not in the dump read as zeros, which point nowhere.
  for (const bytes of copyMemory(memory, region.start, region.end - region.start, () => undefined)) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let i = 0; i + p <= bytes.byteLength; i += p) {
      const pointer = p === 8 ? view.getUint32(i, true) + view.getUint32(i + 4, true) * 4294967296 : view.getUint32(i, true);
      const target = pointer ? finder.find(pointer) : undefined;
      if (!target) continue;
      if (target.name === 'GCHeap') {
        const object = pinned ? pinned.find(pointer) : clr.objects.find(pointer) && pointer;
        const table = object ? clr.objects.find(object) : undefined;
        for (const found of into) {
          if (table) found.pinned++;
          else found.loose++;
          addPointer(found.heap, table ? clr.types.name(table.address, 'managed') : NOT_PINNED, object || pointer);
        }
      } else if (target.name === 'Image') for (const found of into) addPointer(found.images, nameOf(context, pointer).replace(/\+0x[0-9a-f]+$/, '+...'), pointer);
      else for (const found of into) addPointer(found.other, target.image || target.name, pointer);
    }
    done += bytes.byteLength;
    yield progress(done, region.end - region.start);
  }
}

function* tables(context: CommandContext, found: Found): CommandRun {
  if (found.pinned + found.loose > 0) {
    yield line();
    yield line('Pointers to GC heap:');
    if (found.pinned === 0) yield line(`${thousands(found.loose)} pointers to the GC heap, but none pointed to a pinned object.`);
    else yield* groupTable(context, 'Type', found.heap, true);
  }
  for (const [title, column, groups] of [['Pointers to images with symbols:', 'Symbol', found.images], ['Other pointers:', 'Region', found.other]] as const) {
    if (groups.size === 0) continue;
    yield line();
    yield line(title);
    yield* groupTable(context, column, groups, true);
  }
}
