import type { Lang } from '../bytes/index.ts';
import type { OutputNode } from './nodes.ts';
import { inlineText, nodeText } from './text.ts';

/** A node as plain data: rows keep their cells, facts their values, links their commands. */
export function toJson(node: OutputNode, lang: Lang): object {
  switch (node.kind) {
    case 'row': return { kind: 'row', cells: node.cells.map((c) => inlineText(c.content)) };
    case 'fact': return { ...node, ...(node.address !== undefined && { address: `0x${node.address.toString(16)}` }) };
    case 'line': {
      const links = node.parts.flatMap((p) => (typeof p !== 'string' && p.kind === 'link' ? [{ text: p.text, command: p.command }] : []));
      return { kind: 'line', text: nodeText(node, lang), ...(links.length && { links }) };
    }
    case 'file': return { kind: 'file', name: node.file.name, mime: node.file.mime, size: node.size };
    case 'chunk': return { kind: 'chunk', name: node.file.name, size: node.bytes.byteLength };
    case 'message': return { kind: 'message', style: node.style, text: node.text[lang] };
  }
}
