import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { Engine } from '../../src/lib/engine/index.ts';
import { renderText } from '../../src/lib/output/index.ts';
import type { OutputNode } from '../../src/lib/output/index.ts';
import { sampleSource } from '../support/dumps.ts';

/** What SOS 10.0.15 prints for `gcinfo` and `ehinfo` of the code on the stacks of a dump: `> command`, then its output. */
const RECORDED = [
  { id: 'redis-oom-linux-x64', file: '../golden/redis-oom-linux-x64/facts/code-tables.txt.gz' },
  { id: 'crash-linux-x64', file: '../golden-samples/crash-linux-x64/code-tables.txt.gz' },
];

/** Packs made before the trimmer kept the tables of all code on the stacks. */
const PACK_LACKS_TABLES = new Set(process.env['DUMPLAB_DUMPS'] ? [] : ['redis-oom-linux-x64']);

/**
 * Where ours differs: SOS leaves out the name of a caught type that another assembly defines; it takes the first body of a method whose
 * calls are no longer counted for an optimized one; and it refuses a method on the stack that has no code to call at the moment.
 */
function reconciled(ours: string, theirs: string): string {
  if (theirs.startsWith('No GC info') || theirs.startsWith('No EH info')) return theirs;
  const lines = theirs.split('\n');
  return ours.split('\n').map((text, i) => {
    if (/TYPED catch\(\) $/.test(lines[i])) return text.replace(/catch\([\w.+`]+\)/, 'catch()');
    return lines[i]?.endsWith('(Optimized)') ? text.replace(/\(QuickJitted\)$/, '(Optimized)') : text;
  }).join('\n');
}

describe.each(RECORDED)('gcinfo and ehinfo of the code on the stacks of $id', ({ id, file }) => {
  test.skipIf(PACK_LACKS_TABLES.has(id))('equal SOS, text against text', async () => {
    const engine = new Engine({ host: { debugger: 'dotnet-dump', bitness: 64 } });
    void [...engine.open(await sampleSource(id), `${id}.dmp`)];
    const sections = gunzipSync(readFileSync(new URL(file, import.meta.url))).toString('utf8').split(/^> /m).slice(1);
    expect(sections.length).toBeGreaterThan(7);
    for (const section of sections) {
      const [command] = section.split('\n', 1);
      const theirs = section.slice(command.length + 1).trimEnd();
      const nodes: OutputNode[] = [];
      for (const node of engine.execute(command)) if (node.kind !== 'progress') nodes.push(node);
      expect(reconciled(renderText(nodes, 'en').trimEnd(), theirs), command).toBe(theirs);
    }
  });
});
