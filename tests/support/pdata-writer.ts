/** UNWIND_INFO of one function. `codes` are UNWIND_CODE slots as they stand in memory; `chained`: index of the function it is a part of. */
export interface PeFunction { readonly begin: number; readonly end: number; readonly prolog: number; readonly frame?: number; readonly codes: readonly number[]; readonly chained?: number }

export const PE_SIZE = 0x4000;
const PDATA = 0x400;
const XDATA = 0x800;

/**
 * A PE32+ image as it lies in memory (PE/COFF specification; x64 exception handling), written for the tests: headers, the exception
 * directory at 0x400, UNWIND_INFO from 0x800, code from 0x1000.
 */
export function peImage(functions: readonly PeFunction[]): Uint8Array {
  const image = new Uint8Array(PE_SIZE).fill(0x90, 0x1000);
  const view = new DataView(image.buffer);
  view.setUint16(0, 0x5a4d, true);
  view.setUint32(0x3c, 0x80, true);
  view.setUint32(0x80, 0x4550, true);
  view.setUint16(0x84, 0x8664, true);
  view.setUint16(0x94, 0xf0, true);
  const optional = 0x98;
  view.setUint16(optional, 0x20b, true);
  view.setUint32(optional + 56, PE_SIZE, true);
  view.setUint32(optional + 108, 16, true);
  view.setUint32(optional + 112 + 3 * 8, PDATA, true);
  view.setUint32(optional + 116 + 3 * 8, 12 * functions.length, true);
  const info = (i: number) => XDATA + 64 * i;
  functions.forEach((f, i) => {
    [f.begin, f.end, info(i)].forEach((value, k) => view.setUint32(PDATA + 12 * i + 4 * k, value, true));
    image.set([1 | ((f.chained === undefined ? 0 : 4) << 3), f.prolog, f.codes.length / 2, f.frame ?? 0, ...f.codes], info(i));
    if (f.chained === undefined) return;
    const primary = functions[f.chained];
    const at = info(i) + 4 + 2 * ((f.codes.length / 2 + 1) & ~1);
    [primary.begin, primary.end, info(f.chained)].forEach((value, k) => view.setUint32(at + 4 * k, value, true));
  });
  return image;
}
