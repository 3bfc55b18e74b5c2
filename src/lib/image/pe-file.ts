import type { Address } from '../bytes/index.ts';
import { FormatError } from '../bytes/index.ts';
import { copyMemory } from '../memory/index.ts';
import type { PeImage } from './pe.ts';

/** Larger than any image: a header that asks for more is damaged. */
const MAX_IMAGE = 1 << 30;

/**
 * The file an image was loaded from: headers, then each section at its place in the file (PE/COFF specification,
 * PointerToRawData and SizeOfRawData). What the loader changed stays changed: relocated addresses, the import table, the base in
 * the header. `missing` is told bytes that the dump does not hold; they are zeros.
 */
export function* fileOfImage(image: PeImage, missing: (bytes: number) => void): Generator<Uint8Array> {
  const sections = image.sections.filter((s) => s.fileSize > 0).sort((a, b) => a.fileOffset - b.fileOffset);
  let at = 0;
  const put = function* (start: Address, offset: number, size: number): Generator<Uint8Array> {
    if (offset + size > MAX_IMAGE || offset < at) throw new FormatError(`the sections of the image at 0x${image.base.toString(16)} overlap or are too large`);
    if (offset > at) yield new Uint8Array(offset - at);
    yield* copyMemory(image.memory, start, size, missing);
    at = offset + size;
  };
  yield* put(image.base, 0, Math.min(image.headerSize, sections[0]?.fileOffset ?? image.headerSize));
  for (const s of sections) yield* put(image.flat ? image.base + s.fileOffset : image.base + s.rva, s.fileOffset, s.fileSize);
}
