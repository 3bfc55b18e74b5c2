import { openPackedDirectory } from '../../src/cli/packed-directory.ts';
import { openDump, writeTrimmed } from '../../src/lib/container/index.ts';
import { openMemory } from '../../src/lib/memory/index.ts';

const PAGE = 4096;
const WRITABLE = 0x80000000;

/**
 * What `procdump -mt` or createdump's heap type leave of a Windows sample: no read-only page of coreclr.dll. And that file,
 * put together again from the sample's own pages: sections at their addresses, its preferred base the one it was loaded at.
 */
export function withoutRuntimeImage(directory: string): { dump: Uint8Array; runtime: Uint8Array } {
  const dump = openDump(openPackedDirectory(directory));
  const memory = openMemory(dump);
  const module = dump.modules.find((m) => /coreclr\.dll$/i.test(m.path));
  if (!module) throw new Error(`${directory} has no coreclr.dll`);
  const { base, size } = module;
  const file = new Uint8Array(size);
  for (let at = 0; at < size; at += PAGE) if (memory.has(base + at, PAGE)) file.set(memory.read(base + at, PAGE), at);
  const view = new DataView(file.buffer);
  const pe = view.getUint32(0x3c, true);
  const optional = pe + 24;
  view.setBigUint64(optional + 24, BigInt(base), true);
  const constant = [{ start: 0, end: PAGE }];
  for (let i = 0, at = optional + view.getUint16(pe + 20, true); i < view.getUint16(pe + 6, true); i++, at += 40) {
    const rva = view.getUint32(at + 12, true);
    const length = view.getUint32(at + 8, true);
    view.setUint32(at + 16, length, true);
    view.setUint32(at + 20, rva, true);
    if (view.getUint32(at + 36, true) < WRITABLE) constant.push({ start: rva, end: rva + length });
  }
  const keeps = (page: number) => !constant.some(({ start, end }) => page + PAGE > base + start && page < base + end);
  return { dump: Buffer.concat([...writeTrimmed(dump, { keeps, patch: () => undefined, comment: 'no images' })]), runtime: file };
}
