import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { canonical, completed, digestOf, makeCertificate, parseCertificate } from '../../src/course/certificate.ts';
import type { Certificate, Claim } from '../../src/course/certificate.ts';
import { EXERCISES, exercisesOf } from '../../src/course/exercises.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'dumplab-certificate-'));
const sha = (dump: string) => (JSON.parse(readFileSync(join(ROOT, 'public/sample-dumps', dump, 'index.json'), 'utf8')) as { sha256: string }).sha256;

/** A certificate of somebody who solved these exercises the way the solution says. */
function solved(ids: readonly string[]): Promise<Certificate> {
  const exercises = ids.map((id): Claim => {
    const { match, accept, solve } = EXERCISES[id];
    return match ? { id, at: '2026-11-24T03:00:00.000Z', hints: 1, how: 'evidence', commands: ['!eeversion', ...solve] } : { id, at: '2026-11-24T03:00:00.000Z', hints: 0, how: 'answer', answer: accept?.[0] ?? '' };
  });
  const dumps = Object.fromEntries([...new Set(ids.map((id) => EXERCISES[id].dump))].map((dump) => [dump, sha(dump)]));
  return makeCertificate({ site: 'https://dumplab.example', name: '王小明', issued: '2026-11-24T04:00:00.000Z', dumps, exercises, drill: { started: '2026-11-24T03:00:00.000Z', ended: '2026-11-24T03:41:00.000Z', note: 'Finding: 14 threads \u001b[2Jwait' } });
}

function verify(content: unknown): { code: number | null; out: string } {
  const file = join(folder, 'certificate.json');
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'bin/dumplab.mjs'), 'verify-certificate', file, '--lang', 'en'], { encoding: 'utf8' });
  return { code: status, out: stdout + stderr };
}

describe('a certificate', () => {
  test('canonical JSON does not depend on the order of keys', () => {
    expect(canonical({ b: [1, { d: null, c: 'x' }], a: undefined })).toBe('{"b":[1,{"c":"x","d":null}]}');
  });

  test('survives the file and knows the parts that are complete', async () => {
    const certificate = await solved(exercisesOf(3));
    expect(parseCertificate(JSON.stringify(certificate, undefined, 2))).toEqual(certificate);
    expect(await digestOf(certificate)).toBe(certificate.digest);
    expect(completed(new Set(exercisesOf(3)))).toEqual([3]);
    expect(completed(new Set(exercisesOf(3).slice(1)))).toEqual([]);
  });

  test('every exercise is checked again by the command line, on the dumps', async () => {
    const { code, out } = verify(await solved(Object.keys(EXERCISES)));
    expect(out).not.toMatch(/FAIL|DIFFERS/);
    expect(out).toContain('Digest  agrees');
    for (const part of ['Level 1', 'Level 2', 'Level 3', 'guide', 'kb']) expect(out).toMatch(new RegExp(`${part}: (\\d+) of \\1, complete`));
    expect(out).toContain('does not show who');
    expect(out).not.toContain('\u001b');
    expect(code).toBe(0);
  });

  test('a changed file, a wrong answer, commands that find nothing, another dump: each is told', async () => {
    const ids = ['c1-count', 'c1-ratio', 'c3-owner'];
    const good = await solved(ids);
    const change = (edit: (c: { exercises: Record<string, unknown>[]; dumps: Record<string, string> }) => void) => {
      const copy = JSON.parse(JSON.stringify(good)) as Parameters<typeof edit>[0];
      edit(copy);
      return copy as unknown as Certificate;
    };
    const seal = async (c: Certificate) => ({ ...c, digest: await digestOf(c) });
    expect(verify(good).code).toBe(0);
    const altered = verify({ ...good, name: 'somebody else' });
    expect(altered.out).toContain('Digest  DIFFERS');
    expect(altered.code).toBe(1);
    for (const [edit, told] of [
      [(c) => { c.exercises.find((e) => e['id'] === 'c1-ratio')!['answer'] = '9'; }, 'WRONG answer'],
      [(c) => { c.exercises.find((e) => e['id'] === 'c1-count')!['commands'] = ['!eeversion']; }, 'NOT FOUND'],
      [(c) => { c.exercises.find((e) => e['id'] === 'c3-owner')!['commands'] = ['clrstack']; }, 'NOT FOUND'],
      [(c) => { c.exercises[0]['id'] = 'constructor'; }, 'UNKNOWN exercise'],
      [(c) => { c.dumps['redis-oom-win-x64'] = '0'.repeat(64); }, 'OTHER dump'],
    ] as [Parameters<typeof change>[0], string][]) {
      const result = verify(await seal(change(edit)));
      expect(result.out, told).toContain(told);
      expect(result.out).toContain('Digest  agrees');
      expect(result.code, told).toBe(1);
    }
  });

  test('what is no certificate is refused with a reason', async () => {
    const good = await solved(['c1-count']);
    for (const [content, why] of [
      ['{', 'not JSON'], ['[]', 'not a DumpLab certificate'], [{ ...good, version: 9 }, 'version 9'], [{ ...good, exercises: {} }, 'list of exercises'],
      [{ ...good, exercises: [{ ...good.exercises[0], commands: [] }] }, 'exercise 1'], [{ ...good, exercises: [good.exercises[0], good.exercises[0]] }, 'twice'],
      [{ ...good, exercises: [{ ...good.exercises[0], commands: ['x'.repeat(5000)] }] }, 'exercise 1'], [{ ...good, drill: { note: 1 } }, 'drill'],
    ] as const) {
      const { code, out } = verify(content);
      expect(out, why).toContain(why);
      expect(code).toBe(2);
    }
    expect(() => execFileSync(process.execPath, [join(ROOT, 'bin/dumplab.mjs'), 'verify-certificate', join(folder, 'absent.json')], { stdio: 'pipe' })).toThrow(/absent/);
  });
});

test('the command line says it in Chinese as well', async () => {
  const file = join(folder, 'zh.json');
  writeFileSync(file, JSON.stringify(await solved(['c1-count'])));
  const { stdout, status } = spawnSync(process.execPath, [join(ROOT, 'bin/dumplab.mjs'), 'verify-certificate', file, '--lang', 'zh-tw'], { encoding: 'utf8' });
  expect(stdout).toContain('重新找到');
  expect(stdout).toContain('不能證明是誰');
  expect(status).toBe(0);
});
