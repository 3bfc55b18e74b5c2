import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** Lines of a facts file: what ClrMD, with the runtime's own DAC, says about a dump. */
export function factLines(dump: string, file: string): string[] {
  const stored = new URL(`../golden/${dump}/facts/${file}.gz`, import.meta.url);
  const text = existsSync(stored) ? gunzipSync(readFileSync(stored)).toString('utf8') : readFileSync(join(process.env['DUMPLAB_RUNTIMES'] ?? '', `${dump}.facts`, file), 'utf8');
  return text.split('\n').filter((line) => line !== '');
}

/** Rows of a tab-separated facts file. */
export function factRows(dump: string, file: string): string[][] {
  return factLines(dump, file).map((line) => line.split('\t'));
}
