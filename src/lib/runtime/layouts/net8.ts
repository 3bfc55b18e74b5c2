import type { LayoutTable } from '../layouts.ts';

/** .NET 8 publishes no descriptor: everything by table, Windows x64 (checked on dumps of 8.0.33). */
export const NET8_WINDOWS_X64: LayoutTable = {
  ThreadStore: { FirstThreadLink: 0x40, ThreadCount: 0x58, UnstartedCount: 0x5c, BackgroundCount: 0x60, PendingCount: 0x64, DeadCount: 0x68 },
  Thread: { State: 8, PreemptiveGCDisabled: 12, Frame: 0x10, Id: 0x20, AllocContext: 0x58, LinkNext: 0xf8, OSId: 0x1b8, LastThrownObject: 0x1e0 },
  GCAllocContext: { Pointer: 0, Limit: 8 },
  AppDomain: { DomainAssemblyList: 0x4b8 },
  Module: { Path: 0xb0 - 8, PEAssembly: 0xb0, SimpleName: 0xa8, ReadyToRunInfo: 672 },
  PEAssembly: { PEImage: 8 },
  PEImage: { LoadedImageLayout: 0x78 },
  PEImageLayout: { Base: 8, Size: 16, Flags: 20 },
  DomainAssembly: { Module: 0x18 },
  MethodTable: { MTFlags: 0, BaseSize: 4, MTFlags2: 8, Token16: 10, NumVirtuals: 12, NumInterfaces: 14, ParentMethodTable: 16, Module: 24, EEClassOrCanonMT: 40, PerInstInfo: 48 },
  EEClass: { MethodTable: 16 },
  Object: { m_pMethTab: 0 },
  String: { m_StringLength: 8, m_FirstChar: 12 },
  Array: { '!': 16, m_NumComponents: 8 },
  Exception: { _message: 16, _innerException: 32, _stackTrace: 48, _stackTraceString: 64, _remoteStackTraceString: 72, _xcode: 0x70, _HResult: 0x74 },
  MethodDescChunk: { '!': 24, MethodTable: 0, Next: 8, Size: 16, Count: 17, FlagsAndTokenRange: 18 },
  MethodDesc: { Flags3AndTokenRemainder: 0, ChunkIndex: 2, Slot: 4, Flags: 6 },
  InstantiatedMethodDesc: { PerInstInfo: 24, Flags2: 32, NumGenericArgs: 34 },
  StoredSigMethodDesc: { Sig: 16, cSig: 24, ExtendedFlags: 28 },
  DynamicMethodDesc: { MethodName: 32 },
  ReadyToRunInfo: { ReadyToRunHeader: 16, CompositeInfo: 40, RuntimeFunctions: 80, NumRuntimeFunctions: 88, DelayLoadMethodCallThunks: 112, EntryPointToMethodDescMap: 336 },
  TypeDesc: { TypeAndFlags: 0 },
  ParamTypeDesc: { TypeArg: 16 },
  TypeVarTypeDesc: { Module: 16, Token: 40 },
};

/** Slots of g_dacTable that hold what .NET 9 and later publish as globals (order of dacvars.h in 8.0, Windows x64). */
export const NET8_WINDOWS_SLOTS: Readonly<Record<string, number>> = {
  ThreadStore: 16, AppDomain: 21, ObjectMethodTable: 41, StringMethodTable: 44, ExceptionMethodTable: 48, FreeObjectMethodTable: 55, SyncTableEntries: 82,
};
