import { MethodKind } from '../../runtime/index.ts';
import type { Clr } from '../../heap/index.ts';
import type { Method } from '../../runtime/index.ts';

/** Stacks of several threads that begin alike, as a tree from the outermost call inwards. */
export interface MergedStack {
  /** Undefined at the root of all trees. */
  readonly method: Method | undefined;
  readonly threads: number[];
  readonly callees: MergedStack[];
}

/** Adds one thread's calls, outermost first. Calls are the same when their signatures are. */
export function addStack(root: MergedStack, thread: number, calls: readonly Method[]): void {
  let node = root;
  node.threads.push(thread);
  for (const method of calls) {
    let callee = node.callees.find((c) => c.method?.signature === method.signature);
    if (!callee) node.callees.push(callee = { method, threads: [], callees: [] });
    callee.threads.push(thread);
    node = callee;
  }
}

export interface MergedRow {
  readonly depth: number;
  /** Threads that begin here, or how many threads share the call. */
  readonly threads?: readonly number[];
  readonly count?: number;
  readonly method?: Method;
}

/** Rows of one tree, innermost calls first; a branch of fewer threads is one step further to the right. */
export function* rowsOf(root: MergedStack): Generator<MergedRow> {
  // An explicit stack: a hostile dump may nest calls as deep as the walker allows.
  const work: { node: MergedStack; depth: number; entered: boolean }[] = [{ node: root, depth: 0, entered: false }];
  for (let item = work.pop(); item; item = work.pop()) {
    const { node, depth, entered } = item;
    if (node.callees.length === 0) yield { depth, threads: node.threads };
    if (entered || node.callees.length === 0) {
      yield { depth, count: node.threads.length, method: node.method };
      continue;
    }
    const only = node.callees.length === 1 ? node.callees[0] : undefined;
    if (only && only.threads.length !== node.threads.length) {
      const deeper = new Set(only.threads);
      yield { depth, threads: [...new Set(node.threads)].filter((t) => !deeper.has(t)) };
    }
    work.push({ node, depth, entered: true });
    const callees = [...node.callees].sort((a, b) => a.threads.length - b.threads.length);
    for (const callee of callees.reverse()) work.push({ node: callee, depth: callee.threads.length === node.threads.length ? depth : depth + 1, entered: false });
  }
}

/** `Namespace.Type.Method(Int32, String)`: types of parameters without their namespaces, methods without their type arguments. */
export function shortCall(clr: Clr, method: Method): string {
  const { signature } = method;
  const open = signature.lastIndexOf('(');
  const parameters = open < 0 ? '' : splitParameters(signature.slice(open + 1, -1)).map(shortParameter).join(', ');
  // IL stubs have a type in this text, DynamicMethods have none.
  const dynamic = signature.startsWith('ILStubClass.') ? '(dynamicClass)' : '';
  const type = method.kind === MethodKind.Dynamic ? dynamic : clr.types.name(method.methodTable.address, 'managed');
  return `${type ? `${type}.` : ''}${method.name}(${parameters})`;
}

function splitParameters(text: string): string[] {
  return text ? text.split(', ') : [];
}

function shortParameter(text: string): string {
  const byref = text.endsWith(' ByRef');
  return shortType(byref ? text.slice(0, -' ByRef'.length) : text) + (byref ? ' ByRef' : '');
}

/** ``System.Collections.Generic.IDictionary`2<Int32,System.String>`` → `IDictionary<Int32,String>`. */
export function shortType(text: string): string {
  return text.replace(/[^<>,]+/g, (part) => part.slice(part.lastIndexOf('.') + 1).replace(/`\d+$/, ''));
}
