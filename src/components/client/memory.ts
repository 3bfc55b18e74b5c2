/** What a terminal was doing, so that another language (or a reload) finds it as it was. Kept for this tab only. */
export interface Remembered {
  /** Commands that ran, oldest first; they run again. */
  readonly commands: readonly string[];
  /** Lines of the history. */
  readonly history: readonly string[];
  /** What stood at the prompt. */
  readonly draft: string;
}

const MAX_COMMANDS = 60;
const MAX_HISTORY = 200;

const texts = (value: unknown): string[] => (Array.isArray(value) ? value.filter((c): c is string => typeof c === 'string') : []);

/** The same page in another language has the same key; terminals of a page are counted. */
export function memoryKey(element: Element): string {
  const index = [...document.querySelectorAll(element.localName)].indexOf(element);
  return `dumplab.term:${location.pathname.replace(/\/(en|zh-tw)\//, '/')}#${index}`;
}

export function readMemory(key: string): Remembered {
  try {
    const value = JSON.parse(sessionStorage.getItem(key) ?? '{}') as { commands?: unknown; history?: unknown; draft?: unknown };
    return { commands: texts(value.commands), history: texts(value.history), draft: typeof value.draft === 'string' ? value.draft : '' };
  } catch {
    return { commands: [], history: [], draft: '' };
  }
}

export function writeMemory(key: string, { commands, history, draft }: Remembered): void {
  try {
    sessionStorage.setItem(key, JSON.stringify({ commands: commands.slice(-MAX_COMMANDS), history: history.slice(-MAX_HISTORY), draft }));
  } catch {
    // A full or forbidden storage only costs the state after a language switch.
  }
}
