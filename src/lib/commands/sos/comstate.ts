import { hex } from '../../bytes/index.ts';
import { line, link } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { upper } from './pointer-text.ts';

/** TEB.ReservedForOle (public symbols of ntdll), which points to ole32's SOleTlsData; its members up to pCurrentCtx never move. */
const OLE = { 4: { reserved: 0xf80, apartment: 8, flags: 0xc, caller: 0x34, context: 0x38 }, 8: { reserved: 0x1758, apartment: 0x10, flags: 0x14, caller: 0x58, context: 0x60 } } as const;
const APARTMENTS: readonly (readonly [bit: number, name: string])[] = [[0x80, 'STA'], [0x100, 'MTA'], [0x800, 'NTA']];

export const NOT_WINDOWS = 'This command is only supported for Windows targets';

export const comstate: CommandDef = {
  name: 'comstate',
  host: 'sos',
  group: 'threads',
  summary: { en: 'The COM apartment of every thread (Windows).', 'zh-tw': '每個執行緒的 COM Apartment（Windows）。' },
  details: { en: 'Ukn: the thread never initialised COM.', 'zh-tw': 'Ukn：該執行緒從未初始化 COM。' },
  examples: ['comstate'],
  *run(context) {
    const { dump, memory } = context;
    if (dump.os !== 'windows') {
      yield line(NOT_WINDOWS);
      return;
    }
    const wide = memory.pointerSize === 8;
    yield line(wide ? '      ID             TEB  APT    APTId CallerTID          Context' : '     ID     TEB   APT    APTId CallerTID Context');
    for (const [i, { id, teb }] of dump.threads.entries()) {
      yield line(link(String(i).padStart(3), `~${i}s`), ` ${hex(id).padStart(4)} ${upper(context, teb)} ${apartment(context, teb)}`);
      yield { kind: 'progress', done: i, total: dump.threads.length };
    }
  },
};

function apartment(context: CommandContext, teb: number): string {
  const { memory } = context;
  const o = OLE[memory.pointerSize];
  const ole = teb ? memory.tryPointer(teb + o.reserved) : 0;
  const flags = ole ? memory.tryU32(ole + o.flags) : undefined;
  if (!ole || flags === undefined) return 'Ukn';
  const name = APARTMENTS.find(([bit]) => flags & bit)?.[1] ?? 'Ukn';
  return `${name} ${hex(memory.tryU32(ole + o.apartment) ?? 0).padStart(8)}  ${hex(memory.tryU32(ole + o.caller) ?? 0).padStart(8)} ${upper(context, memory.tryPointer(ole + o.context) ?? 0)}`;
}
