import type { Lang, LocalText } from '../bytes/index.ts';
import { baseName } from './files.ts';
import { thousands } from './table.ts';
import type { FileWritten, Inline, Line, OutputNode, Row } from './nodes.ts';

/** Text of an inline piece, as it came from the command. */
export function inlineText(inline: Inline): string {
  return typeof inline === 'string' ? inline : inline.text;
}

/** The pieces of a line or row, with the padding of cells as pieces of their own. */
export function nodeParts(node: Line | Row): Inline[] {
  if (node.kind === 'line') return [...node.parts];
  return node.cells.flatMap((cell, i) => {
    const pad = ' '.repeat(Math.max(0, cell.width - inlineText(cell.content).length));
    const cellParts = cell.align === 'right' ? [pad, cell.content] : [cell.content, pad];
    return (i > 0 ? [node.gap ?? ' ', ...cellParts] : cellParts).filter((part) => part !== '');
  });
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

/** What is said of a written file. */
export function fileText({ file, size }: FileWritten): LocalText {
  const name = baseName(file.name);
  return { en: `File: ${name} (${thousands(size)} bytes)`, 'zh-tw': `檔案：${name}（${thousands(size)} 位元組）` };
}

/** Plain text of a node without its newline; undefined for nodes that print nothing. */
export function nodeText(node: OutputNode, lang: Lang): string | undefined {
  switch (node.kind) {
    case 'line': return node.parts.map(inlineText).join('');
    case 'row': return rowText(node);
    case 'message': return node.text[lang];
    case 'file': return fileText(node)[lang];
    case 'fact': case 'chunk': return undefined;
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
