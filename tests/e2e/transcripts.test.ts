import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { openPackedDirectory } from '../../src/cli/packed-directory.ts';
import type { Lang } from '../../src/lib/bytes/index.ts';
import { nodeCapabilities } from '../../src/cli/needs.ts';
import { Engine } from '../../src/lib/engine/index.ts';
import { renderText, sanitize } from '../../src/lib/output/index.ts';
import type { OutputNode } from '../../src/lib/output/index.ts';
import { DIST, ensureBuilt, pages, ROOT } from './browser.ts';

beforeAll(ensureBuilt);

/** Text of an attribute: signs like > stand in it as they are. */
const decode = (html: string) => html.replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&quot;/g, '"').replace(/&#39;/g, "'").replace(/&amp;/g, '&');
const unescape = (html: string) => decode(html.replace(/<[^>]+>/g, ''));

interface Shown { readonly page: string; readonly dump: string; readonly debuggerName: string; readonly bits: string; readonly commands: string[]; readonly blocks: string[] }

/** Every transcript of the built site. */
function transcripts(): Shown[] {
  return pages().flatMap((page) => {
    const html = readFileSync(join(DIST, page, 'index.html'), 'utf8');
    return [...html.matchAll(/<dump-terminal\b((?:[^>"]|"[^"]*")*)>([\s\S]*?)<\/dump-terminal>/g)].map(([, attributes, body]) => {
      const attribute = (name: string) => decode(new RegExp(`\\bdata-${name}="([^"]*)"`).exec(attributes)?.[1] ?? '');
      const blocks = [...body.matchAll(/<div class="term-block"[^>]*>([\s\S]*?)<\/div>\s*(?:<pre[^>]*>([\s\S]*?)<\/pre>)?\s*<\/div>/g)].map((m) => m[2] ?? '');
      return { page, dump: attribute('dump'), debuggerName: attribute('debugger'), bits: attribute('bits'), commands: JSON.parse(attribute('run')) as string[], blocks };
    });
  });
}

test('every transcript on the site is what the commands print now', () => {
  const engines = new Map<string, Engine>();
  const all = transcripts();
  expect(all.length).toBeGreaterThan(20);
  let checked = 0;
  for (const { page, dump, debuggerName, bits, commands, blocks } of all) {
    const lang: Lang = page.startsWith('/zh-tw/') ? 'zh-tw' : 'en';
    const key = `${dump}:${debuggerName}-${bits}`;
    let engine = engines.get(key);
    if (!engine) {
      engine = new Engine({ capabilities: nodeCapabilities, host: { debugger: debuggerName === 'dotnet-dump' ? 'dotnet-dump' : 'windbg', bitness: bits === '32' ? 32 : 64 } });
      void [...engine.open(openPackedDirectory(join(ROOT, 'public/sample-dumps', dump)), `${dump}.dmp`)];
      engines.set(key, engine);
    }
    engine.context.lang = lang;
    engine.reset();
    expect(blocks.length, page).toBe(commands.length);
    for (const [i, command] of commands.entries()) {
      const nodes = [...engine.execute(command)].filter((n): n is OutputNode => n.kind !== 'progress');
      const lines = renderText(nodes, lang).split('\n').map(sanitize);
      const shown = unescape(blocks[i]).split('\n');
      const gap = shown.findIndex((l) => /^(… \d+ lines left out|……此處省略 \d+ 行)/.test(l));
      if (gap < 0) expect(shown.join('\n'), `${page} ${command}`).toBe(lines.join('\n'));
      else {
        expect(shown.slice(0, gap), `${page} ${command}`).toEqual(lines.slice(0, gap));
        expect(shown.slice(gap + 1), `${page} ${command}`).toEqual(lines.slice(lines.length - (shown.length - gap - 1)));
      }
      checked++;
    }
  }
  expect(checked).toBeGreaterThan(40);
}, 300_000);
