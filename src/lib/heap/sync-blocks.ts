import type { Address } from '../bytes/index.ts';
import type { Threads } from '../runtime/index.ts';
import type { Clr } from './clr.ts';

/** Object header in front of an object (vm/syncblk.h): index of a sync block, when these bits say so. */
const IS_HASH_OR_INDEX = 0x08000000;
const IS_HASH = 0x04000000;
const INDEX_MASK = 0x03ffffff;
/** AwareLock state: held, and waiters from bit 6 on. */
const HELD = 1;
const WAITER_SHIFT = 6;
const MAX_ENTRIES = 1 << 22;

export interface SyncBlock {
  readonly index: number;
  readonly address: Address;
  /** 0 for a free entry. */
  readonly object: Address;
  readonly held: boolean;
  readonly waiters: number;
  readonly recursion: number;
  /** Thread that holds the lock, or 0. */
  readonly owner: Address;
  readonly ownerOsId: number;
}

/** Index of the sync block an object uses, 0 for none. */
export function syncBlockIndex(clr: Clr, object: Address): number {
  const header = clr.memory.tryU32(object - 4) ?? 0;
  return header & IS_HASH_OR_INDEX && (header & IS_HASH) === 0 ? header & INDEX_MASK : 0;
}

/** Reads one entry of the sync table. */
export function readSyncBlock(clr: Clr, index: number): SyncBlock | undefined {
  const { memory } = clr;
  const { layouts } = clr.target;
  const table = memory.tryPointer(layouts.global('SyncTableEntries'));
  if (!table || index <= 0 || index > MAX_ENTRIES) return undefined;
  const entry = table + index * layouts.size('SyncTableEntry');
  const address = memory.tryPointer(entry + layouts.offset('SyncTableEntry', 'SyncBlock'));
  const object = memory.tryPointer(entry + layouts.offset('SyncTableEntry', 'Object'));
  if (address === undefined || object === undefined) return undefined;
  const free = object % 2 === 1 || object === 0;
  const lock = (field: string) => (address ? (memory.tryU32(address + layouts.offset('AwareLock', field)) ?? 0) : 0);
  const state = lock('State');
  const held = !free && (state & HELD) !== 0;
  const ownerOsId = held ? lock('OwnerOSId') : 0;
  return { index, address, object: free ? 0 : object, held, waiters: free ? 0 : state >>> WAITER_SHIFT, recursion: held ? lock('Recursion') : 0, ownerOsId, owner: ownerOf(clr.threads, ownerOsId) };
}

function ownerOf(threads: Threads, osId: number): Address {
  return osId ? (threads.byOsId(osId)?.address ?? 0) : 0;
}
