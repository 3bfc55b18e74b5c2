import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const SAMPLES = join(process.cwd(), 'public/sample-dumps');
const versions = new Map<string, string>();

/**
 * Twelve hex digits that change with any byte of a packed sample: its index names the SHA-256 of every file. It is the query
 * of the pack's addresses, so that no cache can mix the files of two versions.
 */
export function packVersion(dump: string): string {
  let version = versions.get(dump);
  if (version === undefined) versions.set(dump, (version = createHash('sha256').update(readFileSync(join(SAMPLES, dump, 'index.json'))).digest('hex').slice(0, 12)));
  return version;
}

/** All samples with their versions, for scripts that open one by name. */
export function packVersions(): Record<string, string> {
  return Object.fromEntries(readdirSync(SAMPLES, { withFileTypes: true }).filter((e) => e.isDirectory()).map((e) => [e.name, packVersion(e.name)]));
}
