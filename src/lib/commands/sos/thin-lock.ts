import { hex } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import type { Clr } from '../../heap/index.ts';
import { link, pointer12, right, Table } from '../../output/index.ts';
import type { Row } from '../../output/index.ts';

/** Object header bits (vm/syncblk.h): sync block index or hash code, else a thin lock. */
const IS_INDEX_OR_HASH = 0x08000000;
const THREAD_MASK = 0xffff;
const RECURSION_SHIFT = 16;
const RECURSION_MASK = 0x3f;

export interface ThinLock { readonly managedId: number; readonly recursion: number; readonly thread: Address; readonly osId: number }

/** The thin lock in front of an object, if it has one. */
export function thinLock(clr: Clr, address: Address): ThinLock | undefined {
  const header = clr.memory.tryU32(address - 4) ?? 0;
  const managedId = header & THREAD_MASK;
  if (header & IS_INDEX_OR_HASH || managedId === 0) return undefined;
  const owner = clr.threads.list().find((t) => t.managedId === managedId);
  if (!owner) return undefined;
  return { managedId, recursion: (header >>> RECURSION_SHIFT) & RECURSION_MASK, thread: owner.address, osId: owner.osId };
}

const TABLE = new Table([right(12), right(16), right(16), right(10)]);

export function thinLockHeader(): Row {
  return TABLE.row('Object', 'Thread', 'OSId', 'Recursion');
}

export function thinLockRow(address: Address, lock: ThinLock): Row {
  return TABLE.row(link(pointer12(address), `!do ${hex(address)}`), hex(lock.thread), hex(lock.osId), String(lock.recursion));
}
