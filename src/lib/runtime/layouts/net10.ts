import type { LayoutTable } from '../layouts.ts';

/** What the .NET 10 descriptor leaves out, x64: Windows and Linux are the same (vm/exinfo.h, vm/codeversion.h; read on dumps of both). */
export const NET10_X64: LayoutTable = {
  ExceptionInfo: {
    ExceptionFlags: 0x40, StackLowBound: 0x80, StackHighBound: 0x88, CSFEHClause: 0x218, CSFEnclosingClause: 0x220, CallerOfActualHandlerFrame: 0x228, ClauseForCatchHandlerStartPC: 0x23c, ClauseForCatchHandlerEndPC: 0x240,
  },
  NativeCodeVersionNode: { OptimizationTier: 36 },
};

/** The same for x86, read on a dump of a crash in nested handlers (no on-stack replacement there, so a code version is shorter). */
export const NET10_X86: LayoutTable = {
  ExceptionInfo: {
    ExceptionFlags: 0x24, StackLowBound: 0x48, StackHighBound: 0x4c, CSFEHClause: 0x43c, CSFEnclosingClause: 0x440, CallerOfActualHandlerFrame: 0x444, ClauseForCatchHandlerStartPC: 0x454, ClauseForCatchHandlerEndPC: 0x458,
  },
  NativeCodeVersionNode: { OptimizationTier: 20 },
};
