import { describe, expect, test } from 'vitest';
import { Engine } from '../../src/lib/engine/index.ts';
import { renderText } from '../../src/lib/output/index.ts';
import type { OutputNode } from '../../src/lib/output/index.ts';
import { sampleClr, sampleSource } from '../support/dumps.ts';

async function open(dump: string, lang: 'en' | 'zh-tw' = 'en'): Promise<Engine> {
  const engine = new Engine({ lang });
  void [...engine.open(await sampleSource(dump), `${dump}.dmp`)];
  return engine;
}

function nodes(engine: Engine, command: string): OutputNode[] {
  return [...engine.execute(command)].filter((n): n is OutputNode => n.kind !== 'progress');
}

const findings = (list: readonly OutputNode[]) => list.flatMap((n) => (n.kind === 'fact' && n.values['name'] === 'finding' ? [String(n.values['id'])] : []));

describe('!analyze finds what each sample was made to show, and nothing else', () => {
  test.each<[dump: string, ids: readonly string[], text: RegExp]>([
    ['deadlock-linux-x64', ['deadlock'], /threads 6 \(0x46c7\) and 7 \(0x46c8\)/],
    ['finalizer-linux-x64', ['finalizer-blocked'], /LedgerConnection\.Finalize\(\) and 500 objects wait/],
    ['highcpu-linux-x64', ['running'], /PriceSearch\.QueryValidator\.IsValid/],
    ['leak-linux-x64', ['many-handlers'], /2000 handlers \(System\.EventHandler<System\.Int32>\)/],
    ['loh-linux-x64', ['loh-fragmented'], /50 % free space/],
    ['starvation-linux-x64', ['pool-starved'], /8 of 9 workers .* 40 work items/],
    ['strings-linux-x64', ['duplicate-strings'], /9008 too many/],
    ['asynchang-linux-x64', ['async-waiting'], /25 calls/],
    ['crash-linux-x64', [], /FAILURE_BUCKET_ID: {2}CLR_EXCEPTION_System\.ApplicationException_80131600_PaymentBatch\.dll!PaymentBatch\.Program\.Main/],
    ['redis-oom-win-x64', ['lock-convoy', 'redis-full', 'exceptions', 'exceptions', 'async-waiting'], /577 exceptions carry its refusal/],
  ])('%s', async (dump, ids, text) => {
    const list = nodes(await open(dump), '!analyze -v');
    expect(findings(list)).toEqual(ids);
    expect(renderText(list, 'en')).toMatch(text);
  });

  test('the commands a finding names run and show it', async () => {
    for (const dump of ['deadlock-linux-x64', 'leak-linux-x64', 'loh-linux-x64']) {
      const engine = await open(dump);
      const links = nodes(engine, '!analyze -v').flatMap((n) => (n.kind === 'line' ? n.parts.flatMap((p) => (typeof p !== 'string' && p.kind === 'link' ? [p.command] : [])) : []));
      expect(links.length).toBeGreaterThan(2);
      for (const command of links) expect(renderText(nodes(engine, command), 'en'), command).not.toMatch(/Couldn't resolve|No export|Unrecognized|cannot be read/);
    }
  });

  test('a crash gives the exception with its inner ones, the stack and a bucket', async () => {
    const text = renderText(nodes(await open('crash-win-x64-net10'), '!analyze -v'), 'en');
    expect(text).toContain('ExceptionCode: e0434352 (CLR exception)');
    expect(text).toContain('EXCEPTION_TYPE:  System.ApplicationException');
    expect(text).toContain('INNER_EXCEPTION:  OrderService.OrderFailedException: order 42 failed');
    expect(text).toContain('FAILURE_BUCKET_ID:  CLR_EXCEPTION_System.ApplicationException_80131600_OrderService.dll!OrderService.Program.Crash');
  });

  test('-hang leaves the crash out; Chinese answers in Chinese', async () => {
    const text = renderText(nodes(await open('deadlock-linux-x64', 'zh-tw'), '!analyze -v -hang'), 'zh-tw');
    expect(text).toContain('死結：執行緒 6');
    expect(text).not.toContain('FAILURE_BUCKET_ID');
  });
});

describe('commands around an investigation', () => {
  test('dumpdelegate lists every handler of the leaking event, newest first', async () => {
    const engine = await open('leak-linux-x64');
    const command = nodes(engine, '!analyze').flatMap((n) => (n.kind === 'line' ? n.parts : [])).find((p) => typeof p !== 'string' && p.kind === 'link' && p.command.startsWith('!dumpdelegate'));
    if (!command || typeof command === 'string' || command.kind !== 'link') throw new Error('no delegate');
    const text = renderText(nodes(engine, command.command), 'en').split('\n');
    expect(text[0]).toBe('Target           Method           Name');
    expect(text).toHaveLength(2001);
    expect(new Set(text.slice(1).map((l) => l.slice(34))).size).toBe(1);
    expect(text[1]).toMatch(/OrderLeak\.OrderView\.\w+\(System\.Object, Int32\)/);
    expect(renderText(nodes(engine, '!dumpdelegate 10'), 'en')).toBe('Invalid object.');
  });

  test('token2ee goes from a token to what name2ee gives for the name', async () => {
    const engine = await open('redis-oom-win-x64');
    const byToken = renderText(nodes(engine, '!token2ee Storefront.dll 02000005'), 'en');
    const byName = renderText(nodes(engine, '!name2ee Storefront.dll Storefront.SessionState'), 'en').replace('0000000002000005', '02000005');
    expect(byName.startsWith(byToken)).toBe(true);
    expect(renderText(nodes(engine, '!token2ee Storefront.dll 0600ffff'), 'en')).toContain('<invalid module token>');
    expect(renderText(nodes(engine, '!token2ee Storefront.dll 1b000001'), 'en')).toBe('This token type is not supported');
    expect(renderText(nodes(engine, '!token2ee nowhere 02000005'), 'en')).toBe('Failed to request module list.');
  });

  test('!address names the owner of memory, and its sums agree with the regions', async () => {
    const engine = await open('redis-oom-win-x64');
    expect(renderText(nodes(engine, '!address @rsp'), 'en')).toMatch(/Usage: {18}Stack\n/);
    const clr = await sampleClr('redis-oom-win-x64');
    expect(renderText(nodes(engine, `!address ${clr.segments[0].start.toString(16)}`), 'en')).toMatch(/Usage: {18}GCHeap\n/);
    expect(renderText(nodes(engine, '!address 10'), 'en')).toMatch(/MEM_FREE/);
    const total = (title: string) => {
      const text = renderText(nodes(engine, '!address -summary'), 'en');
      const part = text.slice(text.indexOf(`--- ${title}`)).split('\n\n')[0].split('\n').slice(1);
      return part.reduce((sum, row) => sum + Number.parseInt(row.slice(43, 61).trim().replace('`', ''), 16), 0);
    };
    expect(total('Usage Summary')).toBe(engine.context.dump.regions.filter((r) => r.state !== 0x10000).reduce((sum, r) => sum + r.size, 0));
    expect(total('Type Summary')).toBe(total('Usage Summary'));
    expect(total('State Summary')).toBe(total('Usage Summary'));
  });

  test('!runaway orders threads by processor time where the dump has it, and says why where not', async () => {
    const text = renderText(nodes(await open('redis-oom-win-x64'), '!runaway 3'), 'en').split('\n');
    expect(text.slice(0, 3)).toEqual([' User Mode Time', '  Thread       Time', '   4:114       0 days 0:00:01.120']);
    expect(text.filter((l) => l.includes(' days '))).toHaveLength(2 * 52);
    expect(renderText(nodes(await open('leak-linux-x64'), '!runaway'), 'en')).toMatch(/createdump does not write thread times/);
  });

  test('s finds a string at every place the heap has it', async () => {
    const engine = await open('redis-oom-win-x64');
    const clr = await sampleClr('redis-oom-win-x64');
    const heap = clr.segmentsByAddress();
    const start = heap[0].start;
    const end = heap.at(-1)?.end ?? 0;
    let expected = 0;
    const walker = clr.walk();
    while (walker.step((address, table) => {
      if (table.isString) expected += (clr.objects.tryString(address)?.split('OOM command').length ?? 1) - 1;
    }));
    expect(expected).toBeGreaterThan(100);
    const hits = nodes(engine, `s -u ${start.toString(16)} ${end.toString(16)} "OOM command"`).filter((n) => n.kind === 'line');
    // Byte arrays hold the reply as Redis sent it, in ASCII: UTF-16 text is in strings and character buffers only.
    expect(hits.length).toBeGreaterThanOrEqual(expected);
    const first = hits[0].kind === 'line' ? hits[0].parts[0] : '';
    const at = typeof first === 'string' ? first : first.text;
    expect(renderText(nodes(engine, `du ${at} L3`), 'en')).toContain('"OOM"');
    const pattern = clr.memory.u32(Number.parseInt(at.replace('`', ''), 16)).toString(16);
    expect(renderText(nodes(engine, `s -d ${at} L4 ${pattern}`), 'en')).toContain(at);
    expect(renderText(nodes(engine, 's -u 10 "x'), 'en')).toMatch(/Syntax error/);
  });
});
