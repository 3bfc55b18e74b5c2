import { line, link, message } from '../../output/index.ts';
import type { OutputNode } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { NOT_WINDOWS } from './comstate.ts';

/**
 * GenericModeBlock, as a real crash has it: a 32-bit flag, then the event's name (CLR20r3) and its parameters, each in a buffer
 * of 255 UTF-16 characters.
 */
const FLAG = 4;
const BUFFER = 2 * 255;
const PARAMETERS = 9;

export const watsonbuckets: CommandDef = {
  name: 'watsonbuckets',
  host: 'sos',
  group: 'exceptions',
  summary: { en: 'What Windows Error Reporting would file the current thread’s exception under (Windows).', 'zh-tw': 'Windows 錯誤報告會如何歸類目前執行緒的例外狀況（Windows）。' },
  details: {
    en: 'The runtime makes the buckets when it reports an exception nobody handles, and keeps them in the exception. Most exceptions have none, only the address they would be made from.',
    'zh-tw': '執行階段在回報無人處理的例外狀況時才會產生，並存放在例外狀況物件中。多數例外狀況沒有，只有用來產生它的位址。',
  },
  examples: ['watsonbuckets'],
  *run(context) {
    if (context.dump.os !== 'windows') yield line(NOT_WINDOWS);
    else yield* buckets(context);
  },
};

function* buckets(context: CommandContext): Generator<OutputNode> {
  const { clr, dump, session } = context;
  const thread = clr.threads.byOsId(dump.threads[session.thread]?.id ?? 0);
  if (!thread) {
    yield line('The current thread is unmanaged');
    return;
  }
  const exception = thread.lastThrown;
  const array = exception ? (clr.managed.ref(exception, '_watsonBuckets') ?? 0) : 0;
  if (array) {
    const texts = parameters(context, array);
    yield line('Watson Bucket parameters:');
    for (const [i, text] of texts.entries()) yield line(`b${i + 1}: ${text}`);
    if (texts.every((text) => text === '') && dump.comment) yield message('warning', { en: 'They were blanked when this dump was trimmed.', 'zh-tw': '這份傾印裁剪時已清空這些內容。' });
    else yield { kind: 'fact', subject: 'exception', address: exception ?? 0, values: Object.fromEntries(texts.map((text, i) => [`b${i + 1}`, text])) };
    return;
  }
  yield line("Can't get Watson Buckets");
  const ip = exception ? (clr.managed.pointer(exception, '_ipForWatsonBuckets') ?? 0) : 0;
  const method = ip ? clr.code.methodAt(ip) : undefined;
  if (method) yield line(context.lang === 'zh-tw' ? '例外狀況來自 ' : 'The exception comes from ', link(method.signature, `!ip2md ${ip.toString(16)}`), ` (${context.memory.hex(ip)})`);
  else yield message('dim', { en: exception ? 'The exception holds none.' : 'The thread has no exception.', 'zh-tw': exception ? '例外狀況中沒有這項資料。' : '這個執行緒沒有例外狀況。' });
}

function parameters({ clr, memory }: CommandContext, array: number): string[] {
  const start = array + 2 * memory.pointerSize;
  const length = clr.objects.length(array);
  return Array.from({ length: PARAMETERS }, (_, i) => {
    const offset = FLAG + (i + 1) * BUFFER;
    return offset + BUFFER <= length ? memory.utf16(start + offset, BUFFER / 2) : '';
  });
}
