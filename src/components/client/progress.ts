/** How an exercise was solved. Kept in this browser only. */
export interface Solved {
  /** When, ISO 8601. */
  readonly at: string;
  readonly hints: number;
  /** By what a terminal found, or by a typed answer. */
  readonly how?: 'evidence' | 'answer';
  readonly answer?: string;
  /** Commands of the terminal that found the evidence, the last one being the one that did. */
  readonly commands?: readonly string[];
  /** The solution had been looked at before. */
  readonly peeked?: true;
}
export type Progress = Readonly<Record<string, Solved>>;

/** What a reader has begun and not finished: it survives leaving the page. */
export interface Draft { readonly answer?: string; readonly hints?: number; readonly tries?: number; readonly peeked?: true }

const KEY = 'dumplab.progress';
const DRAFTS = 'dumplab.drafts';
export const PROGRESS_EVENT = 'dumplab:progress';

/** A JSON object of this browser's storage; empty when there is none or it is damaged. */
export function readStored<T>(key: string): Record<string, T> {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(key) ?? '{}');
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, T>) : {};
  } catch {
    return {};
  }
}

/** False when this browser keeps nothing (private mode, full storage): the page goes on, only the memory is lost. */
export function writeStored(key: string, value: unknown): boolean {
  try {
    localStorage.setItem(key, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

export const readProgress = (): Progress => readStored<Solved>(KEY);

/** An exercise that is solved stays solved: the first way counts. */
export function markSolved(id: string, solved: Omit<Solved, 'at'>): void {
  const progress = readProgress();
  if (!progress[id]) saveProgress({ ...progress, [id]: { at: new Date().toISOString(), ...solved } });
}

export function saveProgress(progress: Progress): void {
  writeStored(KEY, progress);
  document.dispatchEvent(new CustomEvent(PROGRESS_EVENT));
}

export const readDraft = (id: string): Draft => readStored<Draft>(DRAFTS)[id] ?? {};
export const readDrafts = (): Record<string, Draft> => readStored<Draft>(DRAFTS);
export const saveDrafts = (drafts: Record<string, Draft>): boolean => writeStored(DRAFTS, drafts);

export function saveDraft(id: string, draft: Draft): void {
  saveDrafts({ ...readDrafts(), [id]: { ...readDraft(id), ...draft } });
}
