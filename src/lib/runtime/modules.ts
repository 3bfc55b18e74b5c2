import { ContractError, isDumpError } from '../bytes/index.ts';
import type { Address } from '../bytes/index.ts';
import { Metadata, PeImage } from '../image/index.ts';
import { fileName } from './discovery.ts';
import type { Target } from './target.ts';

const MAX_BLOCKS = 4096;
const MAX_LOOKUP_PARTS = 1 << 16;

/** A managed module (vm/ceeload.h Module). */
export interface ClrModule {
  readonly address: Address;
  readonly assembly: Address;
  /** Address of the image, 0 for a dynamic module. */
  readonly base: Address;
  readonly path: string;
  readonly metadata: Metadata | undefined;
  readonly image: PeImage | undefined;
}

/** Names of the lookup tables every module has (ModuleLookupMap). */
export type LookupMap = 'TypeDefToMethodTableMap' | 'TypeRefToMethodTableMap' | 'MethodDefToDescMap' | 'FieldDefToDescMap' | 'MemberRefToDescMap' | 'ManifestModuleReferencesMap';

/** Managed modules and what is looked up through them. */
export class Modules {
  readonly #target: Target;
  readonly #known = new Map<Address, ClrModule>();
  #list: ClrModule[] | undefined;

  constructor(target: Target) {
    this.#target = target;
  }

  /** Every loaded module of the application domain, in load order. */
  list(): readonly ClrModule[] {
    this.#list ??= this.#enumerate();
    return this.#list;
  }

  /** Address of the only AppDomain of CoreCLR. */
  appDomain(): Address {
    const { memory, layouts } = this.#target;
    return memory.pointer(layouts.global('AppDomain'));
  }

  #enumerate(): ClrModule[] {
    const { inferred } = this.#target;
    if (inferred) return inferred.modules.flatMap((address) => this.#tryAt(address) ?? []);
    const { memory, layouts } = this.#target;
    // The list holds Assemblies since .NET 11, before that DomainAssemblies.
    const assemblies = layouts.tryOffset('AppDomain', 'AssemblyList');
    const list = this.appDomain() + (assemblies ?? layouts.offset('AppDomain', 'DomainAssemblyList'));
    const count = Math.min(memory.u32(list + layouts.offset('ArrayListBase', 'Count')), 1 << 16);
    let block = list + layouts.offset('ArrayListBase', 'FirstBlock');
    const result: ClrModule[] = [];
    for (let seen = 0, guard = 0; block && seen < count && guard < MAX_BLOCKS; guard++) {
      const size = Math.min(memory.u32(block + layouts.offset('ArrayListBlock', 'Size')), count - seen);
      const entries = block + layouts.offset('ArrayListBlock', 'ArrayStart');
      for (let i = 0; i < size; i++, seen++) {
        const entry = memory.tryPointer(entries + i * memory.pointerSize);
        const module = assemblies === undefined ? this.#ofDomainAssembly(entry) : this.#ofAssembly(entry);
        if (module) result.push(module);
      }
      block = memory.pointer(block + layouts.offset('ArrayListBlock', 'Next'));
    }
    return result;
  }

  #ofDomainAssembly(entry: Address | undefined): ClrModule | undefined {
    if (!entry) return undefined;
    const { memory, layouts } = this.#target;
    const direct = layouts.tryOffset('DomainAssembly', 'Module');
    if (direct === undefined) return this.#ofAssembly(memory.tryPointer(entry));
    const address = memory.tryPointer(entry + direct);
    return address ? this.#tryAt(address) : undefined;
  }

  #ofAssembly(assembly: Address | undefined): ClrModule | undefined {
    const { memory, layouts } = this.#target;
    const address = assembly ? memory.tryPointer(assembly + layouts.offset('Assembly', 'Module')) : 0;
    return address ? this.#tryAt(address) : undefined;
  }

  #tryAt(address: Address): ClrModule | undefined {
    try {
      return this.at(address);
    } catch (error) {
      if (isDumpError(error)) return undefined;
      throw error;
    }
  }

  /** The module at an address; its metadata is undefined when its pages are not in the dump. */
  at(address: Address): ClrModule {
    let module = this.#known.get(address);
    if (!module) this.#known.set(address, (module = this.#read(address)));
    return module;
  }

  #read(address: Address): ClrModule {
    const { memory, layouts } = this.#target;
    if (!memory.has(address, 64)) throw new ContractError(`no module at 0x${address.toString(16)}`);
    const base = this.#base(address);
    const assemblyAt = layouts.tryOffset('Module', 'Assembly');
    let opened: ReturnType<typeof PeImage.openManaged>;
    let metadata: Metadata | undefined;
    try {
      opened = base ? PeImage.openManaged(memory, base) : undefined;
      metadata = opened ? new Metadata(memory, opened.metadata, opened.size) : this.#dynamicMetadata(address);
    } catch (error) {
      if (!isDumpError(error)) throw error;
    }
    return {
      address, base, metadata, image: opened?.image,
      assembly: assemblyAt === undefined ? 0 : (memory.tryPointer(address + assemblyAt) ?? 0),
      path: this.#path(address),
    };
  }

  #base(address: Address): Address {
    const { memory, layouts, inferred } = this.#target;
    if (inferred) return inferred.imageOf(address);
    const direct = layouts.tryOffset('Module', 'Base');
    if (direct !== undefined) return memory.tryPointer(address + direct) ?? 0;
    const image = this.#image(address);
    const layout = image ? memory.tryPointer(image + layouts.offset('PEImage', 'LoadedImageLayout')) : 0;
    return layout ? (memory.tryPointer(layout + layouts.offset('PEImageLayout', 'Base')) ?? 0) : 0;
  }

  /** PEImage of a module, 0 for a dynamic one. */
  #image(address: Address): Address {
    const { memory, layouts } = this.#target;
    const assembly = memory.tryPointer(address + layouts.offset('Module', 'PEAssembly'));
    return assembly ? (memory.tryPointer(assembly + layouts.offset('PEAssembly', 'PEImage')) ?? 0) : 0;
  }

  #path(address: Address): string {
    const { memory, layouts, inferred, dump } = this.#target;
    if (inferred) return dump.modules.find((m) => m.base === inferred.imageOf(address))?.path ?? '';
    for (const field of ['Path', 'FileName']) {
      const offset = layouts.tryOffset('Module', field);
      const text = offset === undefined ? 0 : memory.tryPointer(address + offset);
      if (text && memory.has(text, 2)) {
        const path = memory.utf16(text);
        if (path) return path;
      }
    }
    // Up to .NET 8 only the image knows its path.
    const ofImage = layouts.tryOffset('PEImage', 'Path');
    const image = ofImage === undefined ? 0 : this.#image(address);
    const imagePath = image && memory.tryPointer(image + (ofImage ?? 0));
    if (imagePath && memory.has(imagePath, 2)) {
      const path = memory.utf16(imagePath);
      if (path) return path;
    }
    const simple = layouts.tryOffset('Module', 'SimpleName');
    const name = simple === undefined ? 0 : memory.tryPointer(address + simple);
    return name && memory.has(name) ? memory.utf8(name, 512) : '';
  }

  /** Reflection.Emit modules keep their metadata in a blob {size, data}. */
  #dynamicMetadata(address: Address): Metadata | undefined {
    const { memory, layouts } = this.#target;
    const offset = layouts.tryOffset('Module', 'DynamicMetadata');
    const blob = offset === undefined ? 0 : memory.tryPointer(address + offset);
    if (!blob) return undefined;
    const size = memory.u32(blob + layouts.offset('DynamicMetadata', 'Size'));
    return size ? new Metadata(memory, blob + layouts.offset('DynamicMetadata', 'Data'), size) : undefined;
  }

  /** Assembly name for type arguments: from the manifest, else the file name without extension. */
  assemblyName(module: ClrModule): string {
    return module.metadata?.assemblyName() ?? fileName(module.path).replace(/\.(dll|exe)$/i, '');
  }

  /** Entry of a ModuleLookupMap for a row, 0 when it is not loaded. */
  lookup(module: Address, map: LookupMap, rid: number): Address {
    const { memory, layouts } = this.#target;
    let part = module + layouts.offset('Module', map);
    const flags = layouts.has('ModuleLookupMap', 'SupportedFlagsMask') ? memory.pointer(part + layouts.offset('ModuleLookupMap', 'SupportedFlagsMask')) : 0;
    let index = rid;
    for (let guard = 0; part && guard < MAX_LOOKUP_PARTS; guard++) {
      const count = memory.u32(part + layouts.offset('ModuleLookupMap', 'Count'));
      if (index < count) {
        const entry = memory.tryPointer(memory.pointer(part + layouts.offset('ModuleLookupMap', 'TableData')) + index * memory.pointerSize) ?? 0;
        return entry - (entry % memory.pointerSize & flags);
      }
      index -= count;
      part = memory.pointer(part + layouts.offset('ModuleLookupMap', 'Next'));
    }
    return 0;
  }
}
