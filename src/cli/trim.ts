import { closeSync, openSync, writeSync } from 'node:fs';
import type { ByteSource } from '../lib/bytes/index.ts';
import { Engine, trimDump } from '../lib/engine/index.ts';
import { nodeCapabilities } from './needs.ts';
import type { TracedCommand, TrimOptions, TrimSummary } from '../lib/engine/index.ts';

/** A session as trims need one. */
export const newTracer = () => new Engine({ host: { debugger: 'dotnet-dump' }, capabilities: nodeCapabilities });

/** Trims a dump into a file; returns what it says of itself. */
export function trimToFile(source: ByteSource, output: string, commands: readonly TracedCommand[], options: TrimOptions = {}): TrimSummary {
  const file = openSync(output, 'w');
  try {
    const run = trimDump(source, commands, newTracer, options);
    for (;;) {
      const step = run.next();
      if (step.done) return step.value;
      if (!('kind' in step.value)) for (let done = 0; done < step.value.byteLength; ) done += writeSync(file, step.value, done);
    }
  } finally {
    closeSync(file);
  }
}

/** Trims a dump in memory. */
export function trimInMemory(source: ByteSource, commands: readonly TracedCommand[], options: TrimOptions = {}): TrimSummary & { readonly dump: Uint8Array } {
  const pieces: Uint8Array[] = [];
  const run = trimDump(source, commands, newTracer, options);
  for (;;) {
    const step = run.next();
    if (step.done) return { ...step.value, dump: Buffer.concat(pieces) };
    if (!('kind' in step.value)) pieces.push(step.value);
  }
}
