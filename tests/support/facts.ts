import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** Lines of a facts file: what ClrMD, with the runtime's own DAC, says about a dump. */
export function factLines(dump: string, file: string): string[] {
  const text = gunzipSync(readFileSync(new URL(`../golden/${dump}/facts/${file}.gz`, import.meta.url))).toString('utf8');
  return text.split('\n').filter((line) => line !== '');
}

/** Rows of a tab-separated facts file. */
export function factRows(dump: string, file: string): string[][] {
  return factLines(dump, file).map((line) => line.split('\t'));
}
