import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Facts } from '../../scripts/make-sample-dumps/facts.ts';
import { SAMPLES } from '../../scripts/make-sample-dumps/samples.ts';

const ROOT = new URL('../../', import.meta.url);

function facts(id: string): Facts {
  return JSON.parse(readFileSync(new URL(`./${id}/facts.json`, import.meta.url), 'utf8')) as Facts;
}

function topFrames(sample: Facts, text: string): number {
  return sample.threads.filter((thread) => thread.frames.some((frame) => frame.includes(text))).length;
}

/** A sample made anew must still show what its article says. */
describe('samples reach the state that they stand for', () => {
  test('the session-state script is the one that the error names', () => {
    const text = readFileSync(new URL('samples/Storefront/writeLockAndGetData.lua', ROOT));
    expect(createHash('sha1').update(text).digest('hex')).toBe('71fe2e7962348b06aa8ce3e244cdb3f774b4f549');
    expect(text.toString('latin1').split('\r\n')[3]).toContain("redis.call('SETNX',KEYS[1],ARGV[1])");
  });

  test.each(SAMPLES)('$id has facts and a program', (sample) => {
    const found = facts(sample.id);
    expect(found).toMatchObject({ id: sample.id, program: sample.program, shows: sample.shows, settings: sample.settings ?? {} });
    if (sample.runtime) expect(found.runtime).toBe(sample.runtime);
    expect(Object.keys(found.types)).toEqual([...sample.types]);
    expect(Object.keys(found.answers)).toEqual([...(sample.questions ?? [])]);
    expect(existsSync(new URL(`samples/${sample.program}/Program.cs`, ROOT))).toBe(true);
  });

  test('leak: 2,000 views in generation 2, held by the static event', () => {
    const leak = facts('leak-linux-x64');
    expect(leak.types['OrderLeak.OrderView']).toMatchObject({ count: 2000, bytes: 80_000 });
    expect(leak.heap.generations['Generation2']).toBeGreaterThan(28_000);
    const path = leak.answers['path:OrderLeak.OrderView']![0]!.split('\t').map((step) => step.replace(/^\S+ /, ''));
    expect(path.slice(1)).toEqual(['System.Object[]', 'System.EventHandler<System.Int32>', 'System.Object[]', 'System.EventHandler<System.Int32>', 'OrderLeak.OrderView']);
  });

  test('deadlock: two accounts held by different threads, one and five waiters', () => {
    const { heldLocks } = facts('deadlock-linux-x64');
    expect(heldLocks.map(({ type, waiting }) => [type, waiting])).toEqual([['LockOrder.Account', 5], ['LockOrder.Account', 1]]);
    expect(new Set(heldLocks.map(({ owner }) => owner)).size).toBe(2);
  });

  test('LOH: twenty gaps of a buffer each between twenty pinned buffers', () => {
    const loh = facts('loh-linux-x64');
    expect(loh.handles['Pinned']).toBe(21); // and the runtime's own
    expect(loh.answers['free']!.find((line) => line.startsWith('Large'))).toMatch(/free=20\tbytes=4001760\tlargest=200088$/);
  });

  test('starvation: eight threads blocked in Task.Result, forty requests accepted', () => {
    const starvation = facts('starvation-linux-x64');
    expect(topFrames(starvation, 'CheckoutApi.CheckoutController.Handle')).toBe(8);
    expect(starvation.types['CheckoutApi.CheckoutRequest']!.count).toBe(40);
  });

  test('finalizer: its thread waits for a lock, 500 files wait for it', () => {
    const finalizer = facts('finalizer-linux-x64');
    const thread = finalizer.threads.find((candidate) => candidate.finalizer)!;
    expect(thread.frames.some((frame) => frame.includes('LedgerExport.LedgerConnection.Finalize()'))).toBe(true);
    expect(finalizer.types['LedgerExport.LedgerFile']!.count).toBe(500);
    expect(finalizer.heldLocks).toMatchObject([{ waiting: 1 }]);
  });

  test('async hang: 25 of 26 sends wait in the semaphore', () => {
    const hang = facts('asynchang-linux-x64');
    expect(hang.types['System.Threading.SemaphoreSlim+TaskNode']!.count).toBe(25);
    expect(topFrames(hang, 'SmtpGateway')).toBe(0);
  });

  test('high CPU: one thread inside the regular expression', () => {
    expect(topFrames(facts('highcpu-linux-x64'), 'PriceSearch.QueryValidator.IsValid')).toBe(1);
  });

  test('crash: four exceptions, each the inner one of the next', () => {
    const crash = facts('crash-linux-x64');
    const chain = crash.exceptions.filter(({ frames }) => frames.length > 0);
    expect(chain.map(({ type }) => type.split('.').at(-1))).toEqual(['NullReferenceException', 'InvalidOperationException', 'PaymentRejectedException', 'ApplicationException']);
    expect(chain.map(({ inner }) => inner)).toEqual(['-', ...chain.slice(0, 3).map(({ address }) => address)]);
    expect(crash.threads[0]!.exception).toBe(`${chain[3]!.address} System.ApplicationException`);
  });

  test('strings: the same three columns 3,000 times', () => {
    expect(facts('strings-linux-x64').duplicateStrings.slice(0, 3)).toEqual([
      { text: 'TWD', count: 3000 }, { text: 'KHH-2 Kaohsiung', count: 1501 }, { text: 'TPE-1 Taoyuan', count: 1501 },
    ]);
  });

  test('Storefront: eight refusals a failed request, then 24 requests behind one lock', () => {
    const storefront = facts('redis-oom-redis7-linux-x64');
    const failed = storefront.types['Storefront.SessionUnavailableException']!.count;
    expect(storefront.messages[0]).toEqual({
      type: 'StackExchange.Redis.RedisServerException', count: failed * 8,
      message: "OOM command not allowed when used memory > 'maxmemory'. script: 71fe2e7962348b06aa8ce3e244cdb3f774b4f549, on @user_script:4.",
    });
    expect(storefront.heldLocks).toMatchObject([{ waiting: 24 }]);
  });

  test('OrderService is the same on every runtime and collector', () => {
    const counts = SAMPLES.filter(({ program }) => program === 'OrderService').map(({ id }) => Object.values(facts(id).types).map(({ count }) => count));
    for (const row of counts) expect(row).toEqual([800, 1800, 100, 5, 1]);
  });
});
