import type { Address } from '../../bytes/index.ts';
import type { Registers } from '../../container/index.ts';
import { line, link } from '../../output/index.ts';
import type { Inline, OutputNode } from '../../output/index.ts';
import { registerValues } from '../../runtime/index.ts';
import type { FrameContext, FrameVariable, FrameVariables } from '../../runtime/index.ts';
import type { CommandContext } from '../context.ts';
import { upper } from './pointer-text.ts';

/** PARAMETERS and LOCALS under a frame, and the empty line that ends it. `names`: those of locals by slot, which SOS does not show. */
export function* variablesText(context: CommandContext, variables: FrameVariables, show: { readonly parameters: boolean; readonly locals: boolean; readonly names?: ReadonlyMap<number, string> }): Generator<OutputNode> {
  if (show.parameters && variables.parameters.length) {
    yield line('    PARAMETERS:');
    let equals = false;
    for (const variable of variables.parameters) {
      // SOS goes on writing the sign once an argument had a place.
      equals ||= variable.place !== undefined;
      const name = variable.name ? `${variable.name} ` : '';
      const place = variable.place ? `(${placeText(context, variable.place)}) ` : '';
      yield line(`        ${name}${place}${name || equals ? '= ' : ''}`, valueText(context, variable));
    }
  }
  if (show.locals && variables.locals.length) {
    yield line('    LOCALS:');
    for (const [slot, variable] of variables.locals.entries()) {
      const name = show.names?.get(slot);
      const place = variable.place && placeText(context, variable.place);
      yield line(`        ${name ? `${name} ${place ? `(${place}) ` : ''}= ` : place ? `${place} = ` : ''}`, valueText(context, variable));
    }
  }
  yield line('');
}

function placeText(context: CommandContext, place: NonNullable<FrameVariable['place']>): string {
  return place.kind === 'register' ? '<CLR reg>' : `0x${upper(context, place.address)}`;
}

function valueText({ clr, memory }: CommandContext, { value }: FrameVariable): Inline {
  if (value === undefined) return '<no data>';
  if (value === 'missing') return '<unable to retrieve data>';
  const text = `0x${memory.hex(value)}`;
  const address: Address = Number(value);
  return value !== 0n && address % memory.pointerSize === 0 && clr.segmentOf(address) ? link(text, `!dumpobj ${value.toString(16)}`) : text;
}

/** Three registers a line, as the runtime's context has them where the frame stands. */
const ROWS = [['rsp', 'rbp', 'rip'], ['rax', 'rbx', 'rcx'], ['rdx', 'rsi', 'rdi'], ['r8', 'r9', 'r10'], ['r11', 'r12', 'r13'], ['r14', 'r15']] as const;

export function* registersText({ memory }: CommandContext, frame: FrameContext, thread: Registers): Generator<OutputNode> {
  const values = registerValues(memory, frame, thread);
  for (const row of ROWS) yield line(`    ${row.map((name) => `${name.padStart(3)}=${memory.hex(values[name] ?? 0n)}`).join(' ')}`);
}
