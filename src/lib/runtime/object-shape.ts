/** How objects lie in the heap: what follows from the width of a pointer (vm/object.h, gc/gc.cpp min_obj_size, gcdesc.h). */
export interface ObjectShape {
  readonly pointerSize: 4 | 8;
  /** Bytes of the smallest object; also what an allocation context leaves unformatted behind its limit. */
  readonly minSize: number;
  /** Smallest BaseSize of a type with instances. */
  readonly minBaseSize: number;
  /** Objects begin at multiples of this. */
  readonly alignment: number;
  /** The same for large and pinned objects. */
  readonly largeAlignment: number;
  /** Low bits of an object's first word that are not part of its MethodTable's address. */
  readonly markBits: number;
  /** Where fields begin, behind the MethodTable pointer; also where arrays and strings have their length. */
  readonly fields: number;
  /** First character of a string. */
  readonly chars: number;
  /** First element of a one-dimensional array. */
  readonly elements: number;
}

const SHAPES: Readonly<Record<4 | 8, ObjectShape>> = {
  // The smallest type with instances is String on 64 bits, Object on 32.
  8: { pointerSize: 8, minSize: 24, minBaseSize: 22, alignment: 8, largeAlignment: 8, markBits: 7, fields: 8, chars: 12, elements: 16 },
  4: { pointerSize: 4, minSize: 12, minBaseSize: 12, alignment: 4, largeAlignment: 8, markBits: 3, fields: 4, chars: 8, elements: 8 },
};

export function objectShape(pointerSize: 4 | 8): ObjectShape {
  return SHAPES[pointerSize];
}
