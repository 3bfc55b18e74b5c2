import { expect, test } from 'vitest';
import { BufferSource } from '../../src/lib/bytes/index.ts';
import { AddressSpace } from '../../src/lib/memory/index.ts';
import { entryPointMethod } from '../../src/lib/runtime/index.ts';
import type { CodeManager, Methods, Target } from '../../src/lib/runtime/index.ts';

const BASE = 0x10000;
const CODE = 0x20000;
const METHOD = 0x30000;

/** Finds what the bytes at BASE lead to, with pointers at the given offsets behind them. */
function leadsTo(architecture: 'x64' | 'x86', code: string, pointers: Readonly<Record<number, number>>): number | undefined {
  const size = architecture === 'x64' ? 8 : 4;
  const bytes = new Uint8Array(256);
  bytes.set(code.replaceAll(' ', '').match(/../g)?.map((b) => parseInt(b, 16)) ?? []);
  const view = new DataView(bytes.buffer);
  for (const [offset, value] of Object.entries(pointers)) view.setUint32(Number(offset), value, true);
  const memory = new AddressSpace(new BufferSource(bytes), [{ address: BASE, size: bytes.length, offset: 0 }], size);
  const target = { memory, dump: { architecture } } as unknown as Target;
  const codes = { find: (ip: number) => (ip === CODE ? { methodDesc: METHOD } : undefined) } as unknown as CodeManager;
  const methods = { find: (address: number) => (address === METHOD ? { address } : undefined) } as unknown as Methods;
  return entryPointMethod(target, codes, methods, BASE)?.address;
}

test.each([
  ['stub precode', 'x64', '4c8b15 39000000 ff25 00000000', { 0x40: METHOD }],
  ['fixup precode', 'x64', 'ff25 00000000 4c8b15 33000000 ff25 00000000', { 0x40: METHOD }],
  ['call counting', 'x64', '488b05 00000000 66ff08 7406 ff25 2e000000 ff25 00000000', { 0x40: CODE }],
  ['stub precode', 'x86', 'a1 40000100 ff25 44000100', { 0x40: METHOD }],
  ['fixup precode', 'x86', 'ff25 44000100 a1 40000100 ff25 48000100', { 0x40: METHOD }],
  ['call counting', 'x86', 'a1 44000100 66ff08 7406 ff25 40000100 ff25 48000100', { 0x40: CODE }],
] as const)('%s of %s leads to its method', (_name, architecture, code, pointers) => expect(leadsTo(architecture, code, pointers)).toBe(METHOD));

test.each([['x64', '488b05 00000000 66ff08 7406 ff25 2e000000'], ['x64', '4c8b15 ffffff7f'], ['x86', 'a1 00000000'], ['x86', '90']] as const)('%s %s leads nowhere', (architecture, code) =>
  expect(leadsTo(architecture, code, {})).toBeUndefined());
