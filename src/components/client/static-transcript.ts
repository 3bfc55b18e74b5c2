import { STRINGS } from './strings.ts';
import type { Lang } from '../../lib/bytes/index.ts';

/**
 * Makes the links of a static transcript usable by mouse, finger and keyboard. There are dozens of them: one is in the tab
 * order, the arrow keys go to the others (roving tabindex), Enter and Space run them.
 */
export function enableLinks(transcript: HTMLElement, lang: Lang, run: (command: string) => void): void {
  const links = [...transcript.querySelectorAll<HTMLElement>('.t-link[data-cmd]')];
  for (const [i, link] of links.entries()) {
    link.tabIndex = i === 0 ? 0 : -1;
    link.setAttribute('role', 'button');
    link.title = STRINGS[lang].runs(link.dataset['cmd'] ?? '');
  }
  const activate = (link: HTMLElement) => run(link.dataset['cmd'] ?? '');
  transcript.addEventListener('click', (event) => {
    const link = (event.target as Element).closest<HTMLElement>('.t-link[data-cmd]');
    if (link && !getSelection()?.toString()) activate(link);
  });
  transcript.addEventListener('keydown', (event) => {
    const at = links.indexOf(event.target as HTMLElement);
    if (at < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const last = links.length - 1;
    const to = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: last }[event.key];
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      activate(links[at]);
    } else if (to !== undefined) {
      event.preventDefault();
      const link = links[Math.max(0, Math.min(last, to))];
      links[at].tabIndex = -1;
      link.tabIndex = 0;
      link.focus();
    }
  });
}

/** Commands in the prose are code; with a terminal to run them they become buttons. */
export function enableChips(lang: Lang, run: (chip: HTMLElement, command: string) => void): void {
  for (const code of document.querySelectorAll<HTMLElement>('code.cmd[data-cmd]')) {
    const button = Object.assign(document.createElement('button'), { type: 'button', className: 'cmd-chip not-content', title: STRINGS[lang].runHere });
    button.setAttribute('translate', 'no');
    code.replaceWith(button);
    button.append(code);
    button.addEventListener('click', () => run(button, code.dataset['cmd'] ?? ''));
  }
}
