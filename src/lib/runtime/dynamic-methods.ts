import { isDumpError } from '../bytes/index.ts';
import type { Address } from '../bytes/index.ts';
import { MethodKind } from './methods.ts';
import type { Method } from './methods.ts';
import type { Target } from './target.ts';

/** Where the handle lies in an LCGMethodResolver, in pointers: .NET 10 has the method's table before it. */
const HANDLES = [3, 2];

/**
 * Objects that may be the managed resolver of a method made at run time (System.Reflection.Emit.DynamicResolver). Behind the method's
 * name DynamicMethodDesc has m_pResolver, an LCGMethodResolver with its MethodDesc behind the vtable, then the handle
 * (vm/method.hpp, vm/dynamicmethod.h). Empty for IL stubs, whose resolver is another class.
 */
export function managedResolvers({ memory, layouts }: Target, method: Method): Address[] {
  if (method.kind !== MethodKind.Dynamic) return [];
  const size = memory.pointerSize;
  try {
    const resolver = memory.pointer(method.address + layouts.offset('DynamicMethodDesc', 'MethodName') + size);
    if (memory.pointer(resolver + size) !== method.address) return [];
    return HANDLES.flatMap((slot) => {
      const handle = memory.tryPointer(resolver + slot * size);
      const object = handle && memory.tryPointer(handle);
      return object ? [object] : [];
    });
  } catch (error) {
    if (isDumpError(error)) return [];
    throw error;
  }
}
