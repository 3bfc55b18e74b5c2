import { hex, isDumpError } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import type { AsyncObject, AsyncReader, StateMachine } from '../../heap/index.ts';
import { ElementType } from '../../image/index.ts';
import { line, link, progress, styled, thousands } from '../../output/index.ts';
import type { Inline, OutputNode, Progress } from '../../output/index.ts';
import type { Field } from '../../runtime/index.ts';
import type { CommandContext } from '../context.ts';
import { displayValue } from './dumpasync-fields.ts';

const MAX_FACTS = 2000;
const COLUMN = 16;
const MAX_DEPTH = 2000;
const SLICE = 64;
const AWAITER = '<>u__';
/** Flags worth a word beside a plain task. */
const FLAGS: readonly (readonly [flag: number, name: string])[] = [
  [0x10000, 'Started'], [0x20000, 'DelegateInvoked'], [0x40000, 'Disposed'], [0x80000, 'ExceptionObservedByParent'], [0x100000, 'CancellationAcknowledged'],
  [0x200000, 'Faulted'], [0x400000, 'Canceled'], [0x800000, 'WaitingOnChildren'], [0x1000000, 'RanToCompletion'], [0x4000000, 'CompletionReserved'],
];

export interface AsyncOptions { readonly tasks: boolean; readonly completed: boolean }

/** Prints async objects as stacks, as coalesced stacks and as statistics. */
export class AsyncText {
  readonly #context: CommandContext;
  readonly #reader: AsyncReader;
  readonly #objects: ReadonlyMap<Address, AsyncObject>;
  readonly #options: string;
  #facts = 0;

  constructor(context: CommandContext, reader: AsyncReader, objects: ReadonlyMap<Address, AsyncObject>, options: AsyncOptions) {
    this.#context = context;
    this.#reader = reader;
    this.#objects = objects;
    this.#options = `${options.tasks ? ' --tasks' : ''}${options.completed ? ' --completed' : ''}`;
  }

  *statistics(): Generator<OutputNode | Progress> {
    const counts = new Map<string, { table: Address; count: number }>();
    for (const { address, table } of this.#objects.values()) {
      const name = this.#describe(address);
      const known = counts.get(name);
      if (known) known.count++;
      else counts.set(name, { table: table.address, count: 1 });
    }
    yield line(styled(`${'MT'.padEnd(16)} ${'Count'.padEnd(8)} Type`, 'strong'));
    for (const [name, { table, count }] of [...counts].sort(([, a], [, b]) => b.count - a.count)) {
      yield line(...this.#table(table), ` ${thousands(count).padEnd(8)} ${name}`);
      yield { kind: 'fact', subject: 'type', address: table, values: { name, count, async: true } };
    }
  }

  *coalesced(tops: readonly AsyncObject[]): Generator<OutputNode | Progress> {
    if (tops.length > 0) yield* this.#level(tops.map((t) => t.address), 0, new Set());
  }

  *#level(frames: readonly Address[], depth: number, above: ReadonlySet<Address>): Generator<OutputNode | Progress> {
    yield progress(depth, depth + 1);
    const groups = new Map<string, Address[]>();
    for (const frame of frames) {
      const object = this.#objects.get(frame);
      const key = `${object?.isBox ? `(${object.state}) ` : ''}${this.#describe(frame)}`;
      const group = groups.get(key);
      if (group) group.push(frame);
      else groups.set(key, [frame]);
    }
    let id = 1;
    for (const [name, members] of [...groups].sort(([, a], [, b]) => b.length - a.length)) {
      if (depth === 0) yield line(styled(`STACKS ${id++}`, 'strong'));
      const table = this.#context.clr.objects.find(members[0])?.address ?? 0;
      yield line(`${'  '.repeat(depth)}[${members.length}] `, ...this.#table(table), ` ${name}`);
      // Damaged dumps can hold rings of continuations: an object is followed once on a path.
      const next = members.filter((m) => !above.has(m)).flatMap((m) => this.#objects.get(m)?.continuations ?? []);
      if (next.length > 0 && depth < MAX_DEPTH) yield* this.#level(next, depth + 1, new Set([...above, ...members]));
      if (depth === 0) yield line();
    }
  }

  *stacks(tops: readonly AsyncObject[], fields: boolean): Generator<OutputNode | Progress> {
    for (const [index, top] of tops.entries()) {
      if (index % SLICE === 0) yield progress(index, tops.length);
      yield line(styled(`STACK ${index + 1}`, 'strong'));
      const awaiting = this.#awaiting(top);
      if (awaiting) yield awaiting;
      yield* this.#frames(top, awaiting ? 1 : 0, fields);
      yield line();
    }
  }

  *#frames(top: AsyncObject, depth: number, fields: boolean): Generator<OutputNode> {
    const stack: { object: AsyncObject; depth: number }[] = [{ object: top, depth }];
    const seen = new Set<AsyncObject>();
    for (let frame = stack.pop(); frame; frame = stack.pop()) {
      const { object } = frame;
      if (seen.has(object)) continue;
      seen.add(object);
      const state = object.isBox ? String(object.state) : taskFlags(object.flags);
      const name = this.#describe(object.address);
      yield line('  '.repeat(frame.depth), ...this.#address(object.address), ' ', ...this.#table(object.table.address), ` (${state}) ${name}`);
      if (this.#facts++ < MAX_FACTS) yield { kind: 'fact', subject: 'object', address: object.address, values: { type: name, state, async: true, depth: frame.depth } };
      if (fields) yield* this.#fields(object, frame.depth + 4);
      for (const next of object.continuations) {
        const continuation = this.#objects.get(next);
        if (continuation) {
          stack.push({ object: continuation, depth: frame.depth + 1 });
          continue;
        }
        const flags = this.#reader.flags(next);
        const table = this.#context.clr.objects.find(next)?.address ?? 0;
        yield line('  '.repeat(frame.depth + 1), ...this.#address(next), ' ', ...this.#table(table), ` (${flags === undefined ? '' : taskFlags(flags)}) ${this.#describe(next)}`);
      }
    }
  }

  /**
   * What the top frame waits for. At await 0, or with a single awaiter field, it is that field; otherwise the first one
   * that is not zero, because the compiler clears awaiters it is done with.
   */
  #awaiting(top: AsyncObject): OutputNode | undefined {
    const machine = top.stateMachine;
    if (!machine || top.state < 0 || this.#reader.isCompleted(top.flags)) return undefined;
    const awaiters = this.#instanceFields(machine).filter((f) => f.name.startsWith(AWAITER));
    if (top.state === 0 || awaiters.length === 1) {
      const first = awaiters.find((f) => f.name === `${AWAITER}1`);
      return first && this.#awaiter(machine, first);
    }
    const used = awaiters.find((f) => this.#isUsed(machine, f));
    return used && this.#awaiter(machine, used);
  }

  #isUsed(machine: StateMachine, field: Field): boolean {
    const { memory, clr } = this.#context;
    const at = this.#reader.addressOf(machine, field);
    if (field.element !== ElementType.ValueType) return (memory.tryPointer(at) ?? 0) !== 0;
    const table = clr.types.find(clr.typeLookup.fieldType(field));
    const size = table ? table.baseSize - 2 * memory.pointerSize : 0;
    return size > 0 && memory.readUpTo(at, size).some((b) => b !== 0);
  }

  #awaiter(machine: StateMachine, field: Field): OutputNode | undefined {
    const { memory, clr } = this.#context;
    const at = this.#reader.addressOf(machine, field);
    if (field.element === ElementType.ValueType) {
      const type = clr.typeLookup.fieldType(field);
      if (!type) return undefined;
      return line('<< Awaiting: ', link(memory.hex(at), `!dumpvc ${hex(type)} ${hex(at)}`), ' ', link(memory.hex(type), `!dumpmt ${hex(type)}`), ` ${clr.types.name(type, 'managed')} >>`);
    }
    const object = memory.tryPointer(at) ?? 0;
    const table = clr.objects.find(object);
    // SOS puts no blank before the name of an awaiter that is an object.
    return table && line('<< Awaiting: ', link(this.#context.memory.hex(object), `!do ${hex(object)}`), ' ', link(this.#context.memory.hex(table.address), `!dumpmt ${hex(table.address)}`), `${clr.types.name(table.address, 'managed')} >>`);
  }

  #instanceFields(machine: StateMachine): Field[] {
    return this.#context.clr.fields.instance(machine.table).sort((a, b) => a.offset - b.offset);
  }

  *#fields(object: AsyncObject, depth: number): Generator<OutputNode> {
    const { clr, memory } = this.#context;
    const machine: StateMachine = object.stateMachine ?? { address: object.address, table: object.table, interior: false };
    const tabs = '  '.repeat(depth);
    yield line(styled(`${tabs}${'Address'.padStart(16)} ${'MT'.padStart(16)} ${'Type'.padEnd(32)} ${'Value'.padStart(16)} Name`, 'strong'));
    for (const field of clr.fields.instance(machine.table)) {
      const at = this.#reader.addressOf(machine, field);
      const type = clr.typeLookup.fieldType(field);
      const isValue = field.element !== ElementType.Class && field.element !== ElementType.Object && field.element !== ElementType.String && field.element !== ElementType.SzArray && field.element !== ElementType.Array;
      const target = isValue ? at : (memory.tryPointer(at) ?? 0);
      const address = this.#column(target, isValue ? `!dumpvc ${hex(type)} ${hex(at)}` : `!do ${hex(target)}`);
      // A type the process has not loaded has no name here.
      const name = type ? cut(clr.types.name(type, 'managed'), 32) : 'Object';
      let value = '';
      try {
        value = displayValue(this.#context, field, at);
      } catch (error) {
        if (!isDumpError(error)) throw error;
        value = '(unreadable)';
      }
      yield line(tabs, ...address, ' ', ...this.#column(type, `!dumpmt ${hex(type)}`), ` ${name.padEnd(32)} ${cut(value, 16).padStart(16)} ${field.name}`);
    }
  }

  /** The async method of a box; for other tasks their type and what they run. */
  #describe(object: Address): string {
    const { clr } = this.#context;
    const table = clr.objects.find(object);
    if (!table) return '';
    const name = clr.types.name(table.address, 'managed');
    if (this.#reader.isBox(table)) {
      const at = name.indexOf('StateMachineBox<');
      return at < 0 ? name : name.slice(at + 'StateMachineBox<'.length, -1);
    }
    const action = clr.managed.ref(object, 'm_action');
    if (action) {
      const method = clr.managed.delegateMethod(action);
      return method ? `${name} {${method.signature}}` : name;
    }
    return object === this.#sentinel() ? 'TaskCompletionSentinel' : name;
  }

  #sentinelAt: Address | undefined;
  #sentinel(): Address {
    const { managed } = this.#context.clr;
    if (this.#sentinelAt === undefined) {
      const task = managed.coreType('System.Threading.Tasks.Task');
      this.#sentinelAt = (task && managed.staticRef(task, 's_taskCompletionSentinel')) ?? 0;
    }
    return this.#sentinelAt;
  }

  /** A pointer in a column that is 16 wide whatever the target. */
  #column(value: Address, command: string): Inline[] {
    const text = this.#context.memory.hex(value);
    return [' '.repeat(COLUMN - text.length), link(text, command)];
  }

  #address(object: Address): Inline[] {
    return this.#column(object, `!dumpasync --address ${hex(object)}${this.#options} --fields`);
  }

  #table(table: Address): Inline[] {
    return this.#column(table, `!dumpasync --methodtable ${hex(table)}${this.#options}`);
  }
}

function taskFlags(flags: number): string {
  return FLAGS.filter(([flag]) => (flags & flag) !== 0).map(([, name]) => name).join('|') || ' ';
}

/** The end of a text that is too long. */
function cut(text: string, width: number): string {
  return text.length > width ? `...${text.slice(text.length - width + 3)}` : text;
}
