import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openPackedDirectory } from '../../src/cli/packed-directory.ts';
import { EXERCISES, exercisesOf, PARTS } from '../../src/course/exercises.ts';
import { accepts, matches } from '../../src/course/judge.ts';
import { nodeCapabilities } from '../../src/cli/needs.ts';
import { Engine } from '../../src/lib/engine/index.ts';
import type { Fact } from '../../src/lib/output/index.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const DOCS = join(ROOT, 'src/content/docs');
const SAMPLES = readdirSync(join(ROOT, 'public/sample-dumps'), { withFileTypes: true }).filter((e) => e.isDirectory()).map((e) => e.name);
const all = Object.entries(EXERCISES);

const engines = new Map<string, Engine>();
/** What the engine finds when somebody types these commands on the published dump. */
function factsOf(dump: string, commands: readonly string[]): Fact[] {
  let engine = engines.get(dump);
  if (!engine) {
    engine = new Engine({ capabilities: nodeCapabilities, host: { debugger: 'windbg', bitness: 64 } });
    void [...engine.open(openPackedDirectory(join(ROOT, 'public/sample-dumps', dump)), `${dump}.dmp`)];
    engines.set(dump, engine);
  }
  engine.reset();
  return commands.flatMap((command) => [...(engine as Engine).execute(command)].filter((n): n is Fact => n.kind === 'fact'));
}

/** Commands which look around without answering anything in particular. */
const LOOK_AROUND = ['eeversion', 'clrthreads', 'syncblk', 'threadpool', 'dumpheap -stat', 'dumpexceptions', 'clrstack -all', 'eeheap -gc'];

/** Every `<Evidence>` of the articles. */
function placed(lang: string): { id: string; path: string; hints: number }[] {
  return (readdirSync(join(DOCS, lang), { recursive: true }) as string[]).filter((f) => f.endsWith('.mdx')).flatMap((path) => {
    const text = readFileSync(join(DOCS, lang, path), 'utf8');
    return [...text.matchAll(/<Evidence id="([^"]+)"[^\n]*hints=\{(\[.*?\])\}>\n([\s\S]*?)<\/Evidence>/g)].map((m) => {
      expect(m[3].trim().length, `${path} ${m[1]} has a solution`).toBeGreaterThan(4);
      return { id: m[1], path, hints: (JSON.parse(m[2]) as string[]).length };
    });
  });
}

describe('exercises', () => {
  test('there are many, on every sample dump, in every part', () => {
    expect(all.length).toBeGreaterThanOrEqual(70);
    for (const dump of SAMPLES.filter((id) => !id.startsWith('orders-'))) expect(all.filter(([, e]) => e.dump === dump).length, dump).toBeGreaterThan(0);
    for (const part of PARTS) expect(exercisesOf(part).length, String(part)).toBeGreaterThanOrEqual(9);
    // Most are found in the dump; the rest are arithmetic and judgement.
    expect(all.filter(([, e]) => e.match).length / all.length).toBeGreaterThan(0.6);
  });

  test.each(['en', 'zh-tw'])('each stands once in the articles (%s), in its part, with hints and a solution', (lang) => {
    const found = placed(lang);
    expect(found.map((e) => e.id).sort()).toEqual(Object.keys(EXERCISES).sort());
    for (const { id, path, hints } of found) {
      const { part } = EXERCISES[id];
      expect(path, id).toContain(typeof part === 'number' ? `course/level-${part}-` : `${part}/`);
      expect(hints, id).toBeGreaterThan(0);
    }
  });

  test.each(all.filter(([, e]) => e.match))('%s: the way of the solution finds the evidence on the dump', (_, exercise) => {
    expect(factsOf(exercise.dump, exercise.solve).some((fact) => matches(fact, exercise))).toBe(true);
  });

  test.each(all.filter(([, e]) => e.match))('%s: other facts of the same dump are refused', (id, exercise) => {
    const key = Object.keys(exercise.match ?? {}).find((k) => k !== 'type' && k !== 'name') ?? Object.keys(exercise.match ?? {})[0];
    const facts = factsOf(exercise.dump, [...LOOK_AROUND, ...exercise.solve]);
    const refused = facts.filter((fact) => !matches(fact, exercise));
    expect(refused.length, 'facts that are not the answer').toBeGreaterThan(10);
    // The same question about something else: one wanted value changed, nothing fits any more.
    const other = { ...exercise, match: { ...exercise.match, [key]: 'another value' } };
    expect(facts.filter((fact) => matches(fact, other)), id).toEqual([]);
  });

  test.each(all.filter(([, e]) => e.accept))('%s: accepts its answers in any notation and refuses what comes close', (_, exercise) => {
    for (const answer of exercise.accept ?? []) {
      for (const form of [answer, ` ${answer} `, answer.toUpperCase(), `${answer}.`, `"${answer}"`]) expect(accepts(form, exercise.accept), form).toBe(true);
      if (/^[0-9a-f]{6,}$/.test(answer)) for (const form of [`0x${answer}`, `00000000\`${answer}`]) expect(accepts(form, exercise.accept), form).toBe(true);
    }
    expect(exercise.near?.length).toBeGreaterThan(0);
    for (const wrong of [...(exercise.near ?? []), '', ' ', '-', '?', 'undefined', '*', '.*']) expect(accepts(wrong, exercise.accept), wrong).toBe(false);
  });

  test('nothing is solved without either an answer or evidence', () => {
    for (const [id, e] of all) {
      expect(Boolean(e.accept) || Boolean(e.match), id).toBe(true);
      expect(Boolean(e.match) === Boolean(e.subject), id).toBe(true);
      if (e.match) expect(e.solve.length, id).toBeGreaterThan(0);
    }
  });
});
