import { isDumpError } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import type { Dump } from '../../container/index.ts';
import { PeImage } from '../../image/index.ts';
import type { AddressSpace } from '../../memory/index.ts';

/** Words looked at on each step from Module over PEFile and PEImage to PEImageLayout (vm/ceeload.h, pefile.h, peimagelayout.h). */
const WORDS = [64, 16, 24, 4] as const;
const MAX_VOTERS = 6;
const MAX_MODULES = 2048;

/** Which image a Module belongs to: by following the same offsets from every Module. */
export interface ModuleImages {
  /** Base of the image; 0 when the way does not lead to a managed image. */
  imageOf(module: Address): Address;
  /** Offsets from Module to the image's base. */
  readonly way: readonly number[];
}

/** Bases of the images in the dump that carry metadata. */
export function managedImages(dump: Dump, memory: AddressSpace): ReadonlySet<Address> {
  const bases = new Set<Address>();
  for (const { base } of dump.modules.slice(0, MAX_MODULES)) {
    try {
      if (PeImage.openManaged(memory, base)) bases.add(base);
    } catch (error) {
      if (!isDumpError(error)) throw error;
    }
  }
  return bases;
}

/**
 * The offsets of Module's path to its image are not published: every way of up to four pointers that ends at a managed image is
 * tried from some modules, and the one that leads the most of them to images of their own wins, the shorter of equals.
 */
export function findModuleImages(memory: AddressSpace, modules: readonly Address[], images: ReadonlySet<Address>): ModuleImages | undefined {
  const votes = new Map<string, { readonly way: readonly number[]; readonly bases: Set<Address> }>();
  for (const module of modules.slice(0, MAX_VOTERS)) {
    for (const [way, base] of ways(memory, module, images)) {
      const key = way.join();
      let vote = votes.get(key);
      if (!vote) votes.set(key, (vote = { way, bases: new Set() }));
      vote.bases.add(base);
    }
  }
  const [best] = [...votes.values()].sort((a, b) => b.bases.size - a.bases.size || a.way.length - b.way.length);
  if (!best) return undefined;
  const { way } = best;
  return {
    way,
    imageOf(module) {
      let at = module;
      for (const offset of way) at = at ? (memory.tryPointer(at + offset) ?? 0) : 0;
      return images.has(at) ? at : 0;
    },
  };
}

function* ways(memory: AddressSpace, from: Address, images: ReadonlySet<Address>, prefix: readonly number[] = []): Generator<readonly [way: readonly number[], base: Address]> {
  const depth = prefix.length;
  const p = memory.pointerSize;
  for (let i = 0; i < WORDS[depth]; i++) {
    const value = memory.tryPointer(from + i * p);
    if (value === undefined) return;
    if (value < 0x10000 || value % p !== 0) continue;
    const way = [...prefix, i * p];
    if (images.has(value)) yield [way, value];
    else if (depth + 1 < WORDS.length) yield* ways(memory, value, images, way);
  }
}
