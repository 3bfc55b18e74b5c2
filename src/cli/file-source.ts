import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { RangeSource } from '../lib/bytes/index.ts';
import type { ByteSource } from '../lib/bytes/index.ts';

/** A file read by ranges, never whole; its handle stays open until the process ends. */
export function openFile(path: string): ByteSource {
  const file = openSync(path, 'r');
  return new RangeSource(fstatSync(file).size, (offset, length) => readAt(file, offset, length));
}

/** Up to `length` bytes of a file. */
export function readRange(path: string, offset: number, length: number): Uint8Array {
  const file = openSync(path, 'r');
  try {
    return readAt(file, offset, length);
  } finally {
    closeSync(file);
  }
}

function readAt(file: number, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const count = readSync(file, bytes, done, length - done, offset + done);
    if (count === 0) break;
    done += count;
  }
  return bytes.subarray(0, done);
}
