import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { RangeSource } from '../lib/bytes/index.ts';
import type { NamedSource } from '../lib/bytes/index.ts';
import { readRange } from './file-source.ts';

const MAX_FILES = 4096;
/** A symbol store has its files two folders down: name, id, file. */
const MAX_DEPTH = 5;

/** The files that `--symbols` names: each file, and every PDB in each folder. A path that is not there is an error. */
export function symbolArguments(paths: readonly string[]): NamedSource[] {
  const found: string[] = [];
  for (const path of paths) {
    if (statSync(path).isDirectory()) collect(path, MAX_DEPTH, found);
    else found.push(path);
  }
  // Opened when read, so that a large store does not hold as many handles.
  return found.map((path) => ({ name: path, source: new RangeSource(statSync(path).size, (offset, length) => readRange(path, offset, length)) }));
}

function collect(folder: string, depth: number, found: string[]): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (found.length >= MAX_FILES) return;
    const path = join(folder, entry.name);
    if (entry.isDirectory() && depth > 0) collect(path, depth - 1, found);
    else if (entry.isFile() && /\.pdb$/i.test(entry.name)) found.push(path);
  }
}
