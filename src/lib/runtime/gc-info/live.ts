import { FormatError } from '../../bytes/index.ts';
import type { BitReader } from './bits.ts';
import type { GcInfo } from './decode.ts';
import { Base, CHUNK, CHUNK_BITS } from './encoding.ts';

/**
 * Tracked slots that are live at an offset, as indexes into `info.slots`, in the order the runtime reports them. `stopped` is
 * for code that will not resume where it stands (an exception is passing through): then safe points do not count.
 */
export function liveSlots(info: GcInfo, offset: number, stopped = false): number[] {
  const { tracked } = info;
  const safePoint = stopped ? -1 : info.safePoints.indexOf(offset);
  const range = safePoint < 0 ? placeInRanges(info, offset) : undefined;
  if (tracked === 0 || (safePoint < 0 && stopped && range === undefined)) return [];
  const r = info.reader.at(info.lifetimes);
  const indirect = info.safePoints.length > 0 && r.bit() === 1 ? r.unsigned(Base.PointerSize) + 1 : 0;
  if (safePoint >= 0) return atSafePoint(info, r, safePoint, indirect);
  r.skip(info.safePoints.length * tracked);
  return info.ranges.length === 0 ? [] : atOffset(info, r, range ?? 0);
}

/** Offset counted in interruptible code only; undefined outside of it. */
function placeInRanges(info: GcInfo, offset: number): number | undefined {
  let before = 0;
  for (const { start, end } of info.ranges) {
    if (offset >= start && offset < end) return before + offset - start;
    before += end - start;
  }
  return undefined;
}

function atSafePoint(info: GcInfo, r: BitReader, index: number, indirect: number): number[] {
  if (indirect === 0) r.skip(index * info.tracked);
  else {
    const table = r.position;
    r.skip(index * indirect);
    const offset = r.bits(indirect);
    r.seek(toByte(table + info.safePoints.length * indirect) + offset);
    if (r.bit()) return runs(r, info.tracked);
  }
  return bitVector(r, info.tracked);
}

function bitVector(r: BitReader, count: number): number[] {
  const set: number[] = [];
  for (let i = 0; i < count; i++) if (r.bit()) set.push(i);
  return set;
}

/** Run-length form: slots that are not in the set and slots that are, by turns; a bit tells which number base comes first. */
function runs(r: BitReader, count: number): number[] {
  const set: number[] = [];
  let skip = r.bit() === 0;
  let at = r.unsigned(skip ? Base.Skip : Base.Run);
  for (let member = true; at < count; member = !member) {
    skip = !skip;
    const length = r.unsigned(skip ? Base.Skip : Base.Run) + 1;
    if (at + length > count) throw new FormatError('GC info has a run of slots beyond the last one');
    if (member) for (let i = at; i < at + length; i++) set.push(i);
    at += length;
  }
  return set;
}

/** Life times of fully interruptible code: chunks of 64 bytes, each with the state at its end and the changes before that. */
function atOffset(info: GcInfo, r: BitReader, place: number): number[] {
  const length = info.ranges.reduce((sum, range) => sum + range.end - range.start, 0);
  const chunks = Math.ceil(length / CHUNK);
  const wanted = Math.floor(place / CHUNK);
  const pointerBits = r.unsigned(Base.PointerSize);
  if (pointerBits === 0) return [];
  const table = r.position;
  let chunk = wanted;
  let pointer = 0;
  for (; chunk >= 0; chunk--) {
    r.seek(table + chunk * pointerBits);
    pointer = r.bits(pointerBits);
    if (pointer) break;
  }
  if (chunk < 0) return [];
  r.seek(toByte(table + chunks * pointerBits) + pointer - 1);
  const changing = r.bit() ? runs(r, info.tracked) : bitVector(r, info.tracked);
  const finals = changing.map(() => r.bit());
  if (chunk !== wanted) return changing.filter((_, i) => finals[i]);
  return changing.filter((_, i) => {
    let live = finals[i];
    for (let changes = 0; r.bit(); changes++) {
      if (changes >= CHUNK) throw new FormatError('GC info has more changes than a chunk has offsets');
      if (r.bits(CHUNK_BITS) > place % CHUNK) live ^= 1;
    }
    return live === 1;
  });
}

function toByte(position: number): number {
  return (position + 7) & ~7;
}
