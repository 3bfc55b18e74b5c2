import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openPackedDirectory } from '../../src/cli/packed-directory.ts';
import { Engine } from '../../src/lib/engine/index.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
/** Packs that have their program's PDB, with the program's source in samples/ as it was compiled. */
const PACKS = [join(ROOT, 'public/sample-dumps'), join(ROOT, 'tests/dumps')].flatMap((folder) => readdirSync(folder, { withFileTypes: true })
  .filter((e) => e.isDirectory() && !e.name.startsWith('redis-') && readdirSync(join(folder, e.name)).some((f) => f.endsWith('.pdb'))).map((e) => join(folder, e.name)));
/** What a statement calls without saying so. */
const IMPLIED: Readonly<Record<string, RegExp>> = { Enter: /lock|Enter/, ReliableEnter: /lock|Enter/, Enter_Slowpath: /lock|Enter/ };

/** The text of a source line, from the path the compiler wrote (`/_/` stands for samples/). */
function sourceText(file: string, line: number): string | undefined {
  const path = join(ROOT, 'samples', file.replace(/^\/_\//, ''));
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n')[line - 1] : undefined;
}

describe('source lines say what the frame above them was called by', () => {
  let checked = 0;
  test.each(PACKS.map((p) => p.split('/').at(-1) ?? ''))('%s', (id) => {
    const folder = PACKS.find((p) => p.endsWith(`/${id}`)) ?? '';
    const engine = new Engine();
    for (const node of engine.open(openPackedDirectory(folder), id)) void node;
    const { clr, dump } = engine.context;
    for (const thread of clr.threads.list()) {
      const native = dump.threads.find((t) => t.id === thread.osId);
      let callee: string | undefined;
      for (const frame of native ? clr.stacks.walk(native.registers, thread.frame) : []) {
        const method = frame.kind === 'managed' ? clr.methods.find(frame.code.methodDesc) : undefined;
        const source = frame.kind === 'managed' ? clr.sourceLines.of(frame.ip, true) : undefined;
        const text = source && sourceText(source.file, source.line);
        // Lambdas, constructors and what the compiler made have no name a caller writes.
        if (text !== undefined && callee && /^[A-Z]\w*$/.test(callee) && callee !== 'MoveNext') {
          expect(text, `${method?.name} calls ${callee} in line ${source?.line}`).toMatch(IMPLIED[callee] ?? new RegExp(`\\b${callee}\\b`));
          checked++;
        }
        callee = method?.name;
      }
    }
  });
  test('there were calls to look at', () => expect(checked).toBeGreaterThan(20));
});
