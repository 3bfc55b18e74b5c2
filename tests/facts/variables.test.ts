import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openDump } from '../../src/lib/container/index.ts';
import { openClr } from '../../src/lib/heap/index.ts';
import type { Clr } from '../../src/lib/heap/index.ts';
import { openMemory } from '../../src/lib/memory/index.ts';
import type { MethodTable } from '../../src/lib/runtime/index.ts';
import { sampleSource } from '../support/dumps.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
/** A pack of the stress log alone, without threads. */
const PARTIAL = new Set(['stresslog-linux-x64']);
const IDS = ['public/sample-dumps', 'tests/dumps'].flatMap((folder) => readdirSync(join(ROOT, folder), { withFileTypes: true }).filter((e) => e.isDirectory() && !PARTIAL.has(e.name)).map((e) => e.name));

/** The type, or one it derives from, is an instantiation of the wanted one. */
function isA(clr: Clr, table: MethodTable, wanted: MethodTable): boolean {
  for (let t: MethodTable | undefined = table, depth = 0; t && depth < 64; t = clr.types.find(t.parent), depth++) if (t.canonical === wanted.canonical) return true;
  return false;
}

describe("`this` of every frame is an object of the method's type", () => {
  let checked = 0;
  test.each(IDS)('%s', async (id) => {
    const dump = openDump(await sampleSource(id));
    const clr = openClr(dump, openMemory(dump));
    for (const thread of clr.threads.list()) {
      const native = dump.threads.find((t) => t.id === thread.osId);
      for (const frame of native ? clr.stacks.walk(native.registers, thread.frame) : []) {
        const method = frame.kind === 'managed' ? clr.methods.find(frame.code.methodDesc) : undefined;
        if (frame.kind !== 'managed' || !method || !native || method.methodTable.isValueType) continue;
        const self = clr.variables.of(frame, native.registers).parameters[0];
        if (self?.name !== 'this' || typeof self.value !== 'bigint' || self.value === 0n) continue;
        const table = clr.objects.find(Number(self.value));
        expect(table && isA(clr, table, method.methodTable), `${method.signature} at ${frame.ip.toString(16)}: ${table ? clr.types.name(table.address, 'sos') : self.value.toString(16)}`).toBe(true);
        checked++;
      }
    }
  });
  test('there were frames to look at', () => expect(checked).toBeGreaterThan(300));
});
