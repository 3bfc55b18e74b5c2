import { hex } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import { line, link } from '../../output/index.ts';
import type { OutputNode } from '../../output/index.ts';
import { activeNativeCode, codeVersions } from '../../runtime/index.ts';
import type { CommandDef } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { ilAddress } from './dumpil.ts';

/** Token SOS prints for methods without metadata: row 0. */
const NO_METADATA = 0x06000000;

/** What dumpmd prints; with the start of a body, that one counts as the current code. */
export function* methodText(context: CommandContext, address: Address, body?: Address): Generator<OutputNode> {
  const { clr } = context;
  const method = clr.methods.find(address);
  if (!method) {
    yield line(`${context.memory.hex(address).toUpperCase()} is not a MethodDesc`);
    return;
  }
  const { methodTable } = method;
  const code = body ?? activeNativeCode(clr.target, method, clr.code);
  yield line(`Method Name:          ${method.signature}`);
  yield line('Class:                ', link(context.memory.hex(methodTable.canonical), `!dumpclass ${hex(methodTable.canonical)}`));
  yield line('MethodTable:          ', link(context.memory.hex(methodTable.address), `!dumpmt ${hex(methodTable.address)}`));
  yield line(`mdToken:              ${context.memory.hex(method.token || NO_METADATA).toUpperCase()}`);
  yield line('Module:               ', link(context.memory.hex(methodTable.module), `!dumpmodule ${hex(methodTable.module)}`));
  yield line(`IsJitted:             ${code === undefined ? 'no' : 'yes'}`);
  yield line(`Current CodeAddr:     ${code === undefined ? 'ffffffffffffffff' : context.memory.hex(code)}`);
  yield line('Version History:');
  yield line(`  ILCodeVersion:      ${context.memory.hex(0)}`);
  yield line('  ReJIT ID:           0');
  const il = ilAddress(clr.types.moduleOf(methodTable), method.token);
  yield line(`  IL Addr:            ${context.memory.hex(il ?? 0)}`);
  for (const { start, node, tier } of codeVersions(clr.target, method, clr.code)) {
    yield line(`     CodeAddr:           ${context.memory.hex(start)}  (${tier})`);
    yield line(`     NativeCodeVersion:  ${context.memory.hex(node).toUpperCase()}`);
  }
  yield { kind: 'fact', subject: 'method', address, values: { name: method.signature, jitted: code !== undefined } };
}

export const dumpmd: CommandDef = {
  name: 'dumpmd',
  host: 'sos',
  group: 'types',
  summary: { en: 'A method: name, type, token, module and code address.', 'zh-tw': '方法的名稱、型別、語彙基元、模組與程式碼位址。' },
  options: [{ name: '-d', help: { en: 'Print links (always on here).', 'zh-tw': '輸出連結（此處一律啟用）。' } }],
  args: [{ name: 'methoddesc', kind: 'hex', optional: true, help: { en: 'Address of the MethodDesc.', 'zh-tw': 'MethodDesc 位址。' } }],
  run: (context, args) => methodText(context, args.number('methoddesc') ?? 0),
};

export const ip2md: CommandDef = {
  name: 'ip2md',
  host: 'sos',
  group: 'types',
  summary: { en: 'The method a code address belongs to.', 'zh-tw': '由程式碼位址找出所屬方法。' },
  options: [{ name: '-d', help: { en: 'Print links (always on here).', 'zh-tw': '輸出連結（此處一律啟用）。' } }],
  args: [{ name: 'ip', kind: 'hex', help: { en: 'Address inside compiled code.', 'zh-tw': '已編譯程式碼中的位址。' } }],
  *run(context, args) {
    const ip = args.number('ip') ?? 0;
    const info = context.clr.code.find(ip);
    if (!info) {
      yield line(`Failed to request MethodData, not in JIT code range`);
      return;
    }
    yield line('MethodDesc:   ', link(context.memory.hex(info.methodDesc), `!dumpmd ${hex(info.methodDesc)}`));
    yield* methodText(context, info.methodDesc, info.start);
    const source = context.clr.sourceLines.of(ip, false);
    if (source) yield line(`Source file:  ${source.file} @ ${source.line}`);
  },
};
