import { describe, expect, test } from 'vitest';
import { GLOSSARY } from '../../src/reference/glossary.ts';
import { TermFinder } from '../../src/site/glossary-terms.ts';

const found = (lang: 'en' | 'zh-tw', text: string) => new TermFinder(lang).find(text, new Set()).map((f) => `${f.text}=${f.term.id}`);

describe('glossary', () => {
  test('every term has an id of its own, and no word stands for two terms', () => {
    expect(new Set(GLOSSARY.map((t) => t.id)).size).toBe(GLOSSARY.length);
    for (const lang of ['en', 'zh-tw'] as const) {
      const words = GLOSSARY.flatMap((t) => [...new Set(t.words[lang].map((w) => w.toLowerCase()))]);
      expect(words.filter((w, i) => words.indexOf(w) !== i)).toEqual([]);
    }
  });
  test('definitions have no markup but code, and no loose backtick', () => {
    for (const term of GLOSSARY) for (const text of Object.values(term.means)) expect(text.replace(/`[^`]+`/g, ''), term.id).not.toMatch(/[`*<>[\]]/);
  });
});

describe('terms in running text', () => {
  test('the longest wins, once per article', () => {
    expect(found('en', 'Dumps: a core dump is a dump; another core dump.')).toEqual(['Dumps=dump', 'core dump=core']);
    expect(found('zh-tw', '小型傾印不是完整傾印，核心傾印是 Linux 的傾印。')).toEqual(['小型傾印=minidump-stream', '傾印=dump', '核心傾印=core']);
  });
  test('words of Latin letters stand alone; capitals matter where the term has them', () => {
    expect(found('en', 'dumpheap !dump dump-file x.dump DACs dac SOS.dll rooted')).toEqual([]);
    expect(found('en', 'This is SOS.')).toEqual(['SOS=sos']);
    expect(found('en', 'MonitorHeld, TTL and ttl; Preemptive')).toEqual(['MonitorHeld=monitorheld', 'TTL=ttl', 'Preemptive=gc-mode']);
    expect(found('zh-tw', '用SOS看DAC與LOH')).toEqual(['SOS=sos', 'DAC=dac', 'LOH=loh']);
  });
});
