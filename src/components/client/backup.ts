import { EXERCISES } from '../../course/exercises.ts';
import type { Drill } from './drill.ts';
import type { Draft, Progress, Solved } from './progress.ts';

/** What the export file holds: everything the course keeps in a browser. */
export interface Backup { readonly progress: Progress; readonly drafts: Readonly<Record<string, Draft>>; readonly drills: Readonly<Record<string, Drill>> }

const FORMAT = 'dumplab-progress';
const MAX_FILE = 2 << 20;
const MAX_TEXT = 20_000;
const MAX_COMMANDS = 120;

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === 'string' && value.length <= MAX_TEXT;
const isDate = (value: unknown): value is string => isText(value) && !Number.isNaN(Date.parse(value));

export function writeBackup(backup: Backup): string {
  return JSON.stringify({ format: FORMAT, version: 1, ...backup }, undefined, 2);
}

/** Reads an export; what is not understood in it is left out. Throws an `Error` when it is no export at all. */
export function readBackup(text: string): Backup {
  if (text.length > MAX_FILE) throw new Error('too large');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error('not JSON');
  }
  if (!isRecord(value) || value['format'] !== FORMAT || value['version'] !== 1) throw new Error('not a DumpLab progress file');
  return {
    progress: pick(value['progress'], (id, item) => (Object.hasOwn(EXERCISES, id) ? solvedOf(item) : undefined)),
    drafts: pick(value['drafts'], (id, item) => (Object.hasOwn(EXERCISES, id) ? draftOf(item) : undefined)),
    drills: pick(value['drills'], (id, item) => (/^[\w-]{1,40}$/.test(id) ? drillOf(item) : undefined)),
  };
}

function pick<T>(value: unknown, read: (id: string, item: unknown) => T | undefined): Record<string, T> {
  const result: Record<string, T> = {};
  for (const [id, item] of Object.entries(isRecord(value) ? value : {})) {
    const kept = read(id, item);
    if (kept !== undefined) result[id] = kept;
  }
  return result;
}

function solvedOf(item: unknown): Solved | undefined {
  if (!isRecord(item) || !isDate(item['at'])) return undefined;
  const { at, hints, how, answer, commands, peeked } = item;
  const list = Array.isArray(commands) ? commands.filter(isText).slice(0, MAX_COMMANDS) : [];
  return {
    at, hints: typeof hints === 'number' ? hints : 0,
    ...((how === 'evidence' || how === 'answer') && { how }), ...(isText(answer) && { answer }), ...(list.length > 0 && { commands: list }), ...(peeked === true && { peeked }),
  };
}

function draftOf(item: unknown): Draft | undefined {
  if (!isRecord(item)) return undefined;
  const { answer, hints, tries, peeked } = item;
  return { ...(isText(answer) && { answer }), ...(typeof hints === 'number' && { hints }), ...(typeof tries === 'number' && { tries }), ...(peeked === true && { peeked }) };
}

function drillOf(item: unknown): Drill | undefined {
  if (!isRecord(item)) return undefined;
  const { started, ended, note } = item;
  return { ...(isDate(started) && { started }), ...(isDate(ended) && { ended }), ...(isText(note) && { note }) };
}

/** Both, where nothing that was solved or written here gets lost: the first solution and the longer note win. */
export function merge(here: Backup, there: Backup): Backup {
  const progress: Record<string, Solved> = { ...there.progress };
  for (const [id, solved] of Object.entries(here.progress)) if (!progress[id] || solved.at <= progress[id].at) progress[id] = solved;
  const drills: Record<string, Drill> = { ...there.drills };
  for (const [id, drill] of Object.entries(here.drills)) if (!drills[id] || (drill.note ?? '').length >= (drills[id].note ?? '').length) drills[id] = drill;
  return { progress, drafts: { ...there.drafts, ...here.drafts }, drills };
}
