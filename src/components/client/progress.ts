/** Progress of the reader: exercises by id. Kept in this browser only. */
export interface Solved { readonly at: string; readonly hints: number }

const KEY = 'dumplab.progress';
export const PROGRESS_EVENT = 'dumplab:progress';

export function readProgress(): Record<string, Solved> {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    return typeof value === 'object' && value !== null ? (value as Record<string, Solved>) : {};
  } catch {
    return {};
  }
}

export function markSolved(id: string, hints: number): void {
  const progress = readProgress();
  if (progress[id]) return;
  progress[id] = { at: new Date().toISOString(), hints };
  try {
    localStorage.setItem(KEY, JSON.stringify(progress));
  } catch {
    // Without storage the page still tells the reader; only the memory is lost.
  }
  document.dispatchEvent(new CustomEvent(PROGRESS_EVENT));
}
