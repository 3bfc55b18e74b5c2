import type { Address } from '../bytes/index.ts';
import type { MethodTable } from '../runtime/index.ts';
import type { Clr } from './clr.ts';

const TASK = 'System.Runtime.CompilerServices.AsyncHelpers+RuntimeAsyncTask';
const MAX_FRAMES = 2000;

/** An async method that waits: the object that holds its variables, the method, and at which of its waits it stands. */
export interface RuntimeAsyncFrame { readonly address: Address; readonly table: MethodTable; readonly state: number; readonly method: string }

/** Methods that wait for each other, innermost first, and what the innermost waits for (0: not known). */
export interface RuntimeAsyncStack { readonly awaited: Address; readonly frames: readonly RuntimeAsyncFrame[] }

/** True for the task of an async method that the runtime itself suspends (.NET 11). */
export function isRuntimeAsyncTask(clr: Clr, table: MethodTable): boolean {
  return clr.types.name(table.address, 'managed').startsWith(TASK);
}

/**
 * What such a task waits in: its state object leads to a chain of continuations, each of which names the code it resumes
 * (vm/object.h ContinuationObject; described by the descriptor). undefined when it does not wait.
 */
export function runtimeAsyncStack(clr: Clr, task: Address): RuntimeAsyncStack | undefined {
  const { memory, managed, objects, code, methods, target: { layouts } } = clr;
  const field = (name: string) => layouts.tryOffset('ContinuationObject', name);
  const [next, info, stateAt] = [field('Next'), field('ResumeInfo'), field('State')];
  const diagnosticIp = layouts.tryOffset('AsyncResumeInfo', 'DiagnosticIP');
  const first = managed.ref(task, 'm_stateObject');
  if (next === undefined || info === undefined || stateAt === undefined || diagnosticIp === undefined || !first) return undefined;
  const frames: RuntimeAsyncFrame[] = [];
  const seen = new Set<Address>();
  for (let at = first; at && !seen.has(at) && seen.size < MAX_FRAMES; at = memory.tryPointer(at + next) ?? 0) {
    seen.add(at);
    const table = objects.find(at);
    if (!table || !/Continuation/.test(clr.types.name(table.address, 'managed'))) break;
    const resume = memory.tryPointer(at + info) ?? 0;
    const ip = resume ? (memory.tryPointer(resume + diagnosticIp) ?? 0) : 0;
    const found = ip ? code.find(ip) : undefined;
    const method = found && methods.find(found.methodDesc)?.signature;
    if (method) frames.push({ address: at, table, state: memory.tryU32(at + stateAt) ?? 0, method });
  }
  return frames.length ? { awaited: managed.ref(first, 'Task') ?? 0, frames } : undefined;
}
