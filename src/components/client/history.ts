/** Commands a terminal has run, and the text of each answer: for exercises, links and the notebook. */
export interface Ran { readonly command: string; readonly text: string }

/** Answers kept for pinning; older ones are only named. */
const KEPT = 40;
const histories = new WeakMap<Element, Ran[]>();

export function historyOf(terminal: Element): readonly Ran[] {
  return histories.get(terminal) ?? [];
}

export function commandsOf(terminal: Element): string[] {
  return historyOf(terminal).map((r) => r.command);
}

// In the capturing phase: whoever else listens finds the command here.
document.addEventListener('dumplab:done', (event) => {
  const terminal = event.target as Element;
  const ran = histories.get(terminal) ?? [];
  ran.push((event as CustomEvent<Ran>).detail);
  const old = ran.at(-1 - KEPT);
  if (old) ran[ran.length - 1 - KEPT] = { command: old.command, text: '' };
  histories.set(terminal, ran);
}, true);
