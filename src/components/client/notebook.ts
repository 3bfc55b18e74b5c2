/** One piece of evidence: what was asked, what the dump answered, what the reader makes of it. */
export interface Pin {
  readonly id: string;
  readonly at: string;
  readonly dump: string;
  /** Page it was found on, as a path. */
  readonly page: string;
  readonly command: string;
  readonly text: string;
  readonly note: string;
}
export interface Notebook { readonly title: string; readonly pins: readonly Pin[] }

const KEY = 'dumplab.notebook';
const MAX_PINS = 200;
const MAX_TEXT = 100_000;

export function readNotebook(): Notebook {
  try {
    const value = JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Notebook> | null;
    const pins = Array.isArray(value?.pins) ? value.pins.filter((p) => typeof p?.id === 'string' && typeof p.command === 'string' && typeof p.text === 'string') : [];
    return { title: typeof value?.title === 'string' ? value.title : '', pins };
  } catch {
    return { title: '', pins: [] };
  }
}

/** False when the browser has no room: nothing was kept. */
export function saveNotebook(notebook: Notebook): boolean {
  try {
    localStorage.setItem(KEY, JSON.stringify(notebook));
    return true;
  } catch {
    return false;
  }
}

export function addPin(pin: Pick<Pin, 'dump' | 'page' | 'command' | 'text'>): boolean {
  const { title, pins } = readNotebook();
  if (pins.length >= MAX_PINS) return false;
  return saveNotebook({ title, pins: [...pins, { ...pin, text: pin.text.slice(0, MAX_TEXT), id: crypto.randomUUID(), at: new Date().toISOString(), note: '' }] });
}

/** Longer than any run of backquotes in the text, so that the text cannot end the block. */
function fence(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  return '`'.repeat(longest + 1);
}

export interface ReportTexts { readonly untitled: string; readonly made: string; readonly dump: string }

export function toMarkdown(notebook: Notebook, t: ReportTexts): string {
  const parts = [`# ${notebook.title || t.untitled}`, ''];
  for (const [i, pin] of notebook.pins.entries()) {
    const mark = fence(pin.text);
    parts.push(`## ${i + 1}. ${pin.command}`, '', `${t.dump} ${pin.dump}, ${pin.at.slice(0, 16).replace('T', ' ')} UTC`, '');
    if (pin.note.trim()) parts.push(pin.note.trim(), '');
    parts.push(`${mark}text`, pin.text, mark, '');
  }
  return [...parts, `${t.made}`, ''].join('\n');
}

const escape = (text: string) => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

/** One file without scripts or requests: it can be mailed and opened anywhere. */
export function toHtml(notebook: Notebook, t: ReportTexts, lang: string): string {
  const sections = notebook.pins.map((pin, i) => [
    `<section><h2>${i + 1}. <code>${escape(pin.command)}</code></h2>`, `<p class="dim">${escape(t.dump)} ${escape(pin.dump)}, <time>${escape(pin.at.slice(0, 16).replace('T', ' '))} UTC</time></p>`,
    ...(pin.note.trim() ? pin.note.trim().split(/\n{2,}/).map((p) => `<p>${escape(p).replaceAll('\n', '<br>')}</p>`) : []), `<pre>${escape(pin.text)}</pre></section>`,
  ].join('\n'));
  const title = escape(notebook.title || t.untitled);
  return `<!doctype html>
<html lang="${lang}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>
body { font: 16px/1.6 system-ui, "PingFang TC", "Noto Sans TC", "Microsoft JhengHei", sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a; background: #fff; }
pre { font: 13px/1.45 ui-monospace, Consolas, monospace; background: #f4f6f8; padding: 0.8rem; overflow-x: auto; }
.dim { color: #555; font-size: 0.9rem; }
@media print { pre { white-space: pre-wrap; overflow-wrap: anywhere; } }
</style>
</head>
<body>
<h1>${title}</h1>
${sections.join('\n')}
<p class="dim">${escape(t.made)}</p>
</body>
</html>
`;
}
