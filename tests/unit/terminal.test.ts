import { describe, expect, test } from 'vitest';
import { BufferSource } from '../../src/lib/bytes/index.ts';
import { drive, TerminalHost } from '../../src/lib/terminal/index.ts';
import type { Reply } from '../../src/lib/terminal/index.ts';
import { LineEditor } from '../../src/lib/terminal/line-editor.ts';
import { renderText } from '../../src/lib/output/index.ts';
import type { CommandRun } from '../../src/lib/output/index.ts';
import { sampleSource, sampleSymbols } from '../support/dumps.ts';

const pause = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('the driver', () => {
  test('stops an endless command soon after it is asked to', async () => {
    let closed = false;
    const endless = (function* (): CommandRun {
      try {
        for (let i = 0; ; i++) yield { kind: 'progress', done: i, total: 0 };
      } finally {
        closed = true;
      }
    })();
    let stop = false;
    setTimeout(() => (stop = true), 60);
    const started = performance.now();
    expect(await drive(endless, { output() {}, progress() {} }, pause, () => stop)).toBe('cancelled');
    expect(performance.now() - started).toBeLessThan(1000);
    expect(closed).toBe(true);
  });
  test('keeps the order and loses nothing', async () => {
    const seen: string[] = [];
    const many = (function* (): CommandRun {
      for (let i = 0; i < 3000; i++) yield { kind: 'line', parts: [String(i)] };
    })();
    expect(await drive(many, { output: (nodes) => seen.push(...nodes.map((n) => (n.kind === 'line' ? String(n.parts[0]) : ''))), progress() {} }, pause, () => false)).toBe('ok');
    expect(seen).toEqual(Array.from({ length: 3000 }, (_, i) => String(i)));
  });
  test('a quick command shows no progress', async () => {
    let shown = 0;
    const quick = (function* (): CommandRun {
      yield { kind: 'progress', done: 1, total: 2 };
    })();
    await drive(quick, { output() {}, progress: () => shown++ }, pause, () => false);
    expect(shown).toBe(0);
  });
});

describe('the host', () => {
  async function host() {
    const replies: Reply[] = [];
    const source = await sampleSource('crash-win-x64-net10');
    const terminal = new TerminalHost((r) => replies.push(r), async (location) => {
      if (location.kind === 'packed' && location.url === 'bad') return { source: new BufferSource(new Uint8Array(100)), name: 'bad' };
      return { source, name: 'crash.dmp' };
    });
    const until = async (wanted: (r: Reply) => boolean): Promise<Reply> => {
      for (let i = 0; i < 4000; i++) {
        const found = replies.find(wanted);
        if (found) return found;
        await pause();
      }
      throw new Error(`no such reply among ${replies.map((r) => r.type).join()}`);
    };
    return { terminal, replies, until };
  }
  const open = { type: 'open', location: { kind: 'packed', url: 'good' }, lang: 'en', host: { debugger: 'windbg', bitness: 64 } } as const;

  test('opens, runs and completes', async () => {
    const { terminal, until } = await host();
    terminal.handle(open);
    expect(await until((r) => r.type === 'opened')).toMatchObject({ prompt: '0:000> ' });
    terminal.handle({ type: 'run', id: 7, command: '!pe' });
    expect(await until((r) => r.type === 'done' && r.id === 7)).toMatchObject({ status: 'ok' });
    terminal.handle({ type: 'complete', id: 8, line: '!thr', cursor: 4 });
    expect(await until((r) => r.type === 'completions')).toMatchObject({ from: 0 });
  });
  test('takes PDBs with the dump, and later', async () => {
    const { size, granularity, read } = await sampleSource('redis-oom-linux-x64').then((s) => ({ size: s.size, granularity: s.granularity ?? 1024, read: s.read.bind(s) }));
    const [pdb] = sampleSymbols('redis-oom-linux-x64');
    const other = sampleSymbols('redis-oom-win-x64')[0];
    const answer = async (early: boolean, late: readonly string[]): Promise<string> => {
      const replies: Reply[] = [];
      const read2 = (file: Blob) => ((file as File).name === 'wrong.pdb' ? other.source : pdb.source);
      const terminal = new TerminalHost((r) => replies.push(r), async () => ({ source: { size, granularity, read }, name: 'x.dmp', ...(early && { symbols: [pdb] }) }), undefined, read2);
      terminal.handle(open);
      terminal.handle({ type: 'symbols', files: late.map((name) => new File([], name)) });
      terminal.handle({ type: 'run', id: 1, command: '!clrstack' });
      for (let i = 0; i < 4000 && !replies.some((r) => r.type === 'done'); i++) await pause();
      return renderText(replies.flatMap((r) => (r.type === 'output' ? r.nodes : [])), 'en');
    };
    expect(await answer(false, [])).not.toContain('Program.cs');
    expect(await answer(true, [])).toContain('[/_/Storefront/Program.cs @ 103]');
    expect(await answer(false, ['Storefront.pdb'])).toContain('[/_/Storefront/Program.cs @ 103]');
    expect(await answer(false, ['wrong.pdb'])).not.toContain('Program.cs');
  });
  test('says what is wrong with a bad file', async () => {
    const { terminal, until } = await host();
    terminal.handle({ ...open, location: { kind: 'packed', url: 'bad' } });
    expect(await until((r) => r.type === 'failed')).toMatchObject({ detail: expect.stringMatching(/not a dump/) });
  });
  test('a command without a dump is answered', async () => {
    const { terminal, until } = await host();
    terminal.handle({ type: 'run', id: 1, command: '!pe' });
    expect(await until((r) => r.type === 'done')).toMatchObject({ status: 'error' });
  });
  test('cancel reaches a command that waits in the queue', async () => {
    const { terminal, until } = await host();
    terminal.handle(open);
    terminal.handle({ type: 'run', id: 2, command: '!dumpheap -stat' });
    terminal.handle({ type: 'cancel', id: 2 });
    expect(await until((r) => r.type === 'done' && r.id === 2)).toMatchObject({ status: 'cancelled' });
  });
});

describe('the line editor', () => {
  const type = (editor: LineEditor, ...data: string[]) => data.flatMap((d) => editor.feed(d));
  test('edits and submits', () => {
    const editor = new LineEditor();
    type(editor, '!dumpheap', '\x1b[D', '\x7f', 'X', '\x1b[F', ' -stat');
    expect(editor.text).toBe('!dumpheXp -stat');
    expect(type(editor, '\r')).toEqual([{ kind: 'submit', line: '!dumpheXp -stat' }]);
    expect(editor.text).toBe('');
  });
  test('history keeps what was being typed', () => {
    const editor = new LineEditor();
    type(editor, 'one\r', 'two\r', 'draft', '\x1b[A', '\x1b[A');
    expect(editor.text).toBe('one');
    type(editor, '\x1b[B', '\x1b[B');
    expect(editor.text).toBe('draft');
  });
  test('pasted lines submit one by one', () => {
    expect(type(new LineEditor(), '!a\n!b\r\n').filter((a) => a.kind === 'submit')).toEqual([{ kind: 'submit', line: '!a' }, { kind: 'submit', line: '!b' }]);
  });
  test('kills words and lines, interrupts', () => {
    const editor = new LineEditor();
    type(editor, 'a bc', '\x17');
    expect(editor.text).toBe('a ');
    expect(type(editor, '\x03')).toEqual([{ kind: 'interrupt' }]);
    expect(editor.text).toBe('');
  });
  test('unknown sequences and controls do nothing', () => {
    const editor = new LineEditor();
    expect(type(editor, '\x1b[99~', '\x00')).toEqual([]);
  });
});
