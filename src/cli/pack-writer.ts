import { createHash } from 'node:crypto';
import { constants, zstdCompressSync } from 'node:zlib';
import type { ByteSource } from '../lib/bytes/index.ts';
import type { Dump } from '../lib/container/index.ts';
import { PACK_GRANULARITY } from '../lib/container/pack-index.ts';
import type { PackFile, PackIndex } from '../lib/container/pack-index.ts';

/** One read of the dump file. */
export interface Touch { readonly offset: number; readonly length: number }

export interface PackSettings {
  readonly id: string;
  readonly name: string;
  /** What opening and the first commands read: becomes `files[0]`, fetched whole. */
  readonly hot?: readonly Touch[];
  /** What later commands read, in their order. */
  readonly warm?: readonly Touch[];
  /** zstd level, 1 to 22. */
  readonly level?: number;
}

export interface Pack { readonly index: PackIndex; readonly data: readonly Uint8Array[] }

const PIECE = PACK_GRANULARITY;
/** Everything hot is fetched anyway, so large frames cost nothing and compress better. */
const HOT_FRAME = 1 << 21;
const FRAME = 1 << 18;
/** A host without range requests answers with whole files: keep them small. */
const MAX_FILE = 4 << 20;

/** Records first touches of a source; reads pass through. */
export class TracingSource implements ByteSource {
  readonly size: number;
  readonly granularity = PACK_GRANULARITY;
  readonly #inner: ByteSource;
  touches: Touch[] = [];
  constructor(inner: ByteSource) {
    this.#inner = inner;
    this.size = inner.size;
  }
  read(offset: number, length: number): Uint8Array {
    this.touches.push({ offset, length });
    return this.#inner.read(offset, length);
  }
  /** Touches since the last call. */
  take(): Touch[] {
    const touches = this.touches;
    this.touches = [];
    return touches;
  }
}

/**
 * Packs a dump file. Pieces are cut where the address space's page windows are, so that one page of the analyzer is
 * one piece and drags nothing else along.
 */
export function packDump(dump: Dump, settings: PackSettings): Pack {
  const { source } = dump;
  const cuts = piecesOf(dump);
  const lengths = cuts.slice(1).map((end, i) => end - cuts[i]);
  const owners = new Array<number>(lengths.length).fill(-2);
  const hash = createHash('sha256');
  lengths.forEach((length, piece) => {
    const bytes = source.read(cuts[piece], length);
    hash.update(bytes);
    if (bytes.every((b) => b === 0)) owners[piece] = -1;
  });

  const groups: number[][] = [];
  const group = (pieces: readonly number[], limit: number) => {
    let current: number[] = [];
    let size = 0;
    for (const piece of pieces) {
      if (owners[piece] !== -2) continue;
      if (size + lengths[piece] > limit && current.length > 0) {
        groups.push(current);
        current = [];
        size = 0;
      }
      owners[piece] = groups.length;
      current.push(piece);
      size += lengths[piece];
    }
    if (current.length > 0) groups.push(current);
  };
  const hot = piecesTouched(cuts, settings.hot ?? []);
  group([...hot].sort((a, b) => a - b), HOT_FRAME);
  const hotFrames = groups.length;
  group(piecesTouched(cuts, settings.warm ?? []), FRAME);
  group(lengths.map((_, piece) => piece), FRAME);

  const files: Uint8Array[][] = [[]];
  const frames: [number, number][] = [];
  let filled = 0;
  groups.forEach((pieces, number) => {
    const raw = Buffer.concat([...pieces].sort((a, b) => a - b).map((piece) => Uint8Array.from(source.read(cuts[piece], lengths[piece]))));
    const bytes = zstdCompressSync(raw, { params: { [constants.ZSTD_c_compressionLevel]: settings.level ?? Number(process.env.PACK_LEVEL ?? 22), [constants.ZSTD_c_contentSizeFlag]: 1 } });
    if ((number === hotFrames && hotFrames > 0) || (number >= hotFrames && filled + bytes.length > MAX_FILE && filled > 0)) {
      files.push([]);
      filled = 0;
    }
    files.at(-1)!.push(bytes);
    filled += bytes.length;
    frames.push([files.length - 1, bytes.length]);
  });
  const data = files.map((parts) => Buffer.concat(parts));
  const joined = joinNeighbours(lengths, owners);
  return {
    index: {
      format: 'dumplab-pack', version: 1, id: settings.id, name: settings.name, size: source.size, sha256: hash.digest('hex'),
      files: data.map((bytes, i): PackFile => ({ name: i === 0 && hotFrames > 0 ? 'hot.bin' : `data-${i}.bin`, size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') })),
      ...joined, frames,
    },
    data,
  };
}

/** Pieces behind one another in the same frame become one: the index stays small however fine the pieces are. */
function joinNeighbours(lengths: readonly number[], owners: readonly number[]): { lengths: number[]; owners: number[] } {
  const joined = { lengths: [] as number[], owners: [] as number[] };
  lengths.forEach((length, i) => {
    if (i > 0 && owners[i] === owners[i - 1]) joined.lengths[joined.lengths.length - 1] += length;
    else {
      joined.lengths.push(length);
      joined.owners.push(owners[i]);
    }
  });
  return joined;
}

/** Ascending offsets of the piece boundaries, from 0 to the file's size. */
function piecesOf(dump: Dump): number[] {
  const cuts = new Set<number>([0, dump.source.size]);
  const fill = (from: number, to: number, phase: number) => {
    for (let at = from; at < to; at += PIECE - ((at + phase) % PIECE)) cuts.add(at);
  };
  let behind = 0;
  for (const range of [...dump.ranges].sort((a, b) => a.offset - b.offset)) {
    fill(behind, range.offset, 0);
    // The address space reads windows that end where address % PIECE is 0.
    fill(range.offset, range.offset + range.size, (range.address - range.offset % PIECE + PIECE) % PIECE);
    behind = Math.max(behind, range.offset + range.size);
  }
  fill(behind, dump.source.size, 0);
  return [...cuts].sort((a, b) => a - b);
}

/** Pieces in order of first touch. */
function piecesTouched(cuts: readonly number[], touches: readonly Touch[]): number[] {
  const order = new Set<number>();
  for (const { offset, length } of touches) {
    if (length === 0) continue;
    let low = 0;
    let high = cuts.length - 2;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (cuts[middle] <= offset) low = middle;
      else high = middle - 1;
    }
    for (let piece = low; piece < cuts.length - 1 && cuts[piece] < offset + length; piece++) order.add(piece);
  }
  return [...order];
}
