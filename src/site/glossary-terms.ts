import type { Element, ElementContent, Parents } from 'hast';
import type { HastPluginEntry } from 'satteri';
import type { Lang } from '../lib/bytes/index.ts';
import { GLOSSARY } from '../reference/glossary.ts';
import type { Term } from '../reference/glossary.ts';

/** Articles that explain terms; the glossary itself does not. */
const ARTICLES = /\/docs\/(en|zh-tw)\/(?:guide|kb|course)\/[^/]+\.mdx?$/;
/** Only running text: not headings, code, links, tables, nor anything of a component. */
const RUNNING = new Set(['p', 'li', 'ul', 'ol', 'em', 'strong', 'blockquote', 'section']);

const escaped = (word: string) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const HAN = /\p{Script=Han}/u;

/** Finds the terms of a language in running text, the longest first. */
export class TermFinder {
  readonly #pattern: RegExp;
  readonly #terms = new Map<string, Term>();

  constructor(lang: Lang) {
    const words = GLOSSARY.flatMap((term) => term.words[lang].map((word) => ({ word, term }))).sort((a, b) => b.word.length - a.word.length);
    for (const { word, term } of words) this.#terms.set(word.toLowerCase(), term);
    const one = (word: string) => {
      // Words of Latin letters stand alone; those without capitals are also found at the beginning of a sentence.
      const text = word === word.toLowerCase() ? word.replace(/^[a-z]/, (c) => `[${c}${c.toUpperCase()}]`).replace(/(?<=^\[..\]|^[^[]).*/, (rest) => escaped(rest)) : escaped(word);
      return HAN.test(word) ? text : `(?<![\\w.!-])${text}(?![\\w-]|\\.\\w)`;
    };
    this.#pattern = new RegExp(words.map(({ word }) => one(word)).join('|'), 'gu');
  }

  /** Terms in the order of the text; those in `seen` are passed over, and it takes up what is found. */
  find(text: string, seen: Set<string>): { at: number; text: string; term: Term }[] {
    const found: { at: number; text: string; term: Term }[] = [];
    for (const match of text.matchAll(this.#pattern)) {
      const term = this.#terms.get(match[0].toLowerCase());
      if (!term || seen.has(term.id)) continue;
      seen.add(term.id);
      found.push({ at: match.index, text: match[0], term });
    }
    return found;
  }
}

/**
 * Makes the first occurrence of each glossary term in an article a link to the glossary that carries its definition.
 * Without scripts it is a plain link; `client/glossary.ts` shows the definition beside it.
 */
export function glossaryTerms(base: string): HastPluginEntry {
  const finders = new Map<Lang, TermFinder>();
  return ({ fileURL }) => {
    const lang = ARTICLES.exec(fileURL?.pathname ?? '')?.[1] as Lang | undefined;
    if (!lang) return undefined;
    let finder = finders.get(lang);
    if (!finder) finders.set(lang, (finder = new TermFinder(lang)));
    const seen = new Set<string>();
    return {
      name: 'glossary-terms',
      text(node, ctx) {
        let above: Readonly<Parents> | undefined = ctx.parent(node);
        if (above?.type === 'root') return;
        for (; above && above.type !== 'root'; above = ctx.parent(above as Readonly<Element>)) {
          if (above.type !== 'element' || !RUNNING.has(above.tagName)) return;
        }
        const found = finder.find(node.value, seen);
        if (found.length === 0) return;
        const nodes: ElementContent[] = [];
        let from = 0;
        for (const { at, text, term } of found) {
          const id = `def-${term.id}`;
          const definition = term.means[lang].replaceAll('`', '');
          nodes.push(
            { type: 'text', value: node.value.slice(from, at) },
            { type: 'element', tagName: 'a', properties: { className: ['gloss'], href: `${base}${lang}/reference/glossary/#term-${term.id}`, 'aria-describedby': id }, children: [{ type: 'text', value: text }] },
            { type: 'element', tagName: 'span', properties: { className: ['gloss-def'], id, hidden: true, role: 'tooltip', 'data-pagefind-ignore': '' }, children: [{ type: 'element', tagName: 'b', properties: {}, children: [{ type: 'text', value: term.name[lang] }] }, { type: 'text', value: ` ${definition}` }] },
          );
          from = at + text.length;
        }
        nodes.push({ type: 'text', value: node.value.slice(from) });
        ctx.replaceNode(node, nodes);
      },
    };
  };
}
