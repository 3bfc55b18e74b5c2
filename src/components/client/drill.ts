import { readStored, writeStored } from './progress.ts';

/** A drill of this reader: its clock goes on when the page is closed. */
export interface Drill {
  /** ISO 8601; absent before the first start. */
  readonly started?: string;
  readonly ended?: string;
  readonly note?: string;
}

const KEY = 'dumplab.drill';

export const readDrills = (): Record<string, Drill> => readStored<Drill>(KEY);
export const readDrill = (id: string): Drill => readDrills()[id] ?? {};
export const saveDrills = (drills: Record<string, Drill>): boolean => writeStored(KEY, drills);
export const saveDrill = (id: string, drill: Drill): boolean => saveDrills({ ...readDrills(), [id]: drill });

/** Milliseconds left; negative when the time is over. */
export function left(drill: Drill, minutes: number, now: number): number {
  return drill.started ? Date.parse(drill.started) + minutes * 60_000 - now : minutes * 60_000;
}

export function clock(milliseconds: number): string {
  const seconds = Math.ceil(Math.abs(milliseconds) / 1000);
  return `${milliseconds < 0 ? '−' : ''}${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
