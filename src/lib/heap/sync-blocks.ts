import type { Address } from '../bytes/index.ts';
import type { ClrThread } from '../runtime/index.ts';
import type { Clr } from './clr.ts';

/** Object header in front of an object (vm/syncblk.h): index of a sync block, when these bits say so. */
const IS_HASH_OR_INDEX = 0x08000000;
const IS_HASH = 0x04000000;
const INDEX_MASK = 0x03ffffff;
/** AwareLock state: held, and waiters from bit 6 on. */
const HELD = 1;
const WAITER_SHIFT = 6;
/** The same bits of System.Threading.Lock: waiters from bit 7 on. */
const MANAGED_WAITER_SHIFT = 7;
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

/** State of a lock, whatever keeps it. */
interface LockState { readonly held: boolean; readonly waiters: number; readonly recursion: number; readonly owner: ClrThread | undefined; readonly ownerOsId: number }
const NOT_HELD: LockState = { held: false, waiters: 0, recursion: 0, owner: undefined, ownerOsId: 0 };

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
  const { held, waiters, recursion, owner, ownerOsId } = free || !address ? NOT_HELD : layouts.has('SyncBlock', 'Lock') ? managedLock(clr, address) : awareLock(clr, address);
  return { index, address, object: free ? 0 : object, held, waiters, recursion, ownerOsId, owner: owner?.address ?? 0 };
}

/** Up to .NET 10 a sync block starts with an AwareLock. */
function awareLock({ memory, threads, target: { layouts } }: Clr, address: Address): LockState {
  const lock = (field: string) => memory.tryU32(address + layouts.offset('AwareLock', field)) ?? 0;
  const state = lock('State');
  const held = (state & HELD) !== 0;
  const ownerOsId = held ? lock('OwnerOSId') : 0;
  return { held, waiters: state >>> WAITER_SHIFT, recursion: held ? lock('Recursion') : 0, ownerOsId, owner: ownerOsId ? threads.byOsId(ownerOsId) : undefined };
}

/**
 * Since .NET 11 a sync block has a handle of a System.Threading.Lock, or until threads contend for it the bits of a thin lock
 * (dotnet/runtime docs/design/datacontracts/SyncBlock.md; the bits of _state are in Lock.cs). A Lock counts the entries after
 * the first, an AwareLock and SOS count all.
 */
function managedLock({ memory, managed, threads, target: { layouts } }: Clr, address: Address): LockState {
  const handle = memory.tryPointer(address + layouts.offset('SyncBlock', 'Lock')) ?? 0;
  const lock = handle ? (memory.tryPointer(handle) ?? 0) : 0;
  const thin = lock ? 0 : (memory.tryU32(address + layouts.offset('SyncBlock', 'ThinLock')) ?? 0);
  const state = lock ? (managed.u32(lock, '_state') ?? 0) : 0;
  const mask = (name: string) => layouts.global(name);
  const ownerId = state & HELD ? (managed.u32(lock, '_owningThreadId') ?? 0) : thin & mask('SyncBlockMaskLockThreadId');
  if (ownerId === 0) return { ...NOT_HELD, waiters: state >>> MANAGED_WAITER_SHIFT };
  const again = lock ? (managed.u32(lock, '_recursionCount') ?? 0) : (thin & mask('SyncBlockMaskLockRecursionLevel')) >>> mask('SyncBlockRecursionLevelShift');
  const owner = threads.list().find((thread) => thread.managedId === ownerId);
  return { held: true, waiters: state >>> MANAGED_WAITER_SHIFT, recursion: again + 1, owner, ownerOsId: owner?.osId ?? 0 };
}

/**
 * The built-in COM wrappers a sync block knows of (InteropSyncBlockInfo; 0 for none); undefined where the runtime does not
 * describe them. ComWrappers keep theirs in managed tables.
 */
export function comWrappers({ memory, target: { layouts } }: Clr, syncBlock: Address): { readonly rcw: Address; readonly ccw: Address } | undefined {
  const info = layouts.tryOffset('SyncBlock', 'InteropInfo');
  const rcwAt = layouts.tryOffset('InteropSyncBlockInfo', 'RCW');
  const ccwAt = layouts.tryOffset('InteropSyncBlockInfo', 'CCW');
  if (info === undefined || rcwAt === undefined || ccwAt === undefined) return undefined;
  const at = memory.tryPointer(syncBlock + info) ?? 0;
  if (at === 0) return { rcw: 0, ccw: 0 };
  // The lowest bits are marks: 1 alone in the RCW's place is its lock, or says that there was one.
  const pointer = (offset: number) => {
    const value = memory.tryPointer(at + offset) ?? 0;
    return value - (value % 2);
  };
  return { rcw: pointer(rcwAt), ccw: pointer(ccwAt) };
}
