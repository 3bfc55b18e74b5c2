import type { Lang } from '../bytes/index.ts';
import type { Inline, OutputNode } from './nodes.ts';
import { sanitize } from './sanitize.ts';
import { fileText } from './text.ts';

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => ENTITIES[c]);
}

function inline(part: Inline): string {
  if (typeof part === 'string') return escapeHtml(sanitize(part));
  const text = escapeHtml(sanitize(part.text));
  if (part.kind === 'styled') return `<span class="t-${part.style}">${text}</span>`;
  return `<span class="t-link" data-cmd="${escapeHtml(part.command)}">${text}</span>`;
}

/** A node as HTML, without its newline; the only markup comes from here. undefined for nodes that print nothing. */
export function renderHtml(node: OutputNode, lang: Lang): string | undefined {
  switch (node.kind) {
    case 'line': return node.parts.map(inline).join('');
    case 'row': return node.cells.map((cell) => {
      const text = typeof cell.content === 'string' ? cell.content : cell.content.text;
      const pad = ' '.repeat(Math.max(0, cell.width - text.length));
      return cell.align === 'right' ? pad + inline(cell.content) : inline(cell.content) + pad;
    }).join(node.gap ?? ' ');
    case 'message': return `<span class="t-${node.style}">${escapeHtml(sanitize(node.text[lang]))}</span>`;
    case 'file': return escapeHtml(sanitize(fileText(node)[lang]));
    case 'fact': case 'chunk': return undefined;
  }
}
