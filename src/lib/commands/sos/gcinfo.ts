import { isDumpError } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import { line, message } from '../../output/index.ts';
import type { OutputNode, Progress } from '../../output/index.ts';
import { activeNativeCode, locateGcInfo, readGcInfo } from '../../runtime/index.ts';
import type { CodeInfo } from '../../runtime/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { changeLines, headerLines } from './gc-info-text.ts';
import { upper } from './pointer-text.ts';

const OFFSETS_A_SLICE = 512;

export const gcinfo: CommandDef = {
  name: 'gcinfo',
  host: 'sos',
  group: 'types',
  summary: { en: 'Which registers and stack slots of a method hold objects, and where in its code.', 'zh-tw': '方法的哪些暫存器與堆疊位置存放物件，以及在程式碼的哪一段。' },
  details: {
    en: 'Give a MethodDesc, or any address inside compiled code (from clrstack) to see that very version of it. This is what the GC reads to find stack roots: + means that a place becomes live at that offset, - that it is dead.',
    'zh-tw': '請提供 MethodDesc，或已編譯程式碼中的任一位址（可由 clrstack 取得），以檢視該版本的程式碼。GC 就是靠這份資訊找出堆疊上的根：+ 表示從該位移起存活，- 表示不再存活。',
  },
  options: [{ name: '-d', help: { en: 'Print links (always on here).', 'zh-tw': '輸出連結（此處一律啟用）。' } }],
  args: [{ name: 'address', kind: 'hex', help: { en: 'MethodDesc, or address inside compiled code.', 'zh-tw': 'MethodDesc，或已編譯程式碼中的位址。' } }],
  run: (context, args) => gcInfoText(context, args.number('address') ?? 0),
};

function* gcInfoText(context: CommandContext, address: Address): Generator<OutputNode | Progress> {
  const { clr } = context;
  const method = clr.methods.find(address) ?? clr.code.methodAt(address);
  if (!method) {
    yield line(`${upper(context, address)} is not a valid MethodDesc`);
    return;
  }
  const start = method.address === address ? activeNativeCode(clr.target, method, clr.code) : address;
  const code = start === undefined ? undefined : clr.code.find(start);
  if (!code) {
    yield line('No GC info available');
    return;
  }
  yield line(`entry point ${upper(context, code.start)}`);
  yield line(code.kind === 'jit' ? 'Normal JIT generated code' : 'preJIT generated code');
  try {
    yield line(`GC info ${upper(context, locateGcInfo(clr.target, code).address)}`);
    yield* table(context, code);
  } catch (error) {
    if (!isDumpError(error)) throw error;
    yield message('error', { en: error.message, 'zh-tw': error.message });
  }
}

function* table(context: CommandContext, code: CodeInfo): Generator<OutputNode | Progress> {
  const info = readGcInfo(context.clr.target, code);
  yield line('Pointer table:');
  for (const text of headerLines(info)) yield line(text);
  let offset = 0;
  for (const text of changeLines(info)) {
    if (text !== undefined) yield line(text);
    else if (++offset % OFFSETS_A_SLICE === 0) yield { kind: 'progress', label: { en: 'code bytes', 'zh-tw': '程式碼位元組' }, done: offset, total: info.codeLength + 1 };
  }
}
