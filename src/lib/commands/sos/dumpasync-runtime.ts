import { hex } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import { isRuntimeAsyncTask, runtimeAsyncStack } from '../../heap/index.ts';
import type { AsyncObject } from '../../heap/index.ts';
import { line, link, progress, styled } from '../../output/index.ts';
import type { Inline, OutputNode, Progress } from '../../output/index.ts';
import type { MethodTable } from '../../runtime/index.ts';
import type { CommandContext } from '../context.ts';

const SLICE = 64;

/** Stacks of methods that the runtime itself suspends (.NET 11), which SOS leaves out: in the form of the others, numbered on from `shown`. */
export function* runtimeAsyncStacks(context: CommandContext, objects: ReadonlyMap<Address, AsyncObject>, wanted: (address: Address, table: MethodTable) => boolean, shown: number): Generator<OutputNode | Progress> {
  const { clr } = context;
  let done = 0;
  for (const { address, table } of objects.values()) {
    if (++done % SLICE === 0) yield progress(done, objects.size);
    if (!isRuntimeAsyncTask(clr, table)) continue;
    const stack = runtimeAsyncStack(clr, address);
    if (!stack || ![{ address, table }, ...stack.frames].some((f) => wanted(f.address, f.table))) continue;
    yield line(styled(`STACK ${++shown}`, 'strong'));
    let depth = 0;
    const awaited = stack.awaited ? clr.objects.find(stack.awaited) : undefined;
    if (awaited) yield row(context, depth++, stack.awaited, awaited, ' ', clr.types.name(awaited.address, 'managed'));
    for (const frame of stack.frames) {
      yield row(context, depth++, frame.address, frame.table, String(frame.state), frame.method);
      yield { kind: 'fact', subject: 'object', address: frame.address, values: { type: frame.method, state: String(frame.state), async: true, depth } };
    }
    yield row(context, depth, address, table, ' ', clr.types.name(table.address, 'managed'));
    yield line();
  }
}

function row({ memory }: CommandContext, depth: number, address: Address, table: MethodTable, state: string, text: string): OutputNode {
  const object: Inline = link(memory.hex(address), `!do ${hex(address)}`);
  return line('  '.repeat(depth), object, ' ', link(memory.hex(table.address), `!dumpmt ${hex(table.address)}`), ` (${state}) ${text}`);
}
