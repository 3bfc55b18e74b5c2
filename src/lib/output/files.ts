import { FormatError } from '../bytes/index.ts';
import type { Chunk, FileWritten, OutFile, Progress } from './nodes.ts';

/** No command writes more: a browser holds the file in memory until it is saved. */
export const MAX_FILE = 2 ** 31;
const CHUNK = 1 << 16;
const MAX_NAME = 120;
/** Names Windows keeps for devices. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/** The last part of a path, as a file name that every system takes. */
export function baseName(path: string): string {
  const last = path.split(/[\\/]/).at(-1) ?? '';
  const clean = last.replace(/[\u0000-\u001f\u007f-\u009f<>:"|?*\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, '_').replace(/^[. ]+|[. ]+$/g, '').slice(-MAX_NAME);
  return clean === '' || DEVICE.test(clean) ? `file-${clean}` : clean;
}

/** Writes a file from pieces of any size; progress among them goes through. Throws FormatError when it gets too large. */
export function* writeFile(file: OutFile, content: Iterable<Uint8Array | Progress>): Generator<Chunk | FileWritten | Progress, number> {
  let size = 0;
  for (const piece of content) {
    if ('kind' in piece) {
      yield piece;
      continue;
    }
    size += piece.byteLength;
    if (size > MAX_FILE) throw new FormatError(`${baseName(file.name)} would be larger than ${MAX_FILE} bytes`, { en: 'Narrow what is written: a range, a type, a smaller kind of dump.', 'zh-tw': '請縮小寫出的範圍：指定區段、型別，或較小的傾印種類。' });
    for (let at = 0; at < piece.byteLength; at += CHUNK) {
      // A copy: pieces are often views of a page cache, and a message to another thread would carry all of it.
      yield { kind: 'chunk', file, bytes: piece.slice(at, at + CHUNK) };
    }
  }
  yield { kind: 'file', file, size };
  return size;
}

/** Text as UTF-8 pieces of a good size. */
export function* utf8(texts: Iterable<string | Progress>): Generator<Uint8Array | Progress> {
  const encoder = new TextEncoder();
  let pending: string[] = [];
  let length = 0;
  for (const text of texts) {
    if (typeof text !== 'string') {
      yield text;
      continue;
    }
    pending.push(text);
    length += text.length;
    if (length < CHUNK) continue;
    yield encoder.encode(pending.join(''));
    pending = [];
    length = 0;
  }
  if (length > 0) yield encoder.encode(pending.join(''));
}
