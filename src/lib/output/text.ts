import type { Lang } from '../bytes/index.ts';
import type { Inline, OutputNode, Row } from './nodes.ts';

/** Text of an inline piece, as it came from the command. */
export function inlineText(inline: Inline): string {
  return typeof inline === 'string' ? inline : inline.text;
}

/** Plain text of a row: cells padded, joined by the gap. */
export function rowText(row: Row): string {
  return row.cells
    .map((cell) => {
      const text = inlineText(cell.content);
      return cell.align === 'right' ? text.padStart(cell.width) : text.padEnd(cell.width);
    })
    .join(row.gap ?? ' ');
}

/** Plain text of a node without its newline; undefined for nodes that print nothing. */
export function nodeText(node: OutputNode, lang: Lang): string | undefined {
  switch (node.kind) {
    case 'line': return node.parts.map(inlineText).join('');
    case 'row': return rowText(node);
    case 'message': return node.text[lang];
    case 'fact': return undefined;
  }
}

/** Plain text of nodes, lines joined by newlines: what goldens are compared with. */
export function renderText(nodes: Iterable<OutputNode>, lang: Lang): string {
  const lines: string[] = [];
  for (const node of nodes) {
    const text = nodeText(node, lang);
    if (text !== undefined) lines.push(text);
  }
  return lines.join('\n');
}
