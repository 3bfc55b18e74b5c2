import { describe, expect, test } from 'vitest';
import { isImmutable, ownBytes, readRegistryText, sizeText, totalBytes } from '../../src/offline/manifest.ts';

const title = { en: 'A', 'zh-tw': '甲' };
const a = { title, version: '1', files: [['en/a/', 10], ['_astro/x.js', 5]] as const };
const b = { title, version: '1', files: [['en/b/', 20], ['_astro/x.js', 5]] as const };

describe('saved pages', () => {
  test('what several need is counted once, and belongs to none', () => {
    expect(totalBytes([a, b])).toBe(35);
    expect(ownBytes({ a, b }, 'a')).toBe(10);
    expect(ownBytes({ a }, 'a')).toBe(15);
    expect(ownBytes({ a }, 'b')).toBe(0);
  });
  test('only hashed names and versioned addresses never change', () => {
    expect(['_astro/x.js', 'sample-dumps/d/hot.bin?v=12'].map(isImmutable)).toEqual([true, true]);
    expect(['en/a/', 'pagefind/pagefind.js', 'sample-dumps/d/hot.bin'].map(isImmutable)).toEqual([false, false, false]);
  });
  test('sizes are written as people read them', () => {
    expect([1, 1499, 999_499, 999_500, 10_600_000, 74_477_735, 174_477_735].map(sizeText)).toEqual(['1 KB', '1 KB', '999 KB', '1.0 MB', '10.6 MB', '74.5 MB', '174 MB']);
  });
  test('a registry that somebody else wrote is read as far as it is one', () => {
    expect(readRegistryText(JSON.stringify({ a, bad: { title, version: 1, files: [] }, worse: null, files: { ...a, files: [[1, 2]] } }))).toEqual({ a });
    for (const text of ['', 'null', '[]', '3', '{"a":']) expect(readRegistryText(text)).toEqual({});
  });
});
