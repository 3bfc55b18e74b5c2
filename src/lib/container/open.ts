import { FormatError } from '../bytes/index.ts';
import type { ByteSource, LocalText } from '../bytes/index.ts';
import type { Dump } from './dump.ts';
import { isElf, readElfCore } from './elf-core.ts';
import { isMinidump, readMinidump } from './minidump.ts';

const HINT: LocalText = {
  en: 'DumpLab reads Windows minidumps (.dmp, "MDMP") and Linux core files (ELF). Kernel dumps, .gcdump and .nettrace files are other formats.',
  'zh-tw': 'DumpLab 讀取 Windows 小型傾印（.dmp，開頭為「MDMP」）與 Linux core 檔（ELF）。核心傾印、.gcdump 與 .nettrace 是其他格式。',
};

/** Recognises the container and reads it; throws FormatError for anything that is not a dump. */
export function openDump(source: ByteSource): Dump {
  if (source.size === 0) throw new FormatError('the file is empty', HINT);
  if (source.size < 64) throw new FormatError(`the file has only ${source.size} bytes`, HINT);
  const head = source.read(0, 16);
  if (isMinidump(head)) return readMinidump(source);
  if (isElf(head)) return readElfCore(source);
  throw new FormatError(`not a dump: ${describe(head)}`, HINT);
}

function describe(head: Uint8Array): string {
  const text = String.fromCharCode(...head.subarray(0, 8));
  if (text.startsWith('PAGEDU64') || text.startsWith('PAGEDUMP')) return 'this is a Windows kernel or complete memory dump';
  if (text.startsWith('MZ')) return 'this is a Windows program (MZ)';
  if (text.startsWith('PK')) return 'this is a ZIP archive; unpack it first';
  if (head[0] === 0x1f && head[1] === 0x8b) return 'this is a gzip file; unpack it first';
  if (text.startsWith('Nettrace')) return 'this is an event trace (.nettrace or .gcdump)';
  return `the file starts with ${[...head.subarray(0, 4)].map((b) => b.toString(16).padStart(2, '0')).join(' ')}`;
}
