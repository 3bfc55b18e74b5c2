import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { nodeCapabilities } from '../cli/needs.ts';
import { openPackedDirectory } from '../cli/packed-directory.ts';
import type { Lang } from '../lib/bytes/index.ts';
import { Engine } from '../lib/engine/index.ts';
import type { HostSetting } from '../lib/terminal/index.ts';
import { renderHtml } from '../lib/output/index.ts';

/** A command and its output, ready for the page. `skipped` stands for lines the page leaves out. */
export interface TranscriptPart {
  readonly command: string;
  readonly prompt: string;
  readonly lines: readonly { readonly html: string; readonly skipped: number }[];
}

/** Longer answers show their head and tail: the page stays readable, the live terminal has the rest. */
const HEAD = 28;
const TAIL = 14;
const SAMPLES = join(process.cwd(), 'public/sample-dumps');

const engines = new Map<string, Promise<Engine>>();
const made = new Map<string, Promise<TranscriptPart[]>>();

async function open(dump: string, host: HostSetting): Promise<Engine> {
  const directory = join(SAMPLES, dump);
  if (!existsSync(directory)) throw new Error(`there is no sample dump ${dump} in public/sample-dumps`);
  const engine = new Engine({ capabilities: nodeCapabilities, host });
  for (const node of engine.open(openPackedDirectory(directory), `${dump}.dmp`)) void node;
  return engine;
}

/** Runs the commands on the sample as a terminal would, each transcript in a session of its own state. */
export function transcript(dump: string, commands: readonly string[], lang: Lang, host: HostSetting): Promise<TranscriptPart[]> {
  const key = JSON.stringify([dump, commands, lang, host]);
  let result = made.get(key);
  if (!result) made.set(key, (result = make(dump, commands, lang, host)));
  return result;
}

async function make(dump: string, commands: readonly string[], lang: Lang, host: HostSetting): Promise<TranscriptPart[]> {
  const key = `${dump}:${host.debugger}-${host.bitness}`;
  if (!engines.has(key)) engines.set(key, open(dump, host));
  const engine = await (engines.get(key) as Promise<Engine>);
  engine.context.lang = lang;
  engine.reset();
  return commands.map((command) => {
    const prompt = engine.prompt;
    const lines: string[] = [];
    for (const node of engine.execute(command)) {
      if (node.kind === 'progress') continue;
      const html = renderHtml(node, lang);
      if (html !== undefined) lines.push(html);
    }
    return { command, prompt, lines: shorten(lines) };
  });
}

function shorten(lines: readonly string[]): { html: string; skipped: number }[] {
  const whole = lines.map((html) => ({ html, skipped: 0 }));
  const skipped = lines.length - HEAD - TAIL;
  if (skipped <= 4) return whole;
  return [...whole.slice(0, HEAD), { html: '', skipped }, ...whole.slice(-TAIL)];
}
