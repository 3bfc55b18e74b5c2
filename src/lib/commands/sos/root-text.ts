import { hex } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import type { Clr, HandleKind, PathLink, Root } from '../../heap/index.ts';
import { left, line, link, Table, thousands } from '../../output/index.ts';
import type { Inline, OutputNode } from '../../output/index.ts';
import type { ClrThread } from '../../runtime/index.ts';

/** How gcroot calls the kinds of handles. */
const HANDLE_NAMES: Readonly<Partial<Record<HandleKind, string>>> = {
  WeakShort: 'weak short handle', WeakLong: 'weak long handle', Strong: 'strong handle', Pinned: 'pinned handle', RefCount: 'ref counted handle',
  Dependent: 'dependent handle', AsyncPinned: 'async pinned handle', SizedRef: 'sized ref handle', WeakWinRT: 'weak WinRT handle',
};

const path = (pointerSize: 4 | 8) => new Table([left(0), left(2), left(2 * pointerSize), left(0), left(0)]);
const INDENT = ' '.repeat(9);
/** An object of a path is named by a fact up to here; chains of a list are as long as the list. */
const MAX_STEPS = 64;

/** The headings gcroot prints above a path: those that are the same as for the path before are left out. */
export class RootPrinter {
  readonly #clr: Clr;
  #last: Root | undefined;

  constructor(clr: Clr) {
    this.#clr = clr;
  }

  *print(root: Root): Generator<OutputNode> {
    const last = this.#last;
    this.#last = root;
    switch (root.kind) {
      case 'stack': {
        const { thread, stack } = root;
        const previous = last?.kind === 'stack' ? last : undefined;
        if (previous?.thread !== thread) yield line('Thread ', link(hex(thread.osId), threadCommand(this.#clr, thread)), ':');
        if (previous?.stack.frame !== stack.frame) yield line(...this.#frame(root));
        const { register, offset, location } = stack;
        const sign = offset > 0 ? '+' : offset < 0 ? '-' : '';
        const name = register !== undefined || offset !== 0 ? `${register ?? '???'}${sign}${offset ? hex(Math.abs(offset)) : ''}:` : '';
        yield line(`        ${name}${location ? ` ${hex(location, 16)}` : ''}`);
        break;
      }
      case 'finalizer':
        if (last?.kind !== 'finalizer') yield line('Finalizer Queue:');
        yield line(`    ${hex(root.address, 16)} (finalizer root)`);
        break;
      case 'handle':
        if (last?.kind !== 'handle') yield line('HandleTable:');
        yield line(`    ${hex(root.address, 16)} (${HANDLE_NAMES[root.handle.kind] ?? root.handle.kind})`);
        break;
      case 'thread static':
        // SOS has no heading for these: it does not follow them.
        if (last?.kind !== 'thread static') yield line('ThreadStaticVar:');
        yield line(`    ${hex(root.address, 16)} (thread ${hex(root.thread.osId)})`);
    }
  }

  /** Stack pointer, instruction pointer, `[Frame]` and method. */
  #frame({ stack: { frame } }: Root & { kind: 'stack' }): Inline[] {
    const method = frame.method ? (this.#clr.methods.find(frame.method)?.signature ?? 'UnknownType.UnknownMethod(...)') : '';
    const start = `    ${hex(frame.sp)}${frame.ip ? ` ${hex(frame.ip)}` : ''}`;
    if (frame.kind === 'managed') return [`${start} `, method];
    return [`${start} [${frame.name}] ${method ? ` (${method})` : ''}`];
  }
}

/** Terminals that play WinDbg switch threads with `~`, by the debugger's number. */
function threadCommand(clr: Clr, thread: ClrThread): string {
  const index = clr.target.dump.threads.findIndex((t) => t.id === thread.osId);
  return `~${index}s`;
}

/**
 * The objects of a path, one a line. With `statics`, the second one tells which static field holds it, when the path begins
 * in an object[]: that is where the runtime keeps them.
 */
export function* pathRows(clr: Clr, first: PathLink, statics: boolean): Generator<OutputNode> {
  const rows = path(clr.memory.pointerSize);
  let previous: Address = 0;
  let index = 0;
  for (let current: PathLink | undefined = first; current; current = current.next, index++) {
    const { object } = current;
    const table = clr.objects.find(object);
    const name = table ? clr.types.name(table.address, 'managed') : '';
    const dependent = clr.roots.dependents.get(previous)?.includes(object) ?? false;
    const extra = dependent ? '(dependent handle)' : statics && index === 1 ? staticName(clr, previous, object) : '';
    yield rows.row(INDENT, '->', link(clr.memory.shortHex(object), `!do ${hex(object)}`), name, extra);
    previous = object;
  }
}

/** `(static variable: <type of the field>.<name of the field>)`, as SOS prints it; empty when the array is not that of static fields. */
function staticName(clr: Clr, array: Address, object: Address): string {
  const table = clr.objects.find(array);
  if (!table?.isArray || clr.types.name(table.address, 'managed') !== 'System.Object[]') return '';
  const slots: Address[] = [];
  clr.references.forEach(array, table, (target, offset) => {
    if (target === object) slots.push(array + offset);
  });
  for (const slot of slots) {
    const field = clr.staticSlots.find(slot);
    if (!field) continue;
    const type = clr.typeLookup.fieldType(field);
    return `(static variable: ${type ? clr.types.name(type, 'managed') : 'Unknown'}.${field.name})`;
  }
  return '';
}

/** A fact about a path, for exercises: where it begins, what it goes through. */
export function pathFact(clr: Clr, root: Root, path: PathLink): OutputNode {
  const names: string[] = [];
  let objects = 0;
  for (let current: PathLink | undefined = path; current; current = current.next, objects++) {
    const table = clr.objects.find(current.object);
    if (names.length < MAX_STEPS) names.push(table ? clr.types.name(table.address, 'managed') : '');
  }
  return { kind: 'fact', subject: 'root', address: root.address, values: { kind: root.kind, object: hex(root.object), objects, path: names.join(' -> ') } };
}

export function uniqueRoots(count: number): OutputNode {
  return line(`Found ${thousands(count)} unique roots.`);
}
