import type { LayoutTable } from '../layouts.ts';

/**
 * Structures no descriptor of .NET 8 to 10 publishes, equal in all of them (x64).
 * Sources: dotnet/runtime src/coreclr/vm (field.h, syncblk.h, arraylist.h, codeman.h), checked against dumps of 8, 9 and 10.
 */
export const CORE_X64: LayoutTable = {
  EEClass: {
    FieldDescList: 24, MethodDescChunk: 32, NumInstanceFields: 'InternalCorElementType+2', NumMethods: 'InternalCorElementType+4',
    NumStaticFields: 'InternalCorElementType+6', NumThreadStaticFields: 'InternalCorElementType+10',
  },
  FieldDesc: { '!': 16, MTOfEnclosingClass: 0, DWord1: 8, DWord2: 12 },
  MethodTable: { '!': 64, AuxiliaryData: 32 },
  GenericsDictInfo: { NumDicts: 4, NumTypeArgs: 6 },
  ModuleLookupMap: { Next: 0, TableData: 8, Count: 16, SupportedFlagsMask: 24 },
  DynamicStaticsInfo: { '!': 24, GCStatics: 0, NonGCStatics: 8 },
  ArrayListBase: { Count: 0, FirstBlock: 8 },
  ArrayListBlock: { Next: 0, Size: 8, ArrayStart: 16 },
  Assembly: { Module: 16 },
  SyncTableEntry: { '!': 16, SyncBlock: 0, Object: 8 },
  AwareLock: { State: 0, Recursion: 4, Owner: 8, OwnerOSId: 16 },
  RangeSection: { RangeBegin: 0, RangeEndOpen: 8, Flags: 16, JitManager: 24, R2RModule: 32, HeapList: 40 },
  RangeSectionFragment: { Next: 0, RangeBegin: 8, RangeEndOpen: 16, RangeSection: 24 },
  CodeHeapListNode: { Next: 0, StartAddress: 16, EndAddress: 24, MapBase: 32, HeaderMap: 40 },
  RealCodeHeader: { DebugInfo: 0, EHInfo: 8, GCInfo: 16, MethodDesc: 24, NumUnwindInfos: 32, UnwindInfos: 36 },
  RuntimeFunction: { '!': 12, BeginAddress: 0, EndAddress: 4, UnwindData: 8 },
  HashMap: { Buckets: 16 },
  Frame: { Next: 8 },
  InlinedCallFrame: { Datum: 16, CallSiteSP: 24, CallerReturnAddress: 32, CalleeSavedFP: 40 },
  Exception: {
    _message: 16, _innerException: 32, _stackTrace: 48, _watsonBuckets: 56, _stackTraceString: 64, _remoteStackTraceString: 72, _xcode: 104, _HResult: 108,
  },
};

/** The same for 32 bits, as far as the descriptor of .NET 10 leaves it out; checked against a dump of 10.0 (Windows). */
export const CORE_X86: LayoutTable = {
  FieldDesc: { '!': 12, MTOfEnclosingClass: 0, DWord1: 4, DWord2: 8 },
  SyncTableEntry: { Object: 4 },
  AwareLock: { State: 0, Recursion: 4, Owner: 8, OwnerOSId: 12 },
  RealCodeHeader: { DebugInfo: 0, EHInfo: 4 },
  InlinedCallFrame: { Datum: 8 },
};

/** Since .NET 9 a MethodDesc carries a pointer to its code data. */
export const SINCE_9_X64: LayoutTable = {
  MethodDesc: { '!': 16, EntryPointFlags: 3, CodeData: 8 },
};

/** Up to .NET 10 an exception in flight is named by a handle; since .NET 11 ThrownObject is the object (vm/exinfo.h). */
export const UP_TO_10_X64: LayoutTable = {
  ExceptionInfo: { PreviousNestedInfo: 0, ThrownObject: 8, ThrownObjectHandle: 'ThrownObject+0' },
};

/** The descriptor of .NET 10 says where ThrownObject is. */
export const UP_TO_10_X86: LayoutTable = {
  ExceptionInfo: { ThrownObjectHandle: 'ThrownObject+0' },
};
