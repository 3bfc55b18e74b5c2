import type { Lang } from '../bytes/index.ts';
import type { FileWritten, Inline, OutputNode, Style } from './nodes.ts';
import { sanitize } from './sanitize.ts';
import { fileText } from './text.ts';

const COLORS: Readonly<Record<Style, string>> = { strong: '1', dim: '2', error: '31', warning: '33', ok: '32' };
/** Scheme of the links terminals get; the rest is the command, percent-encoded. */
export const LINK_SCHEME = 'dumplab:';
/** Scheme of links to files that commands wrote; the rest is the file's name, percent-encoded. */
export const FILE_SCHEME = 'dumplab-file:';

export interface AnsiOptions {
  readonly lang: Lang;
  readonly color: boolean;
  /** OSC 8 hyperlinks that carry commands. */
  readonly links: boolean;
}

function styled(text: string, style: Style, options: AnsiOptions): string {
  return options.color ? `\x1b[${COLORS[style]}m${text}\x1b[0m` : text;
}

function inline(part: Inline, options: AnsiOptions): string {
  if (typeof part === 'string') return sanitize(part);
  const text = sanitize(part.text);
  if (part.kind === 'styled') return styled(text, part.style, options);
  if (!options.links) return text;
  return `\x1b]8;;${LINK_SCHEME}${encodeURIComponent(part.command)}\x1b\\${text}\x1b]8;;\x1b\\`;
}

function fileLink(text: string, node: FileWritten, options: AnsiOptions): string {
  return options.links ? `\x1b]8;;${FILE_SCHEME}${encodeURIComponent(node.file.name)}\x1b\\${text}\x1b]8;;\x1b\\` : text;
}

/** A node for a terminal, without its newline; undefined for nodes that print nothing. */
export function renderAnsi(node: OutputNode, options: AnsiOptions): string | undefined {
  switch (node.kind) {
    case 'line': return node.parts.map((p) => inline(p, options)).join('');
    case 'row': return node.cells.map((cell) => {
      const text = typeof cell.content === 'string' ? cell.content : cell.content.text;
      const pad = ' '.repeat(Math.max(0, cell.width - text.length));
      return cell.align === 'right' ? pad + inline(cell.content, options) : inline(cell.content, options) + pad;
    }).join(node.gap ?? ' ');
    case 'message': return styled(sanitize(node.text[options.lang]), node.style, options);
    case 'file': return fileLink(sanitize(fileText(node)[options.lang]), node, options);
    case 'fact': case 'chunk': return undefined;
  }
}
