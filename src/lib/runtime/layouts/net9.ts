import type { LayoutTable } from '../layouts.ts';

/** What the .NET 9 descriptor leaves out, Windows x64 (found by comparing dumps of 9.0.22 with an independent reader). */
export const NET9_WINDOWS_X64: LayoutTable = {
  AppDomain: { DomainAssemblyList: 0x308 },
  Module: { ReadyToRunInfo: 600, PEAssembly: 0xb8 },
  PEAssembly: { PEImage: 8 },
  PEImage: { LoadedImageLayout: 0x78 },
  PEImageLayout: { Base: 8, Size: 16, Flags: 20 },
  ReadyToRunInfo: { ReadyToRunHeader: 16, CompositeInfo: 40, RuntimeFunctions: 80, NumRuntimeFunctions: 88, NumHotColdMap: 104, HotColdMap: 96, DelayLoadMethodCallThunks: 112, EntryPointToMethodDescMap: 336 },
  HelperMethodFrame: { Thread: 0x20, MachState: 0x30 },
};
