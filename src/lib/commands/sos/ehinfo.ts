import { hex, isDumpError } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import { line, link, message } from '../../output/index.ts';
import type { OutputNode } from '../../output/index.ts';
import { activeNativeCode, readEhClauses } from '../../runtime/index.ts';
import type { EhClause, Method } from '../../runtime/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { methodText } from './dumpmd.ts';
import { caughtType, clauseKind, isClonedFinally, isDuplicate } from './eh-text.ts';
import { upper } from './pointer-text.ts';


export const ehinfo: CommandDef = {
  name: 'ehinfo',
  host: 'sos',
  group: 'types',
  summary: { en: 'The try blocks and handlers of a compiled method.', 'zh-tw': '已編譯方法的 try 區塊與處理常式。' },
  details: {
    en: 'Give a MethodDesc, or an address inside compiled code. For each handler it tells its kind, the code it guards and its own code, as addresses and as offsets in the method; handlers are in the order the runtime tries them.',
    'zh-tw': '請提供 MethodDesc，或已編譯程式碼中的位址。每個處理常式都會列出種類、所保護的程式碼與本身的程式碼（位址與方法內的位移），順序即執行階段嘗試的順序。',
  },
  options: [{ name: '-d', help: { en: 'Print links (always on here).', 'zh-tw': '輸出連結（此處一律啟用）。' } }],
  args: [{ name: 'address', kind: 'hex', help: { en: 'MethodDesc, or address inside compiled code.', 'zh-tw': 'MethodDesc，或已編譯程式碼中的位址。' } }],
  run: (context, args) => ehInfoText(context, args.number('address') ?? 0),
};

function* ehInfoText(context: CommandContext, address: Address): Generator<OutputNode> {
  const { clr } = context;
  const method = clr.methods.find(address) ?? clr.code.methodAt(address);
  if (!method) {
    yield line(`${upper(context, 0)} is not a MethodDesc`);
    return;
  }
  // SOS shows the version that calls reach now, whatever address it was given.
  const start = activeNativeCode(clr.target, method, clr.code);
  const code = start === undefined ? undefined : clr.code.find(start);
  if (!code) {
    yield line('No EH info available');
    return;
  }
  yield line('MethodDesc:   ', link(context.memory.hex(method.address), `!dumpmd ${hex(method.address)}`));
  yield* methodText(context, method.address);
  yield line('');
  try {
    for (const [index, clause] of readEhClauses(clr.target, code).entries()) yield* clauseText(context, method, code.start, clause, index);
  } catch (error) {
    if (!isDumpError(error)) throw error;
    yield line('Failed to perform EHInfo traverse');
    yield message('error', { en: error.message, 'zh-tw': error.message });
  }
}

/** As debuggers print 64-bit addresses, with a backquote in the middle; 32-bit ones have none. */
const wide = ({ memory }: CommandContext, address: Address) => memory.hex(address).replace(/^(.{8})(?=.)/, '$1`');

function* clauseText(context: CommandContext, method: Method, start: Address, clause: EhClause, index: number): Generator<OutputNode> {
  const range = (from: number, to: number) => `[${wide(context, start + from)}, ${wide(context, start + to)}] [${hex(from)}, ${hex(to)}]`;
  const kind = clauseKind(clause);
  const caught = kind === 'TYPED' ? `catch(${caughtType(context, method, clause)}) ` : '';
  yield line(`EHHandler ${index}: ${kind} ${caught}${isClonedFinally(clause) ? '(cloned finally)' : isDuplicate(clause) ? '(duplicate)' : ''}`);
  yield line(`Clause:  ${range(clause.tryStart, clause.tryEnd)}`);
  yield line(`Handler: ${range(clause.handlerStart, clause.handlerEnd)}`);
  if (kind === 'FILTER') yield line(`Filter: [${wide(context, start + clause.value)}] [${hex(clause.value)}]`);
  yield line('');
}
