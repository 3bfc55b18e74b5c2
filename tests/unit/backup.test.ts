import { describe, expect, test } from 'vitest';
import { merge, readBackup, writeBackup } from '../../src/components/client/backup.ts';
import type { Backup } from '../../src/components/client/backup.ts';

const solved = (at: string) => ({ at, hints: 0, how: 'answer', answer: '583' }) as const;
const backup = (progress: Backup['progress'], drills: Backup['drills'] = {}): Backup => ({ progress, drafts: {}, drills });

describe('the file of a reader’s progress', () => {
  test('comes back as it was written', () => {
    const all: Backup = { progress: { 'c1-count': solved('2026-01-01T00:00:00Z') }, drafts: { 'c1-ratio': { answer: '7', tries: 2 } }, drills: { oncall: { started: '2026-01-01T00:00:00Z', note: 'x' } } };
    expect(readBackup(writeBackup(all))).toEqual(all);
  });
  test('merging loses nothing: the first solution and the longer note stay', () => {
    const here = backup({ 'c1-count': solved('2026-02-01T00:00:00Z'), 'c1-lua': solved('2026-02-01T00:00:00Z') }, { oncall: { note: 'longer note' } });
    const there = backup({ 'c1-count': solved('2026-01-01T00:00:00Z'), 'c1-never': solved('2026-01-01T00:00:00Z') }, { oncall: { note: 'short' } });
    const both = merge(here, there);
    expect(Object.keys(both.progress).sort()).toEqual(['c1-count', 'c1-lua', 'c1-never']);
    expect(both.progress['c1-count'].at).toBe('2026-01-01T00:00:00Z');
    expect(both.drills['oncall'].note).toBe('longer note');
    expect(merge(there, here)).toEqual(both);
  });
  test('what is not understood is left out; what is no export is refused', () => {
    const text = JSON.stringify({ format: 'dumplab-progress', version: 1, progress: { 'c1-count': { at: 'never' }, constructor: solved('2026-01-01'), 'c1-lua': { at: '2026-01-01', how: 'magic', commands: [1, 'x'] } }, drafts: [], drills: { '../x': {} } });
    expect(readBackup(text)).toEqual({ progress: { 'c1-lua': { at: '2026-01-01', hints: 0, commands: ['x'] } }, drafts: {}, drills: {} });
    for (const bad of ['', '[]', '{"format":"dumplab-progress","version":2}', 'x'.repeat(3 << 20)]) expect(() => readBackup(bad)).toThrow();
  });
});
