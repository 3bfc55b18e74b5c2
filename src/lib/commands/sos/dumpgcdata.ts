import type { Address } from '../../bytes/index.ts';
import { line, message } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';

/** Names and order of the collector's counters (gc/gcrecord.h, as SOS names them). */
const GLOBAL = ['concurrent GCs', 'compacting GCs', 'promoting GCs', 'GCs that did demotion', 'card bundles', 'elevation logic'] as const;
const DATA = ['pre short', 'post short', 'merged pins', 'converted pins', 'pre pin', 'post pin', 'pre and post pin', 'pre short padded', 'post short padded'] as const;
/** True: the reason makes compacting mandatory. */
const REASONS: readonly (readonly [name: string, mandatory: boolean])[] = [
  ['low on ephemeral space', true], ['high fragmentation', false], ['couldn\'t allocate gaps', true], ['user specfied compact LOH', true], ['last GC before OOM', true], ['induced compacting GC', true],
  ['fragmented gen0 (ephemeral GC)', false], ['high memory load (ephemeral GC)', false], ['high memory load and frag', true], ['very high memory load and frag', true], ['no gc mode', true],
];
const EXPANSIONS = ['reused seg with normal fit', 'reused seg with best fit', 'expand promoting eph', 'expand with a new seg', 'no memory for a new seg', 'expand in next full GC'] as const;
const BITS = ['using mark list', 'demotion'] as const;

export const dumpgcdata: CommandDef = {
  name: 'dumpgcdata',
  aliases: ['dgc'],
  host: 'sos',
  group: 'gc',
  summary: { en: 'Counters of the collector for its own developers; zero unless GC config logging is on.', 'zh-tw': '回收器供其開發者使用的計數；未開啟 GC 設定記錄時全為零。' },
  examples: ['dumpgcdata'],
  *run(context) {
    const { counters, server } = context.clr.gc;
    if (!counters) {
      yield message('warning', { en: 'The GC of this runtime does not say where its counters are.', 'zh-tw': '這個執行階段的 GC 沒有說明計數的位置。' });
      return;
    }
    const value = (array: Address, i: number) => counterAt(context, array, i);
    if (!server) for (const [i, name] of GLOBAL.entries()) yield line(`${name.padEnd(30)}: ${value(counters.global, i)}`);
    yield line();
    yield line('[info per heap]');
    for (const [index, heap] of counters.heaps.entries()) {
      if (server) yield line(`--------info for heap ${index}--------`);
      yield line('Interesting data points');
      for (const [i, name] of DATA.entries()) yield line(`${name.padStart(20)}: ${value(heap.dataPoints, i)}`);
      yield line();
      yield line('Compacting reasons');
      for (const [i, [name, mandatory]] of REASONS.entries()) yield line(`[${mandatory ? 'M' : 'W'}]${name.padStart(35)}: ${value(heap.compactReasons, i)}`);
      yield line();
      yield line('Expansion mechanisms');
      for (const [i, name] of EXPANSIONS.entries()) yield line(`${name.padStart(30)}: ${value(heap.expandMechanisms, i)}`);
      yield line();
      yield line('Other mechanisms enabled');
      for (const [i, name] of BITS.entries()) yield line(`${name.padStart(20)}: ${value(heap.mechanismBits, i)}`);
      if (server) yield line();
    }
  },
};

/** A counter, 0 where the GC keeps none; SOS prints 32 bits of it. */
function counterAt({ memory }: CommandContext, array: Address, index: number): number {
  return array === 0 ? 0 : (memory.tryU32(array + index * memory.pointerSize) ?? 0) | 0;
}
