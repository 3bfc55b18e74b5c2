/** A PE32+ image as the loader maps it, with nothing but a debug directory (PE/COFF specification), for tests of what reads it. */
export interface DebugEntry { readonly type: number; readonly stamp?: number; readonly minor?: number; readonly data: Uint8Array }

const DIRECTORY = 0x400;

export function writeImage(entries: readonly DebugEntry[]): Uint8Array {
  let at = DIRECTORY + 28 * entries.length;
  const places = entries.map(({ data }) => {
    const place = at;
    at += data.length;
    return place;
  });
  const bytes = new Uint8Array(at);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0x5a4d, true);
  view.setUint32(0x3c, 0x80, true);
  view.setUint32(0x80, 0x4550, true);
  view.setUint16(0x84, 0x8664, true);
  view.setUint16(0x94, 240, true);
  view.setUint16(0x98, 0x20b, true);
  view.setUint32(0x98 + 108, 16, true);
  view.setUint32(0x98 + 112 + 8 * 6, DIRECTORY, true);
  view.setUint32(0x98 + 112 + 8 * 6 + 4, 28 * entries.length, true);
  entries.forEach(({ type, stamp = 0, minor = 0, data }, i) => {
    const entry = DIRECTORY + 28 * i;
    view.setUint32(entry + 4, stamp, true);
    view.setUint16(entry + 10, minor, true);
    view.setUint32(entry + 12, type, true);
    view.setUint32(entry + 16, data.length, true);
    view.setUint32(entry + 20, places[i], true);
    bytes.set(data, places[i]);
  });
  return bytes;
}

/** CodeView entry of a portable PDB with this id (GUID and stamp, 20 bytes). */
export function codeView(id: Uint8Array, path: string, minor = 0x504d): DebugEntry {
  const name = new TextEncoder().encode(path);
  const data = new Uint8Array(24 + name.length + 1);
  data.set([0x52, 0x53, 0x44, 0x53]);
  data.set(id.subarray(0, 16), 4);
  data[20] = 1;
  data.set(name, 24);
  return { type: 2, stamp: new DataView(id.buffer, id.byteOffset).getUint32(16, true), minor, data };
}
