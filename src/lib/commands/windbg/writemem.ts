import { ReadError } from '../../bytes/index.ts';
import { copyMemory } from '../../memory/index.ts';
import { line, writeFile } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import { ArgumentError } from '../parse.ts';
import { evaluate } from './expression.ts';
import { readRange } from './memory.ts';

const MAX = 2 ** 31;

/** `.writemem file range`: memory as it is, into a file. */
export const writemem: CommandDef = {
  name: '.writemem',
  host: 'windbg',
  group: 'memory',
  summary: { en: 'Writes memory into a file: .writemem file address Lbytes', 'zh-tw': '把記憶體寫入檔案：.writemem 檔案 位址 L位元組數' },
  args: [{ name: 'file', kind: 'rest', help: { en: 'File, then address Lbytes or start and end.', 'zh-tw': '檔案，接著是位址 L位元組數，或起訖位址。' } }],
  examples: ['.writemem stack.bin @rsp L100'],
  *run(context, args) {
    const match = /^(?:"([^"]+)"|(\S+))\s+(.+)$/s.exec(args.raw);
    if (!match) throw new ArgumentError('Syntax error: .writemem file range');
    const { start, count } = readRange(context, match[3], 1, Number(evaluate(context, '80')), MAX);
    if (!context.memory.has(start, count)) throw new ReadError(start, count, { en: 'Only what the dump holds can be written; !address shows what it does.', 'zh-tw': '只能寫出傾印中有的內容；可用 !address 查看。' });
    yield line(`Writing ${count.toString(16)} bytes.`);
    yield* writeFile({ name: match[1] ?? match[2], mime: 'application/octet-stream', mode: 'new' }, copyMemory(context.memory, start, count, () => undefined));
  },
};
