import type { Lang } from '../../lib/bytes/index.ts';
import { renderText } from '../../lib/output/index.ts';
import type { OutputNode } from '../../lib/output/index.ts';
import { STRINGS } from './strings.ts';

/** Rows of one answer that are drawn at once, and its last rows, which are drawn at the end. */
const HEAD = 4000;
const TAIL = 400;
const MAX_LINKS = 24;
/** Characters kept for "save the whole answer". */
const MAX_TEXT = 64 << 20;
/** Read to screen readers: this many rows from the beginning and the end, in pieces of a few rows. */
const SPOKEN_HEAD = 12;
const SPOKEN_TAIL = 4;
/** Answers up to this many rows are read as text to choose from; of longer ones only the ends are. */
const SPOKEN_WHOLE = 200;
const PIECE = 4;

const visible = (node: OutputNode) => node.kind !== 'fact' && node.kind !== 'chunk';

/**
 * What a command answers, as it arrives. A screen of 50,000 rows helps nobody and costs seconds on a phone: the head is
 * shown, the middle kept as text, the tail shown when the command is done.
 */
export class Answer {
  readonly #lang: Lang;
  readonly #links = new Map<string, string>();
  readonly #text: string[] = [];
  readonly #first: OutputNode[] = [];
  #tail: OutputNode[] = [];
  #characters = 0;
  #lines = 0;
  #shown = 0;

  constructor(lang: Lang) {
    this.#lang = lang;
  }

  /** Takes nodes; gives those to draw now. */
  take(nodes: readonly OutputNode[]): readonly OutputNode[] {
    const rows = nodes.filter(visible);
    this.#lines += rows.length;
    if (this.#characters < MAX_TEXT && rows.length) {
      const text = `${renderText(rows, this.#lang)}\n`;
      this.#text.push(text);
      this.#characters += text.length;
    }
    if (this.#first.length < HEAD) this.#first.push(...rows);
    for (const node of rows) this.#collectLinks(node);
    const now = rows.slice(0, Math.max(0, HEAD - this.#shown));
    this.#shown += now.length;
    if (now.length < rows.length) {
      this.#tail.push(...rows.slice(now.length));
      if (this.#tail.length > 4 * TAIL) this.#tail = this.#tail.slice(-TAIL);
    }
    return now;
  }

  /** What is left to draw when the command is done: the tail, and a note when rows were left out. */
  finish(): readonly OutputNode[] {
    const left = this.#lines - this.#shown;
    if (left <= 0) return [];
    const tail = this.#tail.slice(-TAIL);
    const skipped = left - tail.length;
    if (skipped <= 0) return tail;
    return [{ kind: 'message', style: 'warning', text: { en: STRINGS.en.notDrawn(skipped), 'zh-tw': STRINGS['zh-tw'].notDrawn(skipped) } }, ...tail];
  }

  /** True when the screen does not show all of it. */
  get cut(): boolean {
    return this.#lines > HEAD + TAIL;
  }

  get lines(): number {
    return this.#lines;
  }

  /** The whole text, in pieces. */
  get text(): readonly string[] {
    return this.#text;
  }

  /** Commands behind the links, newest last. */
  get links(): readonly string[] {
    return [...this.#links.keys()];
  }

  #collectLinks(node: OutputNode): void {
    if (this.#links.size >= MAX_LINKS) return;
    const parts = node.kind === 'line' ? node.parts : node.kind === 'row' ? node.cells.map((c) => c.content) : [];
    for (const part of parts) if (typeof part !== 'string' && part.kind === 'link' && this.#links.size < MAX_LINKS) this.#links.set(part.command, part.text);
  }

  /** The answer as a screen reader hears it: its first rows, how many follow, its last ones. */
  spoken(): readonly string[] {
    const rows = (nodes: readonly OutputNode[]) => renderText(nodes, this.#lang).split('\n').map((row) => row.replace(/\s{2,}/g, ' ').trim()).filter(Boolean);
    const all = this.#lines <= SPOKEN_WHOLE ? rows(this.#first) : undefined;
    const last = this.#lines <= HEAD ? this.#first : this.#tail;
    const head = (all ?? rows(this.#first.slice(0, SPOKEN_HEAD))).slice(0, SPOKEN_HEAD);
    const tail = all ? all.slice(Math.max(SPOKEN_HEAD, all.length - SPOKEN_TAIL)) : rows(last.slice(-SPOKEN_TAIL));
    const between = (all?.length ?? this.#lines) - head.length - tail.length;
    const pieces: string[] = [];
    for (let i = 0; i < head.length; i += PIECE) pieces.push(head.slice(i, i + PIECE).join('\n'));
    if (between > 0) pieces.push(STRINGS[this.#lang].more(between));
    if (tail.length) pieces.push(tail.join('\n'));
    return pieces;
  }
}
