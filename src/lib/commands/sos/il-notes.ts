import { hex, isDumpError } from '../../bytes/index.ts';
import { instructions, readMethodBody } from '../../image/index.ts';
import type { Instruction } from '../../image/index.ts';
import type { Bound, CodeInfo, Method } from '../../runtime/index.ts';
import type { CommandContext } from '../context.ts';
import { ilAddress } from './dumpil.ts';
import { ilListing, ilStep } from './il-listing.ts';
import type { TokenName } from './il-listing.ts';
import { IlNames } from './il-names.ts';
import { upper } from './pointer-text.ts';

/** A stretch of native code, offsets from the method's start. */
interface Stretch { readonly il: number; readonly start: number; readonly end: number }
/** IL instructions that stand before the native code of their stretch. */
interface Group { readonly stretch: Stretch; readonly instructions: Instruction[] }

/** IL beside native code, as SOS's u -il has it (Strike/strike.cpp): the whole IL first, then each group before the native code made of it. */
export interface IlNotes {
  readonly map: readonly string[];
  readonly listing: readonly string[];
  at(offset: number): Generator<string>;
}

/** undefined when the debug info is not there; a method without IL, or whose image is not in the dump, has a map only. */
export function ilNotes(context: CommandContext, method: Method, code: CodeInfo): IlNotes | undefined {
  const info = context.clr.debugInfos.of(code);
  if (!info) return undefined;
  const stretches = info.bounds.map((bound, i): Stretch => ({ il: bound.il, start: bound.native, end: endOf(info.bounds, i) }));
  const map = stretches.map((s) => `${hex(s.il >>> 0, 8)} ${upper(context, code.start + s.start)} ${upper(context, code.start + s.end)}`);
  const body = readIl(context, method);
  if (!body || stretches.length === 0) return { map, listing: [], *at() {} };
  const groups = grouped([...instructions(body.code)], stretches);
  let indent = 0;
  return {
    map,
    listing: [...ilListing(body.code, body.clauses, body.name)],
    *at(offset) {
      const index = groups.findIndex(({ stretch }) => offset >= stretch.start && offset < stretch.end);
      if (index < 0) return;
      for (const instruction of groups.splice(index, 1)[0].instructions) {
        const step = ilStep(instruction, body.clauses, body.name, indent);
        yield* step.lines;
        indent = step.indent;
      }
    },
  };
}

/** A stretch ends where the next begins; the last one's end is not known, and is told as 0. */
function endOf(bounds: readonly Bound[], index: number): number {
  return bounds[index + 1]?.native ?? 0;
}

/** Groups begin at instructions with native code of their own; those without belong to the group before. */
function grouped(list: readonly Instruction[], stretches: readonly Stretch[]): Group[] {
  const groups: Group[] = [];
  for (const instruction of list) {
    const stretch = stretches.find((s) => s.il === instruction.offset && s.end > s.start);
    if (stretch) groups.push({ stretch, instructions: [instruction] });
    else groups.at(-1)?.instructions.push(instruction);
  }
  return groups;
}

function readIl(context: CommandContext, method: Method) {
  const module = context.clr.types.moduleOf(method.methodTable);
  const at = ilAddress(module, method.token);
  if (!at || !module.metadata) return undefined;
  try {
    const { code, clauses } = readMethodBody(context.memory, at);
    const names = new IlNames(module.metadata);
    const name: TokenName = (token) => names.token(token);
    return { code, clauses, name };
  } catch (error) {
    if (isDumpError(error)) return undefined;
    throw error;
  }
}
