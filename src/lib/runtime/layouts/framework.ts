import type { LayoutTable } from '../layouts.ts';

/**
 * .NET Framework 4.x (clr.dll) publishes nothing. These tables are the nearest public relative's: the VM of CoreCLR 1.0
 * (vm/methodtable.h, class.h, method.hpp, object.h), which was forked from the 4.6 sources. They are guesses until a dump agrees:
 * the reader measures how far it does (framework/confidence.ts).
 *
 * CanonTag and IndirectTag: low bits of EEClassOrCanonMT for a pointer to the canonical MethodTable, and to a cell with it.
 * IndirectParentFlag: MTFlags bit of a parent behind a cell. ModuleOverrideFlag: MTFlags2 bit of a type that is not of its loader module.
 */
export const FRAMEWORK_X64: LayoutTable = {
  MethodTable: {
    '!': 64, MTFlags: 0, BaseSize: 4, MTFlags2: 8, Token16: 10, NumVirtuals: 12, NumInterfaces: 14, ParentMethodTable: 16, Module: 24, AuxiliaryData: 32, EEClassOrCanonMT: 40,
    PerInstInfo: 48, CanonTag: 2, IndirectTag: 3, IndirectParentFlag: 0x00800000, ModuleOverrideFlag: 0x10,
  },
  EEClass: { MethodTable: 16, FieldDescList: 24, MethodDescChunk: 32 },
  FieldDesc: { '!': 16, MTOfEnclosingClass: 0, DWord1: 8, DWord2: 12 },
  Object: { m_pMethTab: 0 },
  String: { m_StringLength: 8, m_FirstChar: 12 },
  Array: { '!': 16, m_NumComponents: 8 },
  GenericsDictInfo: { NumDicts: 4, NumTypeArgs: 6 },
  TypeDesc: { TypeAndFlags: 0 },
  ParamTypeDesc: { TypeArg: 16 },
  TypeVarTypeDesc: { Module: 8, Token: 24 },
  MethodDescChunk: { '!': 24, MethodTable: 0, Next: 8, Size: 16, Count: 17, FlagsAndTokenRange: 18 },
  MethodDesc: { '!': 8, Flags3AndTokenRemainder: 0, ChunkIndex: 2, Slot: 4, Flags: 6 },
  InstantiatedMethodDesc: { '!': 32, PerInstInfo: 16, Flags2: 24, NumGenericArgs: 26 },
  StackTraceArray: { '!': 16 },
  Exception: { _message: 32, _innerException: 48, _stackTrace: 64, _watsonBuckets: 72, _stackTraceString: 80, _remoteStackTraceString: 88, _HResult: 140, _xcode: 144 },
};

export const FRAMEWORK_X86: LayoutTable = {
  MethodTable: {
    '!': 40, MTFlags: 0, BaseSize: 4, MTFlags2: 8, Token16: 10, NumVirtuals: 12, NumInterfaces: 14, ParentMethodTable: 16, Module: 20, AuxiliaryData: 24, EEClassOrCanonMT: 28,
    PerInstInfo: 32, CanonTag: 2, IndirectTag: 3, IndirectParentFlag: 0x00800000, ModuleOverrideFlag: 0x10,
  },
  EEClass: { MethodTable: 8, FieldDescList: 12, MethodDescChunk: 16 },
  FieldDesc: { '!': 12, MTOfEnclosingClass: 0, DWord1: 4, DWord2: 8 },
  Object: { m_pMethTab: 0 },
  String: { m_StringLength: 4, m_FirstChar: 8 },
  Array: { '!': 8, m_NumComponents: 4 },
  GenericsDictInfo: { NumDicts: 0, NumTypeArgs: 2 },
  TypeDesc: { TypeAndFlags: 0 },
  ParamTypeDesc: { TypeArg: 8 },
  TypeVarTypeDesc: { Module: 4, Token: 12 },
  MethodDescChunk: { '!': 12, MethodTable: 0, Next: 4, Size: 8, Count: 9, FlagsAndTokenRange: 10 },
  MethodDesc: { '!': 8, Flags3AndTokenRemainder: 0, ChunkIndex: 2, Slot: 4, Flags: 6 },
  InstantiatedMethodDesc: { '!': 20, PerInstInfo: 12, Flags2: 16, NumGenericArgs: 18 },
  StackTraceArray: { '!': 8 },
  Exception: { _message: 16, _innerException: 24, _stackTrace: 32, _watsonBuckets: 36, _stackTraceString: 40, _remoteStackTraceString: 44, _HResult: 64, _xcode: 72 },
};

/** Token bits a MethodDesc keeps itself (METHOD_TOKEN_REMAINDER_BIT_COUNT of CoreCLR 1.0). */
export const FRAMEWORK_TOKEN_REMAINDER_BITS = 14;
