import type { Address } from '../bytes/index.ts';
import type { CodeManager } from './code.ts';
import { MethodKind } from './methods.ts';
import type { Method } from './methods.ts';
import type { Target } from './target.ts';

/** MethodDesc.Flags bits that add trailing slots (vm/method.hpp). */
const Slot = { NonVtable: 0x08, MethodImpl: 0x10, NativeCode: 0x20 } as const;
/** Size of each MethodDesc class by kind, x64 (vm/method.hpp); MethodDescs of .NET 8 and 9 are 8 bytes without CodeData. */
const CLASS_TYPES = ['MethodDesc', 'FCallMethodDesc', 'PInvokeMethodDesc', 'EEImplMethodDesc', 'ArrayMethodDesc', 'InstantiatedMethodDesc', 'CLRToCOMCallMethodDesc', 'DynamicMethodDesc'] as const;
/** MethodDescVersioningState.Flags: the code that was there before any tiering is the active one. */
const DEFAULT_VERSION_ACTIVE = 4;
/** NativeCodeVersionNode.Flags: this version is the active one. */
const ACTIVE_VERSION = 1;
const MAX_VERSIONS = 1000;

/**
 * Start of the code a method runs when it is called now. Tiered compilation gives a method several bodies; frames recorded
 * earlier lie in older ones. undefined when the method has not been compiled.
 */
export function activeNativeCode(target: Target, method: Method, code: CodeManager): Address | undefined {
  const { memory, layouts } = target;
  const codeData = layouts.has('MethodDescCodeData', 'VersioningState') ? memory.tryPointer(method.address + layouts.offset('MethodDesc', 'CodeData')) : 0;
  const state = codeData ? memory.tryPointer(codeData + layouts.offset('MethodDescCodeData', 'VersioningState')) : 0;
  if (state) {
    const flags = memory.u8(state + layouts.offset('MethodDescVersioningState', 'Flags'));
    if ((flags & DEFAULT_VERSION_ACTIVE) === 0) {
      let node = memory.pointer(state + layouts.offset('MethodDescVersioningState', 'NativeCodeVersionNode'));
      for (let i = 0; node && i < MAX_VERSIONS; i++) {
        if (memory.u32(node + layouts.offset('NativeCodeVersionNode', 'Flags')) & ACTIVE_VERSION) {
          const start = memory.pointer(node + layouts.offset('NativeCodeVersionNode', 'NativeCode'));
          return start || undefined;
        }
        node = memory.pointer(node + layouts.offset('NativeCodeVersionNode', 'Next'));
      }
    }
  }
  return nativeCodeSlot(target, method, code);
}

/** The slot behind the MethodDesc, if it has one and it points into code of this method. */
function nativeCodeSlot(target: Target, method: Method, code: CodeManager): Address | undefined {
  const { memory, layouts } = target;
  if ((method.flags & Slot.NativeCode) === 0) return undefined;
  const type = CLASS_TYPES[method.kind] ?? 'MethodDesc';
  const size = layouts.tryOffset(type, '!') ?? (method.kind === MethodKind.IL ? 16 : undefined);
  if (size === undefined) return undefined;
  const at = method.address + size + (method.flags & Slot.NonVtable ? 8 : 0) + (method.flags & Slot.MethodImpl ? 16 : 0);
  const start = memory.tryPointer(at);
  return start && code.find(start)?.methodDesc === method.address ? start : undefined;
}
