import type { LayoutTable } from '../layouts.ts';

/**
 * Explicit Frames of .NET 8 and 9 (x64). A Frame starts with its vtable there, and g_dacTable lists the vtables of all Frame
 * classes in the order of inc/vptr_list.h: the slot names the class, in every servicing build.
 */
const COM = ['ComMethodFrame', 'ComPlusMethodFrame', 'ComPrestubMethodFrame'] as const;
const FIRST = [
  'DebuggerClassInitMarkFrame', 'DebuggerSecurityCodeMarkFrame', 'DebuggerExitFrame', 'DebuggerU2MCatchHandlerFrame', 'FaultingExceptionFrame', 'FuncEvalFrame',
  'HelperMethodFrame', 'HelperMethodFrame_1OBJ', 'HelperMethodFrame_2OBJ', 'HelperMethodFrame_3OBJ', 'HelperMethodFrame_PROTECTOBJ', 'HijackFrame', 'InlinedCallFrame',
] as const;
const LAST = [
  'PInvokeCalliFrame', 'PrestubMethodFrame', 'ProtectByRefsFrame', 'ProtectValueClassFrame', 'ResumableFrame', 'RedirectedThreadFrame', 'StubDispatchFrame',
  'CallCountingHelperFrame', 'ExternalMethodFrame', 'DynamicHelperFrame', 'ExceptionFilterFrame',
] as const;

/** Names of Frame classes from a slot of g_dacTable on. */
export interface FrameSlots { readonly first: number; readonly names: readonly string[] }

/** By major version and operating system. .NET 10 numbers its Frames and needs none. */
export const FRAME_SLOTS: Readonly<Record<number, Readonly<Partial<Record<'windows' | 'linux', FrameSlots>>>>> = {
  8: { linux: { first: 123, names: [...FIRST, 'MulticastFrame', ...LAST] }, windows: { first: 132, names: [...COM, ...FIRST, 'MulticastFrame', ...LAST] } },
  9: { linux: { first: 125, names: [...FIRST, ...LAST] }, windows: { first: 134, names: [...COM, ...FIRST, ...LAST] } },
};

/**
 * HelperMethodFrame: method, entry of the runtime function, and the machine state, which is only filled in when somebody
 * walked the stack (ReturnAddress is its mark); until then it holds the place where it was captured (vm/frames.h,
 * vm/amd64/gmsamd64.cpp). Registers: Captured values, then Pointers to where callees saved them; on Unix Unwound values too.
 */
export const HELPER_FRAME: Readonly<Record<'windows' | 'linux', LayoutTable>> = {
  windows: { HelperMethodFrame: { MethodDesc: 0x10, FCallEntry: 0x28, Rip: 0x30, Rsp: 0x38, Captured: 0x40, Pointers: 0x80, ReturnAddress: 0xc0, CaptureRip: 0xc8, CaptureRsp: 0xd0, '!': 0xd8 } },
  linux: { HelperMethodFrame: { MethodDesc: 0x10, FCallEntry: 0x28, Rip: 0x30, Rsp: 0x38, Captured: 0x40, Pointers: 0x70, ReturnAddress: 0xa0, Unwound: 0xa8, CaptureRip: 0xd8, CaptureRsp: 0xe0, '!': 0xe8 } },
};

/** Order of CalleeSavedRegisters (vm/amd64/cgencpu.h). */
export const CALLEE_SAVED_ORDER = {
  windows: ['rdi', 'rsi', 'rbx', 'rbp', 'r12', 'r13', 'r14', 'r15'],
  linux: ['r12', 'r13', 'r14', 'r15', 'rbx', 'rbp'],
} as const;

/** ECHash: runtime functions by entry address; the table's slot lies before that of the sync table (dacvars.h). */
export const FCALL_HASH = { size: 127, next: 0, implementation: 8, methodDesc: 16 } as const;
