import { hex } from '../../bytes/index.ts';
import { stackReferences } from '../../heap/index.ts';
import type { StackReference } from '../../heap/index.ts';
import { line, link } from '../../output/index.ts';
import type { OutputNode } from '../../output/index.ts';
import type { ClrThread, StackFrame } from '../../runtime/index.ts';
import type { CommandContext } from '../context.ts';

/** SOS's buffer for a type's name, and for the text of a string. */
const MAX_TYPE = 127;
const MAX_TEXT = 31;

/** References of a thread's frames for `clrstack -gc`, found once and given frame by frame. */
export class FrameReferences {
  readonly #context: CommandContext;
  readonly #references: readonly StackReference[];

  constructor(context: CommandContext, thread: ClrThread) {
    this.#context = context;
    this.#references = [...stackReferences(context.clr, thread)];
  }

  /** One line a reference, in the column of the call sites. */
  *of(frame: StackFrame): Generator<OutputNode> {
    const { memory } = this.#context;
    const indent = ' '.repeat(4 * memory.pointerSize + 2);
    for (const reference of this.#references) {
      const { frame: where, register, offset, location, value, interior, pinned } = reference;
      if (where.sp !== frame.sp || (frame.kind === 'managed' && where.ip !== frame.ip)) continue;
      const place = register === undefined ? '' : `${register}${offset > 0 ? '+' : offset < 0 ? '-' : ''}${offset ? hex(Math.abs(offset)) : ''}: `;
      const text = memory.hex(value);
      // A string's line breaks break the line, as on a console.
      const [type, ...more] = interior ? [' (interior)'] : value ? ` - ${this.#typeText(value)}`.replaceAll('\r', '').split('\n') : [''];
      yield line(`${indent}${place}${location ? `${memory.hex(location)} -> ` : ''}`, value && !interior ? link(text, `!dumpobj ${hex(value)}`) : text, `${pinned ? ' (pinned)' : ''}${type}`);
      for (const rest of more) yield line(rest);
    }
  }

  #typeText(object: number): string {
    const { clr } = this.#context;
    const table = clr.objects.find(object);
    if (!table) return '<invalid object>';
    const name = clr.types.name(table.address, 'sos');
    const text = table.isString ? `${name}: "${(clr.objects.tryString(object, MAX_TEXT) ?? '').slice(0, MAX_TEXT)}"` : name;
    return text.slice(0, MAX_TYPE);
  }
}
