import { isImmutable, readRegistryText, totalBytes } from './manifest.ts';
import type { OfflineManifest, Registry, SavedPage } from './manifest.ts';

/** Files of saved pages, and which pages those are. */
export const SAVED = 'dumplab-saved';
const REGISTRY = 'offline-registry.json';
const LOCK = 'dumplab-offline';

/** Why saving failed; the interface has a sentence for each. */
export class OfflineError extends Error {
  readonly reason: 'quota' | 'network' | 'changed' | 'cancelled';
  readonly needed: number;
  readonly free: number;
  constructor(reason: OfflineError['reason'], needed = 0, free = 0) {
    super(reason);
    this.reason = reason;
    this.needed = needed;
    this.free = free;
  }
}

/** Pages kept in this browser, under the site's root. Used by pages and by the service worker. */
export class OfflineStore {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  #url(path: string): string {
    return new URL(path, this.#root).href;
  }

  async registry(): Promise<Registry> {
    const response = await (await caches.open(SAVED)).match(this.#url(REGISTRY));
    return response ? readRegistryText(await response.text()) : {};
  }

  async #write(cache: Cache, registry: Registry): Promise<void> {
    await cache.put(this.#url(REGISTRY), new Response(JSON.stringify(registry), { headers: { 'content-type': 'application/json' } }));
  }

  async manifest(): Promise<OfflineManifest> {
    try {
      const response = await fetch(this.#url('offline.json'), { cache: 'no-cache' });
      if (response.ok) return (await response.json()) as OfflineManifest;
    } catch {
      // Reported below like any other failure of the network.
    }
    throw new OfflineError('network');
  }

  /** Bytes that saving these pages would fetch. */
  async missing(manifest: OfflineManifest, ids: readonly string[]): Promise<number> {
    const have = new Set(Object.values(await this.registry()).flatMap((p) => p.files.map(([path]) => path)).filter(isImmutable));
    return totalBytes(ids.map((id) => pageOf(manifest, id))) - totalBytes([{ ...EMPTY, files: ids.flatMap((id) => pageOf(manifest, id).files).filter(([path]) => have.has(path)) }]);
  }

  /**
   * Saves pages one after another, each whole or not at all. Throws an OfflineError; pages that were complete by then stay,
   * the rest of what was fetched is dropped.
   */
  async save(ids: readonly string[], progress: (done: number, total: number) => void, signal: AbortSignal): Promise<void> {
    const manifest = await this.manifest();
    const total = await this.missing(manifest, ids);
    await checkQuota(total);
    let done = 0;
    const count = (bytes: number) => progress(Math.min((done += bytes), total), total);
    await exclusive(async () => {
      const cache = await caches.open(SAVED);
      try {
        for (const id of ids) await this.#savePage(cache, id, manifest, count, signal);
      } catch (error) {
        throw asOfflineError(error, total - done, signal);
      } finally {
        await this.#sweep(cache);
      }
    });
    // Without it the browser may drop everything when space runs low; it may say no.
    await navigator.storage?.persist?.().catch(() => false);
  }

  /** What never changes under its address comes first, the page's HTML last: what is saved always fits together. */
  async #savePage(cache: Cache, id: string, manifest: OfflineManifest, count: (bytes: number) => void, signal: AbortSignal): Promise<void> {
    const page = pageOf(manifest, id);
    const pages: [string, Response][] = [];
    for (const [path] of page.files) {
      const url = this.#url(path);
      if (!isImmutable(path)) pages.push([url, await fetchWhole(url, 'no-cache', signal, count)]);
      else if (!(await cache.match(url))) await cache.put(url, await fetchWhole(url, 'default', signal, count));
    }
    // A site that is published anew meanwhile would give pages of two versions.
    if ((await this.manifest()).version !== manifest.version) throw new OfflineError('changed');
    const registry = await this.registry();
    const both = [...new Map([...(registry[id]?.files ?? []), ...page.files])];
    await this.#write(cache, { ...registry, [id]: { ...page, files: both } });
    for (const [url, response] of pages) await cache.put(url, response);
    await this.#write(cache, { ...registry, [id]: page });
  }

  async remove(ids: readonly string[]): Promise<void> {
    await exclusive(async () => {
      const cache = await caches.open(SAVED);
      await this.#write(cache, Object.fromEntries(Object.entries(await this.registry()).filter(([id]) => !ids.includes(id))));
      await this.#sweep(cache);
    });
  }

  /** Drops files that no saved page needs. */
  async #sweep(cache: Cache): Promise<void> {
    const needed = new Set([this.#url(REGISTRY), ...Object.values(await this.registry()).flatMap((p) => p.files.map(([path]) => this.#url(path)))]);
    for (const request of await cache.keys()) if (!needed.has(request.url)) await cache.delete(request);
  }
}

const EMPTY: SavedPage = { title: { en: '', 'zh-tw': '' }, version: '', files: [] };

function pageOf(manifest: OfflineManifest, id: string): SavedPage {
  const page = manifest.pages[id];
  if (!page) throw new OfflineError('changed');
  return { title: page.title, version: page.version, files: page.files.map((i) => manifest.files[i]) };
}

/** One save or delete at a time, in all tabs. */
function exclusive(work: () => Promise<void>): Promise<void> {
  return 'locks' in navigator ? navigator.locks.request(LOCK, work) : work();
}

async function checkQuota(needed: number): Promise<void> {
  const { quota, usage } = (await navigator.storage?.estimate?.().catch(() => undefined)) ?? {};
  if (quota !== undefined && needed > quota - (usage ?? 0)) throw new OfflineError('quota', needed, quota - (usage ?? 0));
}

/** A response that can be kept: read to its end, and not marked as redirected (browsers refuse such ones for pages). */
async function fetchWhole(url: string, cache: RequestCache, signal: AbortSignal, count: (bytes: number) => void): Promise<Response> {
  const response = await fetch(url, { signal, cache });
  if (!response.ok || response.status === 206 || !response.body) throw new OfflineError('network');
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for (const reader = response.body.getReader(); ; ) {
    const { value, done } = await reader.read();
    if (done) break;
    parts.push(value);
    count(value.byteLength);
  }
  return new Response(new Blob(parts), { headers: { 'content-type': response.headers.get('content-type') ?? 'application/octet-stream' } });
}

function asOfflineError(error: unknown, needed: number, signal: AbortSignal): OfflineError {
  if (error instanceof OfflineError) return error;
  if (signal.aborted) return new OfflineError('cancelled');
  return error instanceof DOMException && error.name === 'QuotaExceededError' ? new OfflineError('quota', needed) : new OfflineError('network');
}
