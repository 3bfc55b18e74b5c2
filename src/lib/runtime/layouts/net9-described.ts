import type { LayoutTable } from '../layouts.ts';

/**
 * What the descriptor of .NET 9 says on Linux x64 (libcoreclr.so of 9.0.22). The host of programs published as one file has the
 * same structures, but was linked without the descriptor.
 */
export const NET9_LINUX_DESCRIBED: LayoutTable = {
  Thread: { Id: 16, OSId: 296, State: 0, PreemptiveGCDisabled: 4, RuntimeThreadLocals: 32, Frame: 8, ExceptionTracker: 352, GCHandle: 304, LastThrownObject: 336, LinkNext: 112 },
  ThreadStore: { FirstThreadLink: 160, ThreadCount: 184, UnstartedCount: 188, BackgroundCount: 192, PendingCount: 196, DeadCount: 200 },
  RuntimeThreadLocals: { AllocContext: 0 },
  GCAllocContext: { Pointer: 0, Limit: 8 },
  Object: { m_pMethTab: 0 },
  String: { m_FirstChar: 12, m_StringLength: 8 },
  Array: { '!': 16, m_NumComponents: 8 },
  Module: {
    Assembly: 312, Base: 288, Flags: 296, LoaderAllocator: 248, DynamicMetadata: 1120, Path: 272, FieldDefToDescMap: 720, ManifestModuleReferencesMap: 40,
    MemberRefToDescMap: 72, MethodDefToDescMap: 656, TypeDefToMethodTableMap: 624, TypeRefToMethodTableMap: 8,
  },
  MethodTable: { MTFlags: 0, BaseSize: 4, MTFlags2: 8, EEClassOrCanonMT: 40, Module: 24, ParentMethodTable: 16, NumInterfaces: 14, NumVirtuals: 12, PerInstInfo: 48 },
  EEClass: { MethodTable: 16, NumMethods: 52, CorTypeAttr: 40, InternalCorElementType: 48, NumNonVirtualSlots: 62 },
  TypeDesc: { TypeAndFlags: 0 },
  ParamTypeDesc: { TypeArg: 16 },
  TypeVarTypeDesc: { Module: 16, Token: 40 },
  DynamicMetadata: { Size: 0, Data: 4 },
  MethodDesc: { ChunkIndex: 2, Slot: 4, Flags: 6, Flags3AndTokenRemainder: 0 },
  MethodDescChunk: { '!': 24, MethodTable: 0, Next: 8, Size: 16, Count: 17, FlagsAndTokenRange: 18 },
  InstantiatedMethodDesc: { PerInstInfo: 24, Flags2: 32, NumGenericArgs: 34 },
  StoredSigMethodDesc: { Sig: 16, cSig: 24, ExtendedFlags: 28 },
  DynamicMethodDesc: { MethodName: 32 },
};

/** Its globals by slot of g_dacTable (order of dacvars.h in 9.0). */
export const NET9_LINUX_SLOTS: Readonly<Record<string, number>> = {
  ThreadStore: 16, FinalizerThread: 17, GCThread: 18, AppDomain: 21, ObjectMethodTable: 43, StringMethodTable: 46, ExceptionMethodTable: 50, FreeObjectMethodTable: 57, SyncTableEntries: 82,
};
