import type { LayoutTable } from '../layouts.ts';

/**
 * .NET 8 publishes no descriptor: everything by table. Windows x64: read on dumps of 8.0.33. Linux x64: calibrated on dumps of
 * 8.0.33 (workstation, server, segments) until every fact an independent reader names was equal (tests/facts).
 */

/** What both operating systems share. A MethodDesc has 8 bytes here; its code pointer came with .NET 9. */
const COMMON: LayoutTable = {
  FaultingExceptionFrame: { TargetContext: 0x20 },
  Thread: { State: 8, PreemptiveGCDisabled: 12, Frame: 0x10, Id: 0x20, AllocContext: 0x58 },
  GCAllocContext: { Pointer: 0, Limit: 8 },
  PEAssembly: { PEImage: 8 },
  PEImage: { Path: 0x10, LoadedImageLayout: 0x78 },
  DomainLocalModule: { GCStatics: 32 },
  PEImageLayout: { Base: 8, Size: 16, Flags: 20 },
  DomainAssembly: { Module: 0x18 },
  MethodTable: { MTFlags: 0, BaseSize: 4, MTFlags2: 8, Token16: 10, NumVirtuals: 12, NumInterfaces: 14, ParentMethodTable: 16, Module: 24, EEClassOrCanonMT: 40, PerInstInfo: 48 },
  EEClass: { MethodTable: 16 },
  Object: { m_pMethTab: 0 },
  String: { m_StringLength: 8, m_FirstChar: 12 },
  Array: { '!': 16, m_NumComponents: 8 },
  Exception: { _message: 16, _innerException: 32, _stackTrace: 48, _stackTraceString: 64, _remoteStackTraceString: 72, _xcode: 0x70, _HResult: 0x74 },
  MethodDescChunk: { '!': 24, MethodTable: 0, Next: 8, Size: 16, Count: 17, FlagsAndTokenRange: 18 },
  MethodDesc: { '!': 8, Flags3AndTokenRemainder: 0, ChunkIndex: 2, Slot: 4, Flags: 6 },
  InstantiatedMethodDesc: { '!': 32, PerInstInfo: 16, Flags2: 24, NumGenericArgs: 26 },
  StoredSigMethodDesc: { Sig: 8, cSig: 16, ExtendedFlags: 20 },
  DynamicMethodDesc: { '!': 40, MethodName: 24 },
  TypeDesc: { TypeAndFlags: 0 },
  ParamTypeDesc: { TypeArg: 16 },
  TypeVarTypeDesc: { Module: 16, Token: 40 },
};

const WINDOWS: LayoutTable = {
  ThreadStore: { FirstThreadLink: 0x40, ThreadCount: 0x58, UnstartedCount: 0x60, BackgroundCount: 0x64, PendingCount: 0x68, DeadCount: 0x6c },
  Thread: { LinkNext: 0xf8, OSId: 0x1b8, LastThrownObject: 0x1e0 },
  AppDomain: { DomainAssemblyList: 0x4b8 },
  Module: {
    PEAssembly: 0xb0, SimpleName: 0xa8, ReadyToRunInfo: 672, DomainLocalModule: 0x2e8, TypeRefToMethodTableMap: 8, ManifestModuleReferencesMap: 0x28,
    MemberRefToDescMap: 0x48, TypeDefToMethodTableMap: 0x170, MethodDefToDescMap: 0x190, FieldDefToDescMap: 0x1b0,
  },
  ReadyToRunInfo: { ReadyToRunHeader: 16, CompositeInfo: 40, RuntimeFunctions: 80, NumRuntimeFunctions: 88, DelayLoadMethodCallThunks: 112, EntryPointToMethodDescMap: 336 },
};

const LINUX: LayoutTable = {
  ThreadStore: { FirstThreadLink: 0xa0, ThreadCount: 0xb8, UnstartedCount: 0xc0, BackgroundCount: 0xc4, PendingCount: 0xc8, DeadCount: 0xcc },
  Thread: { LinkNext: 0xe8, OSId: 0x1a8, LastThrownObject: 0x1d0 },
  AppDomain: { DomainAssemblyList: 0x9f0 },
  Module: {
    PEAssembly: 0x110, SimpleName: 0x108, ReadyToRunInfo: 0x480, DomainLocalModule: 0x4c8, TypeRefToMethodTableMap: 8, ManifestModuleReferencesMap: 0x28, MemberRefToDescMap: 0x48,
    TypeDefToMethodTableMap: 0x2f0, MethodDefToDescMap: 0x310, FieldDefToDescMap: 0x330,
  },
  ReadyToRunInfo: { ReadyToRunHeader: 16, CompositeInfo: 40, RuntimeFunctions: 80, NumRuntimeFunctions: 88, DelayLoadMethodCallThunks: 112, EntryPointToMethodDescMap: 0x1b0 },
};

/** Tables of .NET 8 for an operating system, the more special first. */
export const NET8_X64: Readonly<Record<'windows' | 'linux', readonly LayoutTable[]>> = { windows: [WINDOWS, COMMON], linux: [LINUX, COMMON] };

/** Slots of g_dacTable that hold what .NET 9 and later publish as globals (order of dacvars.h in 8.0, x64). */
export const NET8_SLOTS: Readonly<Record<'windows' | 'linux', Readonly<Record<string, number>>>> = {
  windows: { ThreadStore: 16, FinalizerThread: 17, GCThread: 18, AppDomain: 21, ObjectMethodTable: 41, StringMethodTable: 44, ExceptionMethodTable: 48, FreeObjectMethodTable: 55, SyncTableEntries: 82 },
  linux: { ThreadStore: 16, FinalizerThread: 17, GCThread: 18, AppDomain: 21, ObjectMethodTable: 40, StringMethodTable: 43, ExceptionMethodTable: 47, FreeObjectMethodTable: 54, SyncTableEntries: 80 },
};
