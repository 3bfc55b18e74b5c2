import { FormatError } from '../../bytes/index.ts';

const BLOCK = 16;

/** Bytes of an image by RVA. */
export type ImageByte = (rva: number) => number;

/** A number whose lowest bits tell how many bytes it takes (vm/nativeformatreader.h, DecodeUnsigned). */
export function decodeUnsigned(byte: ImageByte, at: number): { value: number; next: number } {
  const first = byte(at);
  for (let bytes = 1; bytes <= 4; bytes++) {
    if (first & (1 << (bytes - 1))) continue;
    let value = first >> bytes;
    for (let i = 1; i < bytes; i++) value += byte(at + i) * 2 ** (8 * i - bytes);
    return { value, next: at + bytes };
  }
  if (first & 16) throw new FormatError(`a number at ${at} of the image has an unknown form`);
  return { value: byte(at + 1) + byte(at + 2) * 2 ** 8 + byte(at + 3) * 2 ** 16 + byte(at + 4) * 2 ** 24, next: at + 5 };
}

/** Position of an element of a sparse array (vm/nativeformatreader.h, NativeArray): blocks of 16, a binary tree in each. */
export function nativeArrayAt(byte: ImageByte, array: number, index: number): number | undefined {
  const { value: header, next: base } = decodeUnsigned(byte, array);
  if (index >= header >>> 2) return undefined;
  const width = [1, 2, 4, 4][header & 3];
  const entry = base + width * Math.floor(index / BLOCK);
  let at = base;
  for (let i = 0; i < width; i++) at += byte(entry + i) * 2 ** (8 * i);
  for (let bit = BLOCK >> 1; bit > 0; bit >>= 1) {
    const { value: node, next } = decodeUnsigned(byte, at);
    if (index & bit) {
      if (node & 2) {
        at += node >>> 2;
        continue;
      }
    } else if (node & 1) {
      at = next;
      continue;
    }
    return (node & 3) === 0 && node >>> 2 === index % BLOCK ? next : undefined;
  }
  return at;
}
