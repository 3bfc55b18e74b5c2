import { isDumpError } from '../bytes/index.ts';
import type { Address } from '../bytes/index.ts';
import { ElementType } from '../image/index.ts';
import type { Field, MethodTable } from '../runtime/index.ts';
import type { Clr } from './clr.ts';

/** Task.m_stateFlags: faulted, canceled or ran to completion. */
const COMPLETED = 0x1600000;
const BOX_PREFIX = 'System.Runtime.CompilerServices.AsyncTaskMethodBuilder<';
const MAX_LIST = 1 << 16;

/** The compiler's state machine inside a box: a structure in release builds, an object in debug builds. */
export interface StateMachine { readonly address: Address; readonly table: MethodTable; readonly interior: boolean }

/** A task or async method that has not completed: a frame of an async stack. */
export interface AsyncObject {
  readonly address: Address;
  readonly table: MethodTable;
  readonly flags: number;
  readonly stateMachine: StateMachine | undefined;
  /** True for the box of an async method. */
  readonly isBox: boolean;
  /** Which await it stands at; -1 while it runs or before it starts. */
  readonly state: number;
  /** What runs when it completes, in order. */
  readonly continuations: readonly Address[];
  /** False when another object continues with this one. */
  topLevel: boolean;
}

/** Reads tasks and async state machines, and follows what continues with what. */
export class AsyncReader {
  readonly #clr: Clr;
  readonly #task: MethodTable | undefined;
  readonly #isTask = new Map<MethodTable, boolean>();
  readonly #isBox = new Map<MethodTable, boolean>();

  constructor(clr: Clr) {
    this.#clr = clr;
    this.#task = clr.managed.coreType('System.Threading.Tasks.Task');
  }

  isTask(table: MethodTable): boolean {
    let known = this.#isTask.get(table);
    if (known === undefined) {
      known = !table.isFree && !table.isArray && this.#task !== undefined && this.#clr.types.derivesFrom(table, this.#task.address);
      this.#isTask.set(table, known);
    }
    return known;
  }

  /** True for AsyncStateMachineBox of any builder; told by name, as SOS does. */
  isBox(table: MethodTable): boolean {
    let known = this.#isBox.get(table);
    if (known === undefined) {
      const name = this.#clr.types.name(table.address, 'managed');
      known = name.startsWith(BOX_PREFIX) && name.includes('AsyncStateMachineBox', BOX_PREFIX.length);
      this.#isBox.set(table, known);
    }
    return known;
  }

  isCompleted(flags: number): boolean {
    return (flags & COMPLETED) !== 0;
  }

  flags(object: Address): number | undefined {
    return this.#clr.managed.u32(object, 'm_stateFlags');
  }

  /** Everything about a task object; undefined when its state cannot be read. */
  read(address: Address, table: MethodTable): AsyncObject | undefined {
    const flags = this.flags(address);
    if (flags === undefined) return undefined;
    const isBox = this.isBox(table);
    const stateMachine = isBox ? this.#stateMachine(address, table) : undefined;
    const stateAt = stateMachine && this.fieldAt(stateMachine, '<>1__state');
    let state = 0;
    try {
      if (stateAt !== undefined) state = this.#clr.memory.i32(stateAt);
    } catch (error) {
      if (!isDumpError(error)) throw error;
    }
    return { address, table, flags, isBox, stateMachine, state, continuations: this.#continuations(address), topLevel: true };
  }

  /** Address of a field of the state machine. */
  fieldAt(machine: StateMachine, name: string): Address | undefined {
    const field = this.#clr.managed.field(machine.table, name);
    return field && this.addressOf(machine, field);
  }

  addressOf(machine: StateMachine, field: Field): Address {
    return machine.address + field.offset + (machine.interior ? 0 : this.#clr.target.shape.fields);
  }

  #stateMachine(box: Address, table: MethodTable): StateMachine | undefined {
    const { managed, types, typeLookup } = this.#clr;
    const field = managed.field(table, 'StateMachine');
    if (!field) return undefined;
    if (field.element === ElementType.ValueType) {
      const type = types.find(this.#instantiated(table) || typeLookup.fieldType(field));
      return type && { address: box + this.#clr.target.shape.fields + field.offset, table: type, interior: true };
    }
    const target = managed.ref(box, 'StateMachine');
    const type = target ? this.#clr.objects.find(target) : undefined;
    return target && type ? { address: target, table: type, interior: false } : undefined;
  }

  /** The state machine is the last type argument of its box, exact where the field's own type is shared code's. */
  #instantiated(table: MethodTable): Address {
    return this.#clr.types.typeArguments(table).at(-1) ?? 0;
  }

  #continuations(object: Address): Address[] {
    const { managed } = this.#clr;
    const direct = managed.ref(object, 'm_continuationObject');
    if (!direct) return [];
    const continuation = this.#resolve(direct);
    if (!managed.typeName(continuation).startsWith('System.Collections.Generic.List<')) return [continuation];
    const items = managed.ref(continuation, '_items');
    const result: Address[] = [];
    for (const item of items ? managed.elements(items) : []) {
      if (result.length >= MAX_LIST) break;
      if (item && this.#clr.objects.find(item)) result.push(this.#resolve(item));
    }
    return result;
  }

  /** From wrappers and delegates to the task or box that really goes on. */
  #resolve(continuation: Address): Address {
    const { managed, objects } = this.#clr;
    const table = objects.find(continuation);
    if (table && this.isTask(table) && this.isBox(table)) return continuation;
    const task = managed.ref(continuation, 'm_task');
    if (task) return task;
    let current = managed.ref(continuation, 'm_action') || continuation;
    const target = managed.ref(current, '_target');
    if (!target) return current;
    current = target;
    if (managed.typeName(current) !== 'System.Runtime.CompilerServices.AsyncMethodBuilderCore+ContinuationWrapper') return current;
    const inner = managed.ref(current, '_continuation');
    if (!inner) return current;
    return managed.ref(inner, '_target') || inner;
  }
}
