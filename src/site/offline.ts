import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AstroIntegration } from 'astro';
import { build } from 'vite';
import { SEARCH, sizeText, totalBytes } from '../offline/manifest.ts';
import type { OfflineManifest, OfflinePage } from '../offline/manifest.ts';

const LANGS = ['en', 'zh-tw'] as const;
const COURSE = /^(guide|kb|course|reference(?!\/commands)|lab|notebook|offline)(\/|$)/;
/** Pagefind's own interfaces; the site's search uses Starlight's. */
const UNUSED_SEARCH = /^pagefind\/pagefind-(?!worker|entry)[\w-]+\.(js|css)$/;

/**
 * Writes `offline.json` (what each page needs), the service worker, and into each page how large it is with everything its
 * terminals load. Comes last: pages and search index must be final.
 */
export function offlineUse(): AstroIntegration {
  let base = '/';
  return {
    name: 'offline-use',
    hooks: {
      'astro:config:done': ({ config }) => {
        base = config.base.replace(/\/?$/, '/');
      },
      'astro:build:done': async ({ dir }) => {
        const dist = fileURLToPath(dir);
        const site = new BuiltSite(dist, base);
        const manifest = site.manifest();
        writeFileSync(join(dist, 'offline.json'), JSON.stringify(manifest));
        const shell = ['', 'favicon.svg', ...LANGS.flatMap((lang) => [`${lang}/offline/`, ...site.static(`${lang}/offline/`)])];
        await build({
          configFile: false, logLevel: 'warn', publicDir: false,
          define: { 'process.env.NODE_ENV': '"production"', BUILD: JSON.stringify({ version: manifest.version, shell: [...new Set(shell)] }) },
          build: { outDir: dist, emptyOutDir: false, rollupOptions: { input: fileURLToPath(new URL('../offline/service-worker.ts', import.meta.url)), output: { entryFileNames: 'sw.js', format: 'iife' } } },
        });
        for (const [id, page] of Object.entries(manifest.pages)) {
          const bytes = totalBytes([{ ...page, files: page.files.map((i) => manifest.files[i]) }]);
          for (const lang of LANGS) site.fill(lang, id, page.version, sizeText(bytes));
        }
      },
    },
  };
}

/** The files of a build and which of them refer to which. */
class BuiltSite {
  readonly #dist: string;
  readonly #base: string;
  readonly #assets: readonly string[];
  readonly #needs = new Map<string, readonly string[]>();
  readonly #hashes = new Map<string, { hash: string; bytes: number }>();

  constructor(dist: string, base: string) {
    this.#dist = dist;
    this.#base = base;
    this.#assets = readdirSync(join(dist, '_astro'));
  }

  #file(path: string): string {
    const plain = path.split('?')[0];
    return join(this.#dist, plain === '' || plain.endsWith('/') ? `${plain}index.html` : plain);
  }

  #facts(path: string): { hash: string; bytes: number } {
    let facts = this.#hashes.get(path);
    if (!facts) {
      const content = readFileSync(this.#file(path));
      this.#hashes.set(path, (facts = { hash: createHash('sha256').update(content).digest('hex').slice(0, 12), bytes: content.length }));
    }
    return facts;
  }

  /** Hashed files that a file names. Their names are unique: a search in the text finds imports, lazy ones and workers. */
  #named(path: string): readonly string[] {
    let names = this.#needs.get(path);
    if (!names) {
      const text = /\.(js|css)$/.test(path) || path.endsWith('/') ? readFileSync(this.#file(path), 'utf8') : '';
      this.#needs.set(path, (names = this.#assets.filter((name) => text.includes(name)).map((name) => `_astro/${name}`)));
    }
    return names;
  }

  /** What a page's HTML names, and what that imports at once. */
  static(page: string): string[] {
    const found = new Set<string>();
    const add = (path: string, text: string) => {
      for (const next of this.#named(path)) {
        if (found.has(next) || !text.includes(next.slice('_astro/'.length))) continue;
        found.add(next);
        // Without the arguments of import() and of what loads workers.
        if (next.endsWith('.js')) add(next, readFileSync(this.#file(next), 'utf8').replace(/import\([^)]*\)|new URL\([^)]*\)|__vite__mapDeps[\s\S]*?\]\)/g, ''));
      }
    };
    add(page, readFileSync(this.#file(page), 'utf8'));
    return [...found];
  }

  /** A page with everything it can load: scripts, styles, workers, and the packs of its terminals. */
  #closure(page: string): string[] {
    const found = new Set([page]);
    for (const path of found) for (const next of this.#named(path)) found.add(next);
    const html = readFileSync(this.#file(page), 'utf8');
    for (const [, index, version] of html.matchAll(/data-index="([^"?]+\/index\.json)(\?v=\w+)"/g)) {
      const path = index.slice(this.#base.length);
      const folder = path.slice(0, path.lastIndexOf('/') + 1);
      const { files, symbols = [] } = JSON.parse(readFileSync(this.#file(path), 'utf8')) as { files: { name: string }[]; symbols?: { name: string }[] };
      for (const name of ['index.json', ...[...files, ...symbols].map((f) => f.name)]) found.add(folder + name + version);
    }
    return [...found];
  }

  #title(page: string): string {
    const title = /<h1[^>]*>([\s\S]*?)<\/h1>/.exec(readFileSync(this.#file(page), 'utf8'))?.[1] ?? '';
    return title.replace(/<[^>]+>/g, '').replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&quot;/g, '"').replace(/&#39;/g, "'").replace(/&amp;/g, '&').trim();
  }

  #pages(folder = ''): string[] {
    return readdirSync(join(this.#dist, 'en', folder), { withFileTypes: true }).flatMap((e) => {
      if (e.isDirectory()) return this.#pages(`${folder}${e.name}/`);
      return e.name === 'index.html' && existsSync(join(this.#dist, 'zh-tw', folder, 'index.html')) ? [folder.replace(/\/$/, '')] : [];
    });
  }

  #search(): string[] {
    const walk = (folder: string): string[] => readdirSync(join(this.#dist, folder), { withFileTypes: true }).flatMap((e) => (e.isDirectory() ? walk(`${folder}/${e.name}`) : [`${folder}/${e.name}`]));
    return existsSync(join(this.#dist, 'pagefind')) ? walk('pagefind').filter((path) => !UNUSED_SEARCH.test(path)) : [];
  }

  manifest(): OfflineManifest {
    const files: (readonly [string, number])[] = [];
    const at = new Map<string, number>();
    const index = (path: string) => {
      let i = at.get(path);
      if (i === undefined) {
        at.set(path, (i = files.length));
        files.push([path, this.#facts(path).bytes]);
      }
      return i;
    };
    const entry = (title: OfflinePage['title'], paths: readonly string[]): OfflinePage => ({
      title, files: paths.map(index), version: createHash('sha256').update(paths.map((p) => `${p} ${this.#facts(p).hash}`).sort().join('\n')).digest('hex').slice(0, 12),
    });
    const pages: Record<string, OfflinePage> = {};
    for (const id of this.#pages()) {
      const [en, zh] = LANGS.map((lang) => `${lang}/${id ? `${id}/` : ''}`);
      pages[id] = entry({ en: this.#title(en), 'zh-tw': this.#title(zh) }, [...new Set([...this.#closure(en), ...this.#closure(zh)])]);
    }
    pages[SEARCH] = entry({ en: 'Search', 'zh-tw': '搜尋' }, this.#search());
    const version = createHash('sha256').update(Object.values(pages).map((p) => p.version).join('\n')).digest('hex').slice(0, 12);
    return { version, files, pages, course: [...Object.keys(pages).filter((id) => id === '' || COURSE.test(id)), SEARCH] };
  }

  /** Puts a page's size and version where its button expects them. */
  fill(lang: string, id: string, version: string, size: string): void {
    const file = this.#file(`${lang}/${id ? `${id}/` : ''}`);
    if (!existsSync(file)) return;
    const html = readFileSync(file, 'utf8');
    const filled = html.replace(/(<offline-page\b[^>]*?) data-version="\?" data-size="\?"/, `$1 data-version="${version}" data-size="${size}"`);
    if (filled !== html) writeFileSync(file, filled);
  }
}
