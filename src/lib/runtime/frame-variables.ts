import { isDumpError } from '../bytes/index.ts';
import type { Address } from '../bytes/index.ts';
import type { Registers } from '../container/index.ts';
import { MethodDefColumn, readMethodBody, SignatureReader, Table } from '../image/index.ts';
import type { TypeSig } from '../image/index.ts';
import { AmbientSp, variableAt } from './debug-info/index.ts';
import type { DebugInfos, VariableHalf } from './debug-info/index.ts';
import { MethodKind } from './methods.ts';
import type { Method, Methods } from './methods.ts';
import type { StackFrame } from './stack-walk.ts';
import type { TypeLookup } from './type-lookup.ts';
import type { Types } from './types.ts';
import { registerSet, registerValues } from './unwind.ts';

const RSP = 4;
const MAX_VARIABLES = 4096;
/** Bytes of the primitive types whose values are narrower than a register (CorElementType). */
const SIZES: Readonly<Record<number, number>> = { 2: 1, 3: 2, 4: 1, 5: 1, 6: 2, 7: 2, 8: 4, 9: 4, 12: 4 };

/** An argument or local variable of a frame. */
export interface FrameVariable {
  /** Undefined: metadata has none (locals, arguments of dynamic methods, arguments without a row). */
  readonly name: string | undefined;
  /** Where all of it is; undefined when it is nowhere now, in two places, or in a floating-point register. */
  readonly place: { readonly kind: 'register' } | { readonly kind: 'memory'; readonly address: Address } | undefined;
  /** Zero for what is wider than a register; `missing` when it should be in memory that is not in the dump; undefined: nowhere. */
  readonly value: bigint | 'missing' | undefined;
}

/** In the order of the signature, `this` first. */
export interface FrameVariables {
  readonly parameters: readonly FrameVariable[];
  readonly locals: readonly FrameVariable[];
  /** What tells them is not in the dump, or damaged. */
  readonly incomplete: { readonly parameters: boolean; readonly locals: boolean };
}

type ManagedFrame = Extract<StackFrame, { kind: 'managed' }>;

/** Arguments and locals of frames as the debugger's interface finds them (debug/daccess/stack.cpp, ClrDataFrame; vm/util.cpp, NativeVarLocations). */
export class VariableReader {
  readonly #types: Types;
  readonly #methods: Methods;
  readonly #debugInfos: DebugInfos;
  readonly #lookup: TypeLookup;

  constructor(types: Types, methods: Methods, debugInfos: DebugInfos, lookup: TypeLookup) {
    this.#types = types;
    this.#methods = methods;
    this.#debugInfos = debugInfos;
    this.#lookup = lookup;
  }

  /** `thread`: the registers the walk began with. Empty lists for what the method has none of, or what is not in the dump. */
  of(frame: ManagedFrame, thread: Registers): FrameVariables {
    const method = this.#methods.find(frame.code.methodDesc);
    if (!method) return { parameters: [], locals: [], incomplete: { parameters: true, locals: true } };
    const info = this.#debugInfos.of(frame.code);
    const signature = attempt(() => this.#methods.signatureOf(method));
    const types = [...(signature?.hasThis ? [undefined] : []), ...(signature?.parameters ?? [])];
    const names = method.kind === MethodKind.Dynamic ? undefined : attempt(() => this.#types.moduleOf(method.methodTable).metadata?.parameterNames(method.token & 0xffffff));
    const nameOf = (i: number) => (signature?.hasThis ? (i === 0 ? 'this' : names?.get(i)) : names?.get(i + 1));
    const values = registerValues(this.#types.target.memory, frame.context, thread);
    const variable = (type: TypeSig | undefined, slot: number) => this.#value(frame, values, method, type, slot);
    const locals = attempt(() => this.#localTypes(method));
    return {
      parameters: types.map((type, i) => ({ name: nameOf(i), ...variable(type, i) })),
      locals: (locals ?? []).map((type, i) => ({ name: undefined, ...variable(type, types.length + i) })),
      incomplete: { parameters: !signature || !info, locals: !locals || !info },
    };
  }

  #localTypes(method: Method): TypeSig[] {
    const { image, metadata } = this.#types.moduleOf(method.methodTable);
    if (!image || !metadata || method.token === 0 || (method.kind !== MethodKind.IL && method.kind !== MethodKind.Instantiated)) return [];
    const rva = metadata.cell(Table.MethodDef, method.token & 0xffffff, MethodDefColumn.Rva);
    const at = rva ? image.address(rva) : undefined;
    const token = at === undefined ? 0 : readMethodBody(this.#types.target.memory, at).locals;
    if (token >>> 24 !== Table.StandAloneSig) return [];
    return new SignatureReader(metadata.blob(metadata.cell(Table.StandAloneSig, token & 0xffffff, 0))).locals().slice(0, MAX_VARIABLES);
  }

  #value(frame: ManagedFrame, values: Registers, method: Method, type: TypeSig | undefined, slot: number): Pick<FrameVariable, 'place' | 'value'> {
    const info = this.#debugInfos.of(frame.code);
    const location = info && variableAt(info, slot, frame.ip - frame.code.start);
    const { memory } = this.#types.target;
    switch (location?.kind) {
      case 'register': {
        const value = values[registerSet(memory.pointerSize).names[location.register] ?? ''] ?? 0n;
        if (location.byRef) return this.#memory(Number(value), this.#size(type, method));
        return { place: { kind: 'register' }, value: BigInt.asUintN(8 * this.#size(type, method), value) };
      }
      case 'stack': {
        const at = this.#base(frame, location) + location.offset;
        return this.#memory(location.byRef ? (memory.tryPointer(at) ?? 0) : at, this.#size(type, method));
      }
      case 'stack2': return { ...this.#memory(this.#base(frame, location) + location.offset, memory.pointerSize), value: 0n };
      case 'pair': return { place: undefined, value: location.parts.every((part) => this.#has(frame, part)) ? 0n : 'missing' };
      default: return { place: undefined, value: undefined };
    }
  }

  #has(frame: ManagedFrame, part: VariableHalf): boolean {
    return 'register' in part || this.#memory(this.#base(frame, part) + part.offset, this.#types.target.memory.pointerSize).value !== 'missing';
  }

  #base(frame: ManagedFrame, location: { readonly base: number }): Address {
    const ambient = location.base === AmbientSp[this.#types.target.memory.pointerSize];
    return frame.context.registers[ambient ? RSP : location.base] ?? 0;
  }

  #memory(address: Address, size: number): Pick<FrameVariable, 'place' | 'value'> {
    const { memory } = this.#types.target;
    const place = { kind: 'memory' as const, address };
    if (!memory.has(address, size)) return { place, value: 'missing' };
    const value = size === 8 ? memory.big64(address) : BigInt(size === 4 ? memory.u32(address) : size === 2 ? memory.u16(address) : memory.u8(address));
    return { place, value };
  }

  /** Bytes of a value: primitive types have theirs, everything else is taken for a whole word. */
  #size(type: TypeSig | undefined, method: Method): number {
    const word = this.#types.target.memory.pointerSize;
    if (type?.kind === 'primitive') return SIZES[type.element] ?? word;
    if (type?.kind !== 'var' && type?.kind !== 'mvar') return word;
    const args = type.kind === 'var' ? this.#types.typeArguments(method.methodTable) : this.#methods.methodArguments(method);
    const handle = args[type.index];
    const element = Object.keys(SIZES).find((e) => handle !== undefined && this.#lookup.primitive(Number(e)) === handle);
    return element === undefined ? word : SIZES[Number(element)];
  }
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!isDumpError(error)) throw error;
    return undefined;
  }
}
