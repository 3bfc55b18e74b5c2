import type { Address } from '../bytes/index.ts';
import type { Dump, Registers } from '../container/index.ts';
import { SymbolFiles } from '../image/index.ts';
import type { AddressSpace } from '../memory/index.ts';
import { CodeManager, DebugInfos, Fields, findGcGlobals, JitHelpers, Methods, Modules, openTarget, SourceLines, StackWalker, Threads, TypeLookup, Types, unwindManaged, VariableReader } from '../runtime/index.ts';
import type { ClrThread, GcGlobals, ManagedSide, Target } from '../runtime/index.ts';
import { Exceptions } from './exceptions.ts';
import { Managed } from './managed.ts';
import { readHandles } from './handles.ts';
import type { Handle } from './handles.ts';
import { Objects } from './objects.ts';
import { References } from './references.ts';
import { Roots } from './roots.ts';
import { readSegments } from './segments.ts';
import type { HeapSegment } from './segments.ts';
import { StaticSlots } from './static-slots.ts';
import { HeapWalker } from './walk.ts';

const NONE: ReadonlyMap<Address, Address> = new Map();

/** The .NET runtime of a dump: everything commands ask is reached from here. Parts are built on first use. */
export class Clr {
  readonly target: Target;
  readonly modules: Modules;
  readonly types: Types;
  readonly fields: Fields;
  readonly typeLookup: TypeLookup;
  readonly methods: Methods;
  readonly threads: Threads;
  readonly code: CodeManager;
  readonly helpers: JitHelpers;
  readonly stacks: StackWalker;
  readonly debugInfos: DebugInfos;
  readonly variables: VariableReader;
  readonly sourceLines: SourceLines;
  readonly objects: Objects;
  readonly exceptions: Exceptions;
  readonly references: References;
  readonly managed: Managed;
  readonly roots: Roots;
  readonly staticSlots: StaticSlots;
  #gc: GcGlobals | undefined;
  #handles: readonly Handle[] | undefined;
  #segments: readonly HeapSegment[] | undefined;
  #contexts: ReadonlyMap<Address, Address> | undefined;

  constructor(target: Target, symbols: SymbolFiles) {
    this.target = target;
    this.modules = new Modules(target);
    this.types = new Types(target, this.modules);
    this.fields = new Fields(this.types);
    this.typeLookup = new TypeLookup(this.types);
    this.methods = new Methods(this.types);
    this.threads = new Threads(target);
    this.code = new CodeManager(target, this.methods);
    this.helpers = new JitHelpers(target);
    this.stacks = new StackWalker(target, this.code);
    this.debugInfos = new DebugInfos(target);
    this.variables = new VariableReader(this.types, this.methods, this.debugInfos, this.typeLookup);
    this.sourceLines = new SourceLines(this.types, this.methods, this.code, this.debugInfos, symbols);
    this.objects = new Objects(this.types);
    this.exceptions = new Exceptions(this.types, this.objects);
    this.references = new References(this.types, this.objects);
    this.managed = new Managed(this);
    this.roots = new Roots(this);
    this.staticSlots = new StaticSlots(this);
  }

  get memory(): AddressSpace {
    return this.target.memory;
  }

  get gc(): GcGlobals {
    this.#gc ??= findGcGlobals(this.target);
    return this.#gc;
  }

  /** True when the dump was taken in the middle of a GC; unknown, hence false, where the GC's variables are not read. */
  get inGc(): boolean {
    return this.target.inferred === undefined && this.gc.inGc;
  }

  /** Segments in the order of the GC's own lists. */
  get segments(): readonly HeapSegment[] {
    const { inferred } = this.target;
    this.#segments ??= inferred ? inferred.segments.map((s) => ({ ...s, heap: 0, generations: undefined })) : readSegments(this.target, this.gc);
    return this.#segments;
  }

  /** GC handles that hold an object. */
  get handles(): readonly Handle[] {
    this.#handles ??= readHandles(this.target, this.gc);
    return this.#handles;
  }

  /** What a walk over native and managed frames asks of the runtime; `from` as in StackWalker.walk. */
  stackSide(registers: Registers, thread: ClrThread | undefined, from: Address = 0): ManagedSide {
    return {
      code: (ip) => this.code.find(ip),
      unwind: (code, context) => unwindManaged(this.target, code, context),
      frames: () => (thread ? this.stacks.walk(registers, thread.frame, from) : []),
    };
  }

  segmentOf(address: Address): HeapSegment | undefined {
    return this.segments.find((s) => address >= s.start && address < s.end);
  }

  /** Allocation contexts: from the pointer to the limit there are no objects yet. */
  get allocationContexts(): ReadonlyMap<Address, Address> {
    // Unknown where the heap was found by its shape: the walk takes their zeros for what they are.
    if (this.target.inferred) return NONE;
    if (!this.#contexts) {
      const contexts = new Map<Address, Address>();
      for (const { allocContext } of this.threads.list()) {
        if (allocContext?.pointer) contexts.set(allocContext.pointer, allocContext.limit);
      }
      for (const heap of this.gc.heaps) {
        const at = heap.generationTable + this.gc.generationFields[0];
        const pointer = this.memory.tryPointer(at);
        if (pointer) contexts.set(pointer, this.memory.pointer(at + this.memory.pointerSize));
      }
      this.#contexts = contexts;
    }
    return this.#contexts;
  }

  /** A walk over the given segments, all by default in address order. */
  walk(segments: readonly HeapSegment[] = this.segmentsByAddress()): HeapWalker {
    return new HeapWalker(this.memory, this.types, segments, this.allocationContexts);
  }

  segmentsByAddress(): HeapSegment[] {
    return [...this.segments].sort((a, b) => a.start - b.start);
  }
}

/** Opens the runtime in a dump; throws ContractError when there is none we can read. `symbols`: the PDBs at hand beside those in images. */
export function openClr(dump: Dump, memory: AddressSpace, symbols = new SymbolFiles()): Clr {
  return new Clr(openTarget(dump, memory), symbols);
}
