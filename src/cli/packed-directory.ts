import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { ByteSource } from '../lib/bytes/index.ts';
import { PackedSource, parsePackIndex } from '../lib/container/index.ts';

/** Opens a packed sample from a folder on disk (tests, transcripts, the command line). */
export function openPackedDirectory(directory: string): ByteSource {
  const index = parsePackIndex(JSON.parse(readFileSync(join(directory, 'index.json'), 'utf8')));
  const read = (file: string, offset: number, length: number) => {
    const handle = openSync(join(directory, file), 'r');
    try {
      const bytes = new Uint8Array(length);
      return bytes.subarray(0, readSync(handle, bytes, 0, length, offset));
    } finally {
      closeSync(handle);
    }
  };
  return new PackedSource(index, read, { cacheBytes: 256 << 20, readAhead: 0 });
}
