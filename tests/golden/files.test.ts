import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Engine } from '../../src/lib/engine/index.ts';
import { sampleSource } from '../support/dumps.ts';

/** Sizes and SHA-256 of files that the real SOS wrote (dotnet-dump 10.0.750501) on the dump of the folder. */
const files = JSON.parse(readFileSync(new URL('./redis-oom-linux-x64/files.json', import.meta.url), 'utf8')) as Record<string, { size: number; sha256: string }>;

describe('files are those SOS writes, byte for byte', async () => {
  const source = await sampleSource('redis-oom-linux-x64');
  test.each(Object.entries(files))('%s', (command, wanted) => {
    const engine = new Engine({ host: { debugger: 'dotnet-dump' } });
    void [...engine.open(source, 'case.dmp')];
    const hash = createHash('sha256');
    let size = 0;
    for (const node of engine.execute(command)) {
      if (node.kind === 'chunk') hash.update(node.bytes);
      if (node.kind === 'file') size = node.size;
    }
    expect({ size, sha256: hash.digest('hex') }).toEqual(wanted);
  });
});
