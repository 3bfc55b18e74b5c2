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

/**
 * How many columns the screen needs so that no table of `nodes` breaks: as many as fit, or as many as the widest row takes
 * (the terminal then scrolls sideways). Text longer than a table ever is may wrap, it is prose.
 */
export function columnsFor(nodes: readonly OutputNode[], lang: Lang, fitting: number): number {
  let need = fitting;
  for (const node of nodes) {
    if (node.kind !== 'row' && node.kind !== 'line') continue;
    const width = displayWidth((nodeText(node, lang) ?? '').trimEnd());
    if (width > need && (node.kind === 'row' || width <= MAX_COLUMNS)) need = Math.min(MAX_COLUMNS, width);
  }
  return need === fitting ? fitting : Math.min(MAX_COLUMNS, Math.ceil(need / STEP) * STEP);
}

/** Breaks prose at blanks (and between Han characters) into lines of at most `columns`; what has no blank stays whole. */
export function wrapProse(text: string, columns: number): string {
  const lines: string[] = [];
  for (const paragraph of text.split('\n')) {
    let current = '';
    let width = 0;
    for (const word of paragraph.match(/[\u2e80-\u9fff][\u3000-\u303f\uff00-\uff60]*|[^\s\u2e80-\u9fff]+\s*|\s+/g) ?? []) {
      const wordWidth = displayWidth(word.trimEnd());
      if (current && width + wordWidth > columns) {
        lines.push(current.trimEnd());
        current = '';
        width = 0;
      }
      current += word;
      width += displayWidth(word);
    }
    lines.push(current.trimEnd());
  }
  return lines.join('\n');
}
