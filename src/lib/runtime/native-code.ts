import type { Address } from '../bytes/index.ts';
import type { CodeManager } from './code.ts';
import { MethodKind } from './methods.ts';
import type { Method } from './methods.ts';
import type { Target } from './target.ts';

/** MethodDesc.Flags bits that add trailing slots (vm/method.hpp). */
const Slot = { NonVtable: 0x08, MethodImpl: 0x10, NativeCode: 0x20 } as const;
/** MethodDesc classes by kind (vm/method.hpp); MethodDescs of .NET 8 and 9 are 8 bytes without CodeData. */
const CLASS_TYPES = ['MethodDesc', 'FCallMethodDesc', 'PInvokeMethodDesc', 'EEImplMethodDesc', 'ArrayMethodDesc', 'InstantiatedMethodDesc', 'CLRToCOMCallMethodDesc', 'DynamicMethodDesc'] as const;
/** MethodDescVersioningState.Flags: the code that was there before any tiering is the active one. */
const DEFAULT_VERSION_ACTIVE = 4;
/** NativeCodeVersionNode.Flags: this version is the active one. */
const ACTIVE_VERSION = 1;
const MAX_VERSIONS = 1000;
/** MethodDesc.Flags3AndTokenRemainder: the method may be compiled again, better. */
const TIERED = 0x8000;
/** NativeCodeVersion::OptimizationTier (vm/codeversion.h), as SOS names them. */
const TIERS = ['QuickJitted', 'OptimizedTier1', 'OptimizedTier1OSR', 'Optimized', 'QuickJitted + Instrumented', 'OptimizedTier1 + Instrumented'] as const;

/** One body of a method: its start (0 when it is still to be compiled), the node that describes it (0 for the first body) and how it was compiled. */
export interface CodeVersion { readonly start: Address; readonly node: Address; readonly tier: string }

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

/** Every body a method has had, the first one last, as SOS lists them. The runtimes that do not describe their nodes give the first only. */
export function codeVersions(target: Target, method: Method, code: CodeManager): CodeVersion[] {
  const { memory, layouts } = target;
  const tiered = (memory.u16(method.address + layouts.offset('MethodDesc', 'Flags3AndTokenRemainder')) & TIERED) !== 0;
  const tierOf = (start: Address, tier: number) => (code.find(start)?.kind === 'r2r' ? 'ReadyToRun' : tiered ? (TIERS[tier] ?? 'Unknown Tier') : 'Optimized');
  const versions: CodeVersion[] = [];
  const codeData = layouts.has('MethodDescCodeData', 'VersioningState') ? memory.tryPointer(method.address + layouts.offset('MethodDesc', 'CodeData')) : 0;
  const state = codeData ? memory.tryPointer(codeData + layouts.offset('MethodDescCodeData', 'VersioningState')) : 0;
  let node = state ? memory.pointer(state + layouts.offset('MethodDescVersioningState', 'NativeCodeVersionNode')) : 0;
  for (let i = 0; node && i < MAX_VERSIONS; i++) {
    const start = memory.pointer(node + layouts.offset('NativeCodeVersionNode', 'NativeCode'));
    versions.unshift({ start, node, tier: tierOf(start, memory.u32(node + layouts.offset('NativeCodeVersionNode', 'OptimizationTier'))) });
    node = memory.pointer(node + layouts.offset('NativeCodeVersionNode', 'Next'));
  }
  const first = nativeCodeSlot(target, method, code) ?? 0;
  versions.push({ start: first, node: 0, tier: tierOf(first, 0) });
  return versions;
}

/** Bytes of a MethodDesc of this kind, without the slots behind it; undefined when the runtime does not tell. */
export function methodDescSize({ layouts }: Target, kind: number): number | undefined {
  return layouts.tryOffset(CLASS_TYPES[kind] ?? 'MethodDesc', '!') ?? (kind === MethodKind.IL ? 16 : undefined);
}

/** Bytes of a MethodDesc with the slots behind it. */
export function fullMethodDescSize(target: Target, { kind, flags }: { readonly kind: number; readonly flags: number }): number | undefined {
  const size = methodDescSize(target, kind);
  const p = target.memory.pointerSize;
  return size === undefined ? undefined : size + (flags & Slot.NonVtable ? p : 0) + (flags & Slot.MethodImpl ? 2 * p : 0) + (flags & Slot.NativeCode ? p : 0);
}

/** The slot behind the MethodDesc, if it has one and it points into code of this method. */
function nativeCodeSlot(target: Target, method: Method, code: CodeManager): Address | undefined {
  const { memory } = target;
  if ((method.flags & Slot.NativeCode) === 0) return undefined;
  const size = methodDescSize(target, method.kind);
  if (size === undefined) return undefined;
  const at = method.address + size + (method.flags & Slot.NonVtable ? memory.pointerSize : 0) + (method.flags & Slot.MethodImpl ? 2 * memory.pointerSize : 0);
  const start = memory.tryPointer(at);
  return start && code.find(start)?.methodDesc === method.address ? start : undefined;
}
