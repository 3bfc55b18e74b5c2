/// <reference lib="webworker" />
import { FormatError, RangeSource } from '../bytes/index.ts';
import type { ByteSource } from '../bytes/index.ts';
import { PackedSource, parsePackIndex } from '../container/index.ts';
import type { OpenLocation } from './host.ts';

/** A file the reader chose: read by ranges, synchronously, inside the worker. It is never sent anywhere. */
export function fileByteSource(file: Blob): ByteSource {
  const reader = new FileReaderSync();
  return new RangeSource(file.size, (offset, length) => new Uint8Array(reader.readAsArrayBuffer(file.slice(offset, offset + length))), 1 << 18);
}

/** A blocking range request; allowed in workers. A server that ignores ranges answers with the whole file. */
export function fetchRange(url: string, offset: number, length: number): Uint8Array {
  const request = new XMLHttpRequest();
  request.open('GET', url, false);
  request.responseType = 'arraybuffer';
  request.setRequestHeader('Range', `bytes=${offset}-${offset + length - 1}`);
  try {
    request.send();
  } catch {
    throw offline(url);
  }
  if (request.status !== 206 && request.status !== 200) throw offline(url);
  return new Uint8Array(request.response as ArrayBuffer);
}

function offline(url: string): FormatError {
  return new FormatError(`${new URL(url).pathname.split('/').at(-1)} could not be fetched`, {
    en: 'A part of the sample could not be fetched. Check the connection and run the command again.',
    'zh-tw': '範例傾印的一部分無法下載。請檢查網路連線，然後重新執行指令。',
  });
}

/** Fetches a file whole, reporting progress. */
async function fetchWhole(url: string, size: number, progress: (done: number, total: number) => void): Promise<Uint8Array> {
  const response = await fetch(url);
  if (!response.ok || !response.body) throw offline(url);
  const bytes = new Uint8Array(size);
  let done = 0;
  for (const reader = response.body.getReader(); ; ) {
    const { value, done: end } = await reader.read();
    if (end) break;
    if (done + value.byteLength > size) throw offline(url);
    bytes.set(value, done);
    done += value.byteLength;
    progress(done, size);
  }
  return bytes.subarray(0, done);
}

/** Opens a packed sample or a local file; `traffic` is told the bytes that came over the network. */
export function browserOpener(traffic: (bytes: number) => void): OpenLocation {
  return async (location, progress) => {
    if (location.kind === 'file') {
      const symbols = (location.symbols ?? []).map((file) => ({ name: file.name, source: fileByteSource(file) }));
      return { source: fileByteSource(location.file), name: location.file.name, symbols, ...(location.runtime && { runtime: fileByteSource(location.runtime) }) };
    }
    const response = await fetch(location.url);
    if (!response.ok) throw offline(location.url);
    const text = await response.text();
    traffic(text.length);
    const index = parsePackIndex(JSON.parse(text));
    // The files have the index's version: caches then never mix two packs.
    const { search } = new URL(location.url);
    const urlOf = (file: string) => new URL(file + search, location.url).href;
    const source = new PackedSource(index, (file, offset, length) => fetchRange(urlOf(file), offset, length), { onTraffic: traffic });
    const hot = index.files[0];
    if (hot) {
      const bytes = await fetchWhole(urlOf(hot.name), hot.size, progress);
      traffic(bytes.byteLength);
      source.provide(0, bytes);
    }
    return { source, name: index.name };
  };
}
