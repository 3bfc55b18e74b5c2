import type { LayoutTable } from '../layouts.ts';

/** The stress log up to .NET 9, which do not describe it; x64 (inc/stresslog.h, the same in 8, 9 and 10; checked on dumps of 8.0.33 and 9.0.22). */
export const STRESS_LOG_X64: LayoutTable = {
  StressLog: { LoggedFacilities: 0, Level: 4, MaxSizePerThread: 8, MaxSizeTotal: 12, TotalChunks: 16, Logs: 24, TickFrequency: 48, StartTimestamp: 56, ModuleOffset: 72, Modules: 80 },
  StressLogModuleDesc: { '!': 16, BaseAddress: 0, Size: 8 },
  ThreadStressLog: { Next: 0, ThreadId: 8, WriteHasWrapped: 18, CurrentPtr: 24, ChunkListHead: 40, ChunkListTail: 48, CurrentWriteChunk: 64 },
  StressLogChunk: { '!': 32792, Prev: 0, Next: 8, Buf: 16, Sig1: 32784, Sig2: 32788 },
};
