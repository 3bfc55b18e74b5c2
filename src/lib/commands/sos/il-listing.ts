import { hex } from '../../bytes/index.ts';
import { instructions } from '../../image/index.ts';
import type { ExceptionClause, Instruction } from '../../image/index.ts';

/** Spells a metadata token. */
export type TokenName = (token: number) => string;

/** The lines of one instruction: the protected blocks that begin and end there, then itself; and the indentation that follows. */
export function ilStep(instruction: Instruction, clauses: readonly ExceptionClause[], name: TokenName, indent: number): { lines: string[]; indent: number } {
  const lines: string[] = [];
  let level = indent;
  const open = (word: string) => {
    lines.push(`${' '.repeat(level)}.${word}`, `${' '.repeat(level)}{`);
    level += 2;
  };
  const close = (word: string) => {
    level = Math.max(0, level - 2);
    lines.push(`${' '.repeat(level)}} // end .${word}`);
  };
  for (const clause of clauses) {
    const handler = clause.kind === 'finally' || clause.kind === 'fault' ? 'finally' : 'catch';
    if (clause.tryStart === instruction.offset) open('try');
    else if (clause.tryEnd === instruction.offset) close('try');
    if (clause.handlerStart === instruction.offset) open(handler);
    else if (clause.handlerEnd === instruction.offset) close(handler);
  }
  lines.push(`${' '.repeat(level)}${label(instruction.offset)}: ${instruction.name} ${operand(instruction, name)}`);
  return { lines, indent: level };
}

/** Instructions with the protected blocks around them, indented by two a level. */
export function* ilListing(code: Uint8Array, clauses: readonly ExceptionClause[], name: TokenName): Generator<string> {
  let indent = 0;
  for (const instruction of instructions(code)) {
    const step = ilStep(instruction, clauses, name, indent);
    yield* step.lines;
    indent = step.indent;
  }
}

const label = (offset: number) => `IL_${hex(Math.max(0, offset), 4)}`;

function operand(instruction: Instruction, name: TokenName): string {
  const { value } = instruction;
  switch (instruction.operand) {
    case 'none': return '';
    case 'var8':
    case 'var16': return `VAR OR ARG ${value}`;
    case 'branch8':
    case 'branch32': return label(Number(value));
    case 'token': return name(Number(value));
    case 'r4':
    case 'r8': return Number(value).toFixed(6);
    case 'switch': return `(${instruction.targets.map(label).join(', ')})`;
    default: return String(value);
  }
}
