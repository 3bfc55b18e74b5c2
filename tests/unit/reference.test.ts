import { describe, expect, test } from 'vitest';
import { readFileSync } from 'node:fs';
import { commandExamples, EXAMPLES_FILE } from '../../scripts/command-examples.ts';
import { nodeCapabilities } from '../../src/cli/needs.ts';
import { Engine } from '../../src/lib/engine/index.ts';
import { renderText } from '../../src/lib/output/index.ts';
import { commandSlug, exampleOf, WORKING } from '../../src/reference/commands.ts';
import { sampleSource } from '../support/dumps.ts';
import { CODES, decodeCode, decodeDacName } from '../../src/reference/codes.ts';
import { decodeErrors, FAMILIES } from '../../src/reference/error-messages.ts';
import { POLICIES, simulate } from '../../src/reference/eviction.ts';
import { bytesPerSession, MEASURED, size, sizeClass } from '../../src/reference/redis-sizing.ts';
import { decodeRedisScript, REDIS_SCRIPTS } from '../../src/reference/redis-script.ts';

const OLD = "ERR Error running script (call to f_71fe2e7962348b06aa8ce3e244cdb3f774b4f549): @user_script:4: @user_script: 4: -OOM command not allowed when used memory > 'maxmemory'.";
const NEW = "OOM command not allowed when used memory > 'maxmemory'. script: 71fe2e7962348b06aa8ce3e244cdb3f774b4f549, on @user_script:4.";

describe('error decoder', () => {
  test('knows at least 35 families, each with one id', () => {
    expect(FAMILIES.length).toBeGreaterThanOrEqual(35);
    expect(new Set(FAMILIES.map((f) => f.id)).size).toBe(FAMILIES.length);
  });
  test.each(FAMILIES)('$id: both texts are found first, amid others and in any case; its own pattern fits nothing else', (family) => {
    for (const sample of family.samples) {
      expect(decodeErrors(sample).map((f) => f.id), sample).toContain(family.id);
      expect(decodeErrors(`0:000> !x\n${sample.toUpperCase()}\nmore`).map((f) => f.id)).toContain(family.id);
    }
    const others = FAMILIES.filter((f) => f !== family && f.samples.some((s) => family.pattern.test(s))).map((f) => f.id);
    expect(others.length, others.join()).toBeLessThanOrEqual(1);
    for (const plain of ['', 'Total 53,132 objects, 10,496,032 bytes', 'OS Thread Id: 0x24 (0)', 'PDB symbol for coreclr.dll loaded']) expect(family.pattern.test(plain), plain).toBe(false);
  });
});

describe('Redis script decoder', () => {
  test.each([['before 7', OLD], ['7 and later', NEW], ['an EVALSHA', 'EVALSHA 71fe2e7962348b06aa8ce3e244cdb3f774b4f549 3 a b c']])('%s: names script and releases', (_, text) => {
    const [script, line] = decodeRedisScript(text) ?? [];
    expect(script.title.en).toBe('writeLockAndGetDataScript (Microsoft.Web.RedisSessionStateProvider)');
    expect(script.paragraphs[1].en).toMatch(/1\.6\.5, 2\.0\.0, .*4\.0\.1\./);
    if (text !== OLD && text !== NEW) return;
    expect(line.title.en).toBe('Line 4: SETNX');
    expect(line.paragraphs[1].en).toMatch(/denyoom/);
  });
  test('every script of the table is found by its hash; unknown and absent ones are told', () => {
    expect(Object.keys(REDIS_SCRIPTS)).toHaveLength(48);
    for (const [sha1, { script }] of Object.entries(REDIS_SCRIPTS)) {
      expect(sha1).toMatch(/^[0-9a-f]{40}$/);
      expect(decodeRedisScript(`EVALSHA ${sha1.toUpperCase()} 1 k`)?.[0].title.en).toContain(script);
      expect(decodeRedisScript(`EVALSHA ${sha1}`)?.[0].paragraphs[0]['zh-tw']).not.toBe('它。');
    }
    expect(decodeRedisScript(`x ${'a'.repeat(40)}`)?.[0].title.en).toMatch(/Not a script/);
    expect(decodeRedisScript('nothing here')).toBeUndefined();
    expect(decodeRedisScript(OLD.replaceAll('4:', '8:'))?.[1].paragraphs[1].en).toMatch(/not marked denyoom/);
    expect(decodeRedisScript(OLD.replaceAll('4:', '1:'))?.[1].paragraphs[0].en).toMatch(/no call to Redis/);
  });
});

describe('sizing', () => {
  test('size classes of jemalloc', () => {
    expect([1, 16, 17, 128, 129, 210, 1034, 10250, 51210, 102410].map(sizeClass)).toEqual([16, 16, 32, 128, 160, 224, 1280, 12288, 57344, 114688]);
  });
  test.each(MEASURED)('model and measurement agree: Redis $version, $layout, $payload bytes', ({ version, layout, payload, bytes }) => {
    expect(Math.abs(bytesPerSession(payload, layout, version) - bytes) / bytes).toBeLessThan(0.01);
  });
  test('the example of the article: 200 a second, 20 minutes, 10 KB', () => {
    const result = size({ perSecond: 200, timeoutMinutes: 20, payload: 10240, layout: 'hash', version: '7.2', fragmentation: 1.1, copied: 0.2 });
    expect(result.sessions).toBe(240_000);
    expect(result.data / 1e9).toBeCloseTo(3.05, 2);
    expect(result.maxmemory).toBeCloseTo(result.data / 0.75, 0);
    expect(result.machine).toBeGreaterThan(result.maxmemory * 1.3);
  });
});

describe('eviction', () => {
  const base = { capacity: 1612, cached: 0, sessions: 4000, lifetime: 100_000 };
  test('what was measured on Redis 7.2.6: who refuses, and when', () => {
    for (const policy of POLICIES) {
      const withExpiry = simulate(policy, { ...base, expiry: true });
      const without = simulate(policy, { ...base, expiry: false });
      expect(withExpiry.refused, policy).toBe(policy === 'noeviction' ? 2388 : 0);
      expect(without.refused, policy).toBe(policy.startsWith('allkeys') ? 0 : 2388);
      if (policy === 'noeviction') expect(withExpiry.firstRefused).toBe(1613);
      if (withExpiry.refused === 0) expect(withExpiry.loggedOut).toBe(2388);
      expect(simulate(policy, { ...base, expiry: true })).toEqual(withExpiry);
    }
  });
  test('volatile policies spare a cache without expiry; allkeys-lru does not spare idle sessions', () => {
    const mixed = { capacity: 1000, cached: 400, sessions: 2000, lifetime: 500, expiry: true };
    expect(simulate('volatile-lru', mixed).cacheEvicted).toBe(0);
    expect(simulate('allkeys-random', mixed).cacheEvicted).toBeGreaterThan(0);
    expect(simulate('noeviction', { ...mixed, lifetime: 10_000 }).refused).toBeGreaterThan(0);
  });
});

describe('codes', () => {
  test('every code is found in the forms tools write', () => {
    for (const { value, name } of CODES) {
      for (const form of [value.toString(16), `0x${value.toString(16).toUpperCase()}`, String(value | 0), `code ${value.toString(16)} (first chance)`]) {
        expect(decodeCode(form)[0]?.title.en, form).toContain(name);
      }
    }
  });
  test('an unknown one is taken apart; small numbers are not codes', () => {
    expect(decodeCode('0x80131999')[0].paragraphs[0].en).toMatch(/facility 0x13.*0x1999/);
    expect(decodeCode('0x80070020')[0].paragraphs[0].en).toMatch(/error 32/);
    expect(decodeCode('thread 00000024 of 52')).toEqual([]);
  });
  test('names of data access components', () => {
    expect(decodeDacName('mscordacwks_AMD64_x86_4.7.3190.00.dll')?.paragraphs[0].en).toMatch(/debugger for AMD64 .*\.NET Framework \(clr\.dll 4\.7\.3190\.00\).*32-bit/);
    expect(decodeDacName('mscordacwks_AMD64_x86_4.7.3190.00.dll')?.paragraphs[1].en).toMatch(/processors differ/);
    expect(decodeDacName('x mscordaccore_AMD64_AMD64_10.0.1426.52326.dll y')?.paragraphs[1].en).toMatch(/Same processor/);
    expect(decodeDacName('mscordacwks.dll')).toBeUndefined();
  });
});

describe('pages of the commands', () => {
  test('the list of examples is up to date', () => {
    expect(readFileSync(EXAMPLES_FILE, 'utf8'), 'run node scripts/command-examples.ts').toBe(`${JSON.stringify(commandExamples(), undefined, 1)}\n`);
  });
  test('every command has an address of its own', () => {
    const slugs = WORKING.map((c) => commandSlug(c.name));
    expect(new Set(slugs).size).toBe(slugs.length);
    for (const slug of slugs) expect(slug).toMatch(/^[a-z0-9-]+$/);
  });
  test('every example runs and answers', async () => {
    const engines = new Map<string, Engine>();
    for (const command of WORKING) {
      const { dump, run } = exampleOf(command);
      let engine = engines.get(dump);
      if (!engine) {
        engine = new Engine({ capabilities: nodeCapabilities });
        void [...engine.open(await sampleSource(dump), `${dump}.dmp`)];
        engines.set(dump, engine);
      }
      engine.reset();
      let text = '';
      // Help is no example, save for the command that gives it.
      if (command.name !== 'help') for (const line of run) expect(line, command.name).not.toMatch(/^!?help\b|^!?soshelp\b/);
      expect(run.some((line) => [command.name, ...(command.aliases ?? [])].some((name) => line.includes(name))), `${command.name} is not in ${run.join('; ')}`).toBe(true);
      for (const line of run) text = renderText([...engine.execute(line)].filter((n) => n.kind !== 'progress'), 'en');
      expect(text, `${command.name}: ${run.join('; ')}`).toMatch(/\S|^\f/);
      expect(text, `${command.name}: ${run.join('; ')}`).not.toMatch(/^(No export|Couldn't resolve|Unrecognized|Required argument|Invalid value|Numeric expression|Syntax error)/m);
    }
  });
});
