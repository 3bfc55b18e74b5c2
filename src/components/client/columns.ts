import type { Lang } from '../../lib/bytes/index.ts';
import { nodeText } from '../../lib/output/index.ts';
import type { OutputNode } from '../../lib/output/index.ts';

/** A table may make the terminal this wide; longer rows wrap. */
export const MAX_COLUMNS = 200;
/** Widths grow in steps, so that a listing does not lay out the screen anew for every row. */
const STEP = 20;
const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/;
const ASCII = /^[\x20-\x7e]*$/;

/** Columns a text takes: wide for Han, kana, Hangul and full-width forms. */
export function displayWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  let total = 0;
  for (const c of text) total += WIDE.test(c) ? 2 : 1;
  return total;
}

/** A line of one piece is a sentence or a stack frame: it wraps where it is seen to end. Others have columns. */
export function isProse(node: OutputNode): boolean {
  return node.kind === 'message' || (node.kind === 'line' && node.parts.length === 1 && typeof node.parts[0] === 'string');
}

/**
 * How many columns the screen needs so that no table of `nodes` breaks: as many as fit, or as many as the widest row takes
 * (the terminal then scrolls sideways).
 */
export function columnsFor(nodes: readonly OutputNode[], lang: Lang, fitting: number): number {
  let need = fitting;
  for (const node of nodes) {
    if (node.kind === 'fact' || node.kind === 'chunk' || isProse(node)) continue;
    const width = displayWidth((nodeText(node, lang) ?? '').trimEnd());
    if (width > need) need = Math.min(MAX_COLUMNS, width);
  }
  return need === fitting ? fitting : Math.min(MAX_COLUMNS, Math.ceil(need / STEP) * STEP);
}

/** Continued lines stand this much further in than the line they continue. */
const HANG = 4;

/** Breaks a line at blanks (and between Han characters) into lines of at most `columns`; words longer than a line break anywhere. */
export function wrapProse(text: string, columns: number): string[] {
  if (displayWidth(text) <= columns) return [text];
  const indent = Math.min(columns >> 1, text.length - text.trimStart().length + HANG);
  const lines: string[] = [];
  let current = '';
  let width = 0;
  const next = () => {
    lines.push(current.trimEnd());
    current = ' '.repeat(indent);
    width = indent;
  };
  for (const word of text.match(/[\u2e80-\u9fff][\u3000-\u303f\uff00-\uff60]*|[^\s\u2e80-\u9fff]+\s*|\s+/g) ?? []) {
    const wordWidth = displayWidth(word.trimEnd());
    if (wordWidth > columns - indent) {
      for (const c of word) {
        const w = displayWidth(c);
        if (width + w > columns) next();
        current += c;
        width += w;
      }
      continue;
    }
    if (width + wordWidth > columns) next();
    current += word;
    width += displayWidth(word);
  }
  if (current.trim()) lines.push(current.trimEnd());
  return lines;
}
