import type { Lang } from '../lib/bytes/index.ts';
import type { Engine } from '../lib/engine/index.ts';
import { renderAnsi, toJson } from '../lib/output/index.ts';
import type { OutputNode } from '../lib/output/index.ts';
import type { FileWriter } from './files.ts';
import { drive } from '../lib/terminal/driver.ts';

export interface PrintOptions { readonly lang: Lang; readonly json: boolean; readonly color: boolean; /** Where files of commands go. */ readonly files: FileWriter }

/** Runs one command line and prints its nodes; Ctrl+C stops it. Gives the status. */
export async function runAndPrint(engine: Engine, command: string, options: PrintOptions): Promise<'ok' | 'error' | 'cancelled'> {
  let stop = false;
  const interrupt = () => {
    stop = true;
  };
  process.on('SIGINT', interrupt);
  const collected: object[] = [];
  let progressShown = false;
  let refused = false;
  try {
    const status = await drive(engine.execute(command), {
      output(given) {
        const nodes = options.files.take(given);
        refused ||= nodes.length > 0 && nodes.some((n) => n.kind === 'message' && n.style === 'error');
        if (progressShown) process.stderr.write('\r\x1b[K');
        progressShown = false;
        if (options.json) collected.push(...nodes.map((n) => toJson(n, options.lang)));
        else process.stdout.write(textOf(nodes, options));
      },
      progress(p) {
        if (!process.stderr.isTTY || p.total <= 0) return;
        progressShown = true;
        process.stderr.write(`\r${Math.round((100 * p.done) / p.total)} %`);
      },
    }, () => new Promise((resolve) => setImmediate(resolve)), () => stop);
    if (progressShown) process.stderr.write('\r\x1b[K');
    if (options.json) process.stdout.write(`${JSON.stringify({ command, status, output: collected })}\n`);
    return status === 'ok' && refused ? 'error' : status;
  } finally {
    options.files.end();
    process.off('SIGINT', interrupt);
  }
}

export function textOf(nodes: readonly OutputNode[], options: Pick<PrintOptions, 'lang' | 'color'>): string {
  let text = '';
  for (const node of nodes) {
    const rendered = renderAnsi(node, { lang: options.lang, color: options.color, links: false });
    if (rendered !== undefined) text += `${rendered}\n`;
  }
  return text;
}
