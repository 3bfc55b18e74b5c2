import { describe, expect, test } from 'vitest';
import { BufferSource, ContractError, FormatError } from '../../src/lib/bytes/index.ts';
import { AddressSpace } from '../../src/lib/memory/index.ts';
import { parseDescriptor, readDescriptor, readDescriptors } from '../../src/lib/runtime/descriptor.ts';
import { findGcGlobals, Layouts } from '../../src/lib/runtime/index.ts';
import type { Target } from '../../src/lib/runtime/index.ts';

const BASE = 0x10000;
const SIZE = 0x4000;
/** Where the pieces of a descriptor lie: its header, the pointer table behind it, then its text. */
const POINTERS = 0x40;
const TEXT = 0x100;

/** Memory of a process in which descriptors are written by hand (docs/design/datacontracts/contract-descriptor.md). */
class Process {
  readonly bytes = new Uint8Array(SIZE);
  readonly #view = new DataView(this.bytes.buffer);

  u64(address: number, value: number): void {
    this.#view.setBigUint64(address - BASE, BigInt(value), true);
  }

  u32(address: number, value: number): void {
    this.#view.setUint32(address - BASE, value, true);
  }

  descriptor(at: number, json: unknown, pointers: readonly number[] = []): void {
    const text = new TextEncoder().encode(typeof json === 'string' ? json : JSON.stringify(json));
    this.bytes.set(new TextEncoder().encode('DNCCDAC\0'), at - BASE);
    this.u32(at + 8, 1);
    this.u32(at + 12, text.length);
    this.u64(at + 16, at + TEXT);
    this.u32(at + 24, pointers.length);
    this.u64(at + 32, at + POINTERS);
    pointers.forEach((value, i) => this.u64(at + POINTERS + 8 * i, value));
    this.bytes.set(text, at + TEXT - BASE);
  }

  memory(): AddressSpace {
    return new AddressSpace(new BufferSource(this.bytes), [{ address: BASE, size: SIZE, offset: 0 }], 8);
  }
}

describe('the compact form', () => {
  const text = `{"version":2,"baseline":"empty",
    "types":{"Thread":{"!":264,"Id":[8,"uint32"],"State":16,"Odd":"sixteen"},"Empty":{},},
    "globals":{"Plain":7,"Hex":["0x40","uint32"],"Big":["0xfffffffffffffffe","pointer"],"Negative":["-3","int32"],
      "Text":["Unix","string"],"Digits":["11","string"],"Variable":[[1],"pointer"],"Bare":[2],"Beyond":[[9],"pointer"]},
    "contracts":{"Thread":"c1","Loader":2},"subDescriptors":{"GC":[[1],"pointer"]}}`;
  const parsed = parseDescriptor(text, [0, 0x1234, 0x5678]);

  test('fields with and without a type, sizes, malformed ones left out', () => {
    expect(parsed.types).toEqual({ Thread: { '!': 264, Id: 8, State: 16 }, Empty: {} });
  });

  test('globals by value, by text, by the table of pointers', () => {
    expect(Object.fromEntries(parsed.globals)).toEqual({ Plain: 7, Hex: 64, Big: 0xfffffffffffffffen, Negative: -3, Text: 'Unix', Digits: '11', Variable: 0x1234, Bare: 0x5678 });
  });

  test('versions of contracts in both spellings, sub-descriptors by address', () => {
    expect(Object.fromEntries(parsed.contracts)).toEqual({ Thread: '1', Loader: '2' });
    expect(Object.fromEntries(parsed.subDescriptors)).toEqual({ GC: 0x1234 });
  });

  test('what is no JSON is refused', () => {
    expect(() => parseDescriptor('{"types":', [])).toThrow(FormatError);
  });
});

describe('descriptors in memory', () => {
  test('those that others refer to, each once, those of parts that did not start left out', () => {
    const process = new Process();
    process.u64(0x13f00, 0x11000);
    process.u64(0x13f08, 0);
    process.u64(0x13f10, 0x10000);
    process.descriptor(0x10000, { types: { A: { x: 1 } }, subDescriptors: { GC: [[1], 'pointer'], NotYet: [[2], 'pointer'] } }, [0, 0x13f00, 0x13f08]);
    process.descriptor(0x11000, { types: { B: { y: 2 } }, contracts: { GC: 'c1' }, subDescriptors: { Ring: [[0], 'pointer'] } }, [0x13f10]);
    const warnings: string[] = [];
    expect(readDescriptors(process.memory(), 0x10000, warnings).map((d) => Object.keys(d.types))).toEqual([['A'], ['B']]);
    expect(warnings).toEqual([]);
  });

  test('a damaged one is a warning, the others stay', () => {
    const process = new Process();
    process.u64(0x13f00, 0x12000);
    process.descriptor(0x10000, { types: { A: { x: 1 } }, subDescriptors: { GC: [[0], 'pointer'] } }, [0x13f00]);
    const warnings: string[] = [];
    expect(readDescriptors(process.memory(), 0x10000, warnings)).toHaveLength(1);
    expect(warnings).toEqual(['contract descriptor: no contract descriptor at 0x12000']);
  });

  test('sizes that cannot be are refused', () => {
    const process = new Process();
    process.descriptor(0x10000, {});
    process.u32(0x1000c, 0x7fffffff);
    expect(() => readDescriptor(process.memory(), 0x10000)).toThrow(FormatError);
  });
});

describe('the contract of the GC', () => {
  const TYPES = { GCHeap: { GenerationTable: 0x10, EphemeralHeapSegment: 0x20, AllocAllocated: 0x28, FinalizeQueue: 0x30, OomData: 0x38 }, Generation: { '!': 264, AllocationContext: 0, StartSegment: 56, AllocationStart: 64 } };
  /** Variables, 16 bytes each from 0x13000 on. */
  const VARIABLES = ['StructureInvalidCount', 'DynamicAdaptationMode', 'TotalCpuCount', 'NumHeaps', 'Heaps', 'HandleTableMap', 'GCHeapGenerationTable', 'GCHeapEphemeralHeapSegment', 'GCHeapAllocAllocated', 'GCHeapFinalizeQueue', 'GCHeapOomData'];
  const at = (name: string) => 0x13000 + 16 * VARIABLES.indexOf(name);

  function target(identifiers: string, options: { readonly version?: string; readonly without?: string; readonly values?: Readonly<Record<string, number>> } = {}): Target {
    const process = new Process();
    for (const [name, value] of Object.entries(options.values ?? {})) process.u64(name.startsWith('0x') ? Number(name) : at(name), value);
    const layouts = new Layouts();
    layouts.fill(TYPES);
    layouts.setGlobal('GCIdentifiers', identifiers);
    layouts.setGlobal('TotalGenerationCount', 5);
    for (const name of VARIABLES) if (name !== options.without) layouts.setGlobal(name, at(name));
    return { memory: process.memory(), layouts, contracts: new Map([['GC', options.version ?? '1']]), slots: [], runtime: { base: 0, end: 0 } } as unknown as Target;
  }

  test('workstation: the variables of its one heap, pointers followed and structures not', () => {
    const gc = findGcGlobals(target('workstation, segments, background,', { values: { GCHeapEphemeralHeapSegment: 0x111, GCHeapAllocAllocated: 0x222, GCHeapFinalizeQueue: 0x333, StructureInvalidCount: 1 } }));
    expect(gc).toEqual({
      source: 'contract GC, version 1', server: false, regions: false, generationSize: 264, generationCount: 5, generationFields: [0, 56, 64], inGc: true, handleTables: 1,
      handleTableMap: at('HandleTableMap'), dynamicAdaptation: undefined,
      heaps: [{ index: 0, address: 0, generationTable: at('GCHeapGenerationTable'), ephemeralSegment: 0x111, allocAllocated: 0x222, finalizeQueue: 0x333, oomInfo: at('GCHeapOomData') }],
    });
  });

  test('server: heaps by their array, tables by processors, DATAS where the GC has it', () => {
    const values = { NumHeaps: 2, Heaps: 0x13800, '0x13800': 0x13900, '0x13808': 0x13a00, '0x13920': 0x444, '0x13a28': 0x555, TotalCpuCount: 16, DynamicAdaptationMode: 1 };
    const gc = findGcGlobals(target('server, regions, background, dynamic_heap', { values }));
    expect([gc.server, gc.regions, gc.handleTables, gc.dynamicAdaptation, gc.generationFields[2]]).toEqual([true, true, 16, 1, -1]);
    expect(gc.heaps.map((h) => [h.index, h.address, h.generationTable, h.ephemeralSegment, h.allocAllocated, h.oomInfo])).toEqual([[0, 0x13900, 0x13910, 0x444, 0, 0x13938], [1, 0x13a00, 0x13a10, 0, 0x555, 0x13a38]]);
  });

  test('a count from the dump is bounded', () => {
    const gc = findGcGlobals(target('server, regions', { values: { NumHeaps: 0, Heaps: 0x13800, TotalCpuCount: 0xffffffff } }));
    expect(gc.handleTables).toBeLessThan(1 << 16);
  });

  test.each([
    ['a global', 'workstation, regions', 'HandleTableMap', /^contract GC, version 1: this runtime does not describe global HandleTableMap$/],
    ['a heap\'s variable', 'workstation, regions', 'GCHeapAllocAllocated', /^contract GC, version 1: .* GCHeapAllocAllocated$/],
    ['the heaps', 'server, regions', 'Heaps', /^contract GC, version 1: .* Heaps$/],
  ])('%s that is missing is named, and its contract', (_, identifiers, without, wanted) => {
    expect(() => findGcGlobals(target(identifiers, { without }))).toThrow(ContractError);
    expect(() => findGcGlobals(target(identifiers, { without }))).toThrow(wanted);
  });

  test('a version from the future is named', () => {
    expect(() => findGcGlobals(target('workstation, regions', { version: '9' }))).toThrow(/^contract GC, version 9: this version is not known here$/);
  });

  test('no contract and no table: neither is guessed', () => {
    const bare = { ...target('workstation'), contracts: new Map() } as Target;
    expect(() => findGcGlobals(bare)).toThrow(/^the GC of this runtime was not found$/);
  });
});
