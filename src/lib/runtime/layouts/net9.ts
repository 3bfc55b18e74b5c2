import type { LayoutTable } from '../layouts.ts';

/** What the .NET 9 descriptor leaves out, x64 (found by comparing dumps of 9.0.22 with an independent reader). */
const COMMON: LayoutTable = {
  FaultingExceptionFrame: { TargetContext: 0x20 },
  PEAssembly: { PEImage: 8 },
  PEImage: { LoadedImageLayout: 0x78 },
  PEImageLayout: { Base: 8, Size: 16, Flags: 20 },
};

const WINDOWS: LayoutTable = {
  AppDomain: { DomainAssemblyList: 0x308 },
  Module: { ReadyToRunInfo: 600, PEAssembly: 0xb8 },
  ReadyToRunInfo: { ReadyToRunHeader: 16, CompositeInfo: 40, RuntimeFunctions: 80, NumRuntimeFunctions: 88, NumHotColdMap: 104, HotColdMap: 96, DelayLoadMethodCallThunks: 112, EntryPointToMethodDescMap: 336 },
};

const LINUX: LayoutTable = {
  // Found on a dump of a crash in nested handlers: the callers' stack pointers of each handler and of its method.
  ExceptionInfo: {
    ExceptionFlags: 0x40, StackLowBound: 0x80, StackHighBound: 0x88, CSFEHClause: 0x420, CSFEnclosingClause: 0x428, CallerOfActualHandlerFrame: 0x430, ClauseForCatchHandlerStartPC: 0x444, ClauseForCatchHandlerEndPC: 0x448,
  },
  AppDomain: { DomainAssemblyList: 0x720 },
  DomainAssembly: { Module: 0x10 },
  Module: { ReadyToRunInfo: 0x3d8, PEAssembly: 0x118 },
  ReadyToRunInfo: { ReadyToRunHeader: 16, CompositeInfo: 40, RuntimeFunctions: 80, NumRuntimeFunctions: 88, NumHotColdMap: 104, HotColdMap: 96, DelayLoadMethodCallThunks: 112, EntryPointToMethodDescMap: 0x1b0 },
};

/** Tables of .NET 9 for an operating system, the more special first. */
export const NET9_X64: Readonly<Record<'windows' | 'linux', readonly LayoutTable[]>> = { windows: [WINDOWS, COMMON], linux: [LINUX, COMMON] };
