import { line } from './nodes.ts';
import type { CommandRun, Inline, Line, OutputNode } from './nodes.ts';
import { nodeParts } from './text.ts';

/** Lines of a text as nodes; the last one stays open when the text does not end its line. */
export function* openLines(text: string): Generator<Line> {
  const parts = text.split('\n');
  const last = parts.pop() ?? '';
  for (const part of parts) yield line(part);
  if (last) yield { kind: 'line', parts: [last], open: true };
}

/** Joins lines that stay open with what is printed next, as it stands on a screen. No open line comes out. */
export function* joinLines(run: CommandRun): CommandRun {
  let open: Inline[] = [];
  for (const node of run) {
    if (node.kind === 'line' && node.open) open.push(...node.parts);
    else if (open.length > 0 && (node.kind === 'line' || node.kind === 'row')) {
      yield line(...open, ...nodeParts(node));
      open = [];
    } else if (open.length > 0 && ends(node)) {
      yield line(...open);
      open = [];
      yield node;
    } else yield node;
  }
  if (open.length > 0) yield line(...open);
}

/** Nodes that print on lines of their own. */
const ends = (node: OutputNode | { readonly kind: 'progress' }) => node.kind === 'message' || node.kind === 'file';
