import { FormatError } from '../bytes/index.ts';

/**
 * A dump packed for the web: a folder with `index.json` and data files that any static host can serve.
 *
 * The dump's bytes are cut into pieces (in file order). A piece is all zeros and stored nowhere, or belongs to one frame.
 * A frame is the zstd-compressed concatenation of its pieces in file order. Frames lie in the data files one behind
 * another, in the order in which a first reader needs them: the first data file is what the first commands touch.
 */
export interface PackIndex {
  readonly format: 'dumplab-pack';
  readonly version: 1;
  readonly id: string;
  /** File name of the dump as terminals show it. */
  readonly name: string;
  /** Bytes of the unpacked dump. */
  readonly size: number;
  /** SHA-256 of the unpacked dump, lower-case hex. */
  readonly sha256: string;
  /** `files[0]` is fetched whole before the first command. */
  readonly files: readonly PackFile[];
  /** Bytes of each piece; their sum is `size`. */
  readonly lengths: readonly number[];
  /** Frame of each piece; -1 for zeros. */
  readonly owners: readonly number[];
  /** `[file, compressed bytes]` of each frame; offsets follow from the order. */
  readonly frames: readonly (readonly [file: number, bytes: number])[];
  /** PDBs of the program in the dump, beside the data files. */
  readonly symbols?: readonly PackFile[];
}

export interface PackFile { readonly name: string; readonly size: number; readonly sha256: string }

/** Bytes around a touched one that a pack keeps together: small, because a heap walk looks at headers between large payloads. */
export const PACK_GRANULARITY = 1 << 10;

/** Largest frame that is accepted, in bytes before compression: bounds what one read can cost. */
export const MAX_FRAME = 1 << 24;

const MAX_SYMBOLS = 64;

/** Checks an index that came from outside; throws FormatError that names the first wrong field. */
export function parsePackIndex(value: unknown): PackIndex {
  const index = value as PackIndex;
  const need = (ok: boolean, what: string) => {
    if (!ok) throw new FormatError(`this is not a packed dump: ${what}`);
  };
  const count = (n: unknown) => typeof n === 'number' && Number.isSafeInteger(n) && n >= 0;
  need(typeof value === 'object' && value !== null && index.format === 'dumplab-pack', 'format');
  need(index.version === 1, `version ${String(index.version)}`);
  need(typeof index.id === 'string' && typeof index.name === 'string' && count(index.size) && typeof index.sha256 === 'string', 'header');
  const isFile = (f: PackFile) => typeof f?.name === 'string' && /^[\w.-]+$/.test(f.name) && count(f.size);
  need(Array.isArray(index.files) && index.files.every(isFile), 'files');
  need(index.symbols === undefined || (Array.isArray(index.symbols) && index.symbols.length <= MAX_SYMBOLS && index.symbols.every(isFile)), 'symbols');
  need(Array.isArray(index.lengths) && index.lengths.every((n) => count(n) && n > 0), 'lengths');
  need(index.lengths.reduce((sum, n) => sum + n, 0) === index.size, 'lengths do not add up to the size');
  need(Array.isArray(index.frames) && index.frames.every((f) => Array.isArray(f) && count(f[0]) && f[0] < index.files.length && count(f[1])), 'frames');
  need(Array.isArray(index.owners) && index.owners.length === index.lengths.length, 'owners');
  const raw = new Float64Array(index.frames.length);
  index.owners.forEach((owner, piece) => {
    need(owner === -1 || (count(owner) && owner < index.frames.length), `frame of piece ${piece}`);
    if (owner >= 0) raw[owner] += index.lengths[piece];
  });
  need(raw.every((n) => n > 0 && n <= MAX_FRAME), 'frame sizes');
  const filled = new Float64Array(index.files.length);
  for (const [file, bytes] of index.frames) filled[file] += bytes;
  need(index.files.every((f, i) => f.size === filled[i]), 'file sizes');
  return index;
}
