import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PackedSource, parsePackIndex } from '../lib/container/index.ts';
import type { PackOptions } from '../lib/container/index.ts';
import { readRange } from './file-source.ts';

/** Opens a packed sample from a folder, reading only the parts of its data files that are touched. */
export function openPackedDirectory(folder: string, options: PackOptions = {}): PackedSource {
  const index = parsePackIndex(JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')));
  return new PackedSource(index, (file, offset, length) => readRange(join(folder, file), offset, length), options);
}
