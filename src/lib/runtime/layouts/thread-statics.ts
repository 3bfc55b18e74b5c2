import type { LayoutTable } from '../layouts.ts';

/**
 * Where .NET 9 keeps thread statics, x64 (vm/threads.h m_ThreadLocalDataPtr, vm/threadstatics.h ThreadLocalData); later descriptors tell.
 * Found on dumps of 9.0.22: the array's length is the count in front of it less its two reserved indexes, on every thread.
 */
export const NET9_THREAD_STATICS: Readonly<Record<'windows' | 'linux', LayoutTable>> = {
  windows: { Thread: { ThreadLocalDataPtr: 0x3c0 }, ThreadLocalData: { NonCollectibleTlsArrayData: 8 } },
  linux: { Thread: { ThreadLocalDataPtr: 0x3a0 }, ThreadLocalData: { NonCollectibleTlsArrayData: 8 } },
};
