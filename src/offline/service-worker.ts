/// <reference lib="webworker" />
import { createPartialResponse } from 'workbox-range-requests';
import { OfflineStore, SAVED } from './store.ts';

/** Written in by the build: the site's version, and what the page for "you are offline" needs. */
declare const BUILD: { readonly version: string; readonly shell: readonly string[] };

const scope = self as unknown as ServiceWorkerGlobalScope;
const ROOT = scope.registration.scope;
/** Pages the reader has seen and what they loaded, of this version of the site only. */
const VISITED = `dumplab-visited-${BUILD.version}`;
const MAX_VISITED = 120;

scope.addEventListener('install', (event) => {
  event.waitUntil(caches.open(VISITED).then((cache) => cache.addAll(BUILD.shell.map((path) => new Request(new URL(path, ROOT), { cache: 'no-cache' })))));
});

// A new version waits until the tabs of the old one are closed (no skipWaiting), so nothing that is open loses its files.
scope.addEventListener('activate', (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name.startsWith('dumplab-visited-') && name !== VISITED) await caches.delete(name);
    await scope.registration.navigationPreload?.enable();
    await new OfflineStore(ROOT).remove([]);
    await scope.clients.claim();
  })());
});

/** The page that was open when this worker was installed tells what it had loaded. */
scope.addEventListener('message', (event) => {
  const urls = (event.data as { keep?: unknown }).keep;
  if (!Array.isArray(urls)) return;
  event.waitUntil((async () => {
    for (const url of urls.filter((u): u is string => typeof u === 'string' && u.startsWith(ROOT)).slice(0, 60)) {
      if (!(await caches.match(url))) await keep(url, await fetch(url).catch(() => undefined));
    }
  })());
});

scope.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET' || !request.url.startsWith(ROOT)) return;
  const path = request.url.slice(ROOT.length);
  if (request.mode === 'navigate') event.respondWith(page(event));
  else if (path.startsWith('_astro/')) event.respondWith(asset(event));
  else if (path.startsWith('sample-dumps/')) event.respondWith(pack(request));
  else event.respondWith(other(request, path));
});

async function kept(url: string, options?: CacheQueryOptions): Promise<Response | undefined> {
  return (await (await caches.open(SAVED)).match(url, options)) ?? (await (await caches.open(VISITED)).match(url, options));
}

async function other(request: Request, path: string): Promise<Response> {
  try {
    return await fetch(request);
  } catch {
    // Pagefind asks for its entry with the time behind it.
    return (await kept(request.url, { ignoreSearch: path.startsWith('pagefind/') })) ?? Response.error();
  }
}

async function keep(url: string, response: Response | undefined): Promise<void> {
  if (!response?.ok || response.type !== 'basic' || response.redirected) return;
  try {
    const cache = await caches.open(VISITED);
    await cache.put(url, response);
    const pages = (await cache.keys()).filter((r) => r.url.endsWith('/'));
    for (const old of pages.slice(0, Math.max(0, pages.length - MAX_VISITED))) await cache.delete(old);
  } catch {
    // No room: the page works all the same, it is only not there without a network.
  }
}

/** From the network while there is one; else as saved, as last seen, or the page that says what is there. */
async function page(event: FetchEvent): Promise<Response> {
  const url = new URL(event.request.url);
  const address = url.origin + url.pathname;
  try {
    const response = ((await event.preloadResponse) as Response | undefined) ?? (await fetch(event.request));
    if (response.ok) event.waitUntil(keep(address, response.clone()));
    return response;
  } catch {
    const lang = address.slice(ROOT.length).startsWith('zh-tw') ? 'zh-tw' : 'en';
    return (await kept(address)) ?? (await kept(`${address}/`)) ?? (await kept(new URL(`${lang}/offline/`, ROOT).href)) ?? Response.error();
  }
}

/** Names carry a hash of the content: what is here is right. */
async function asset(event: FetchEvent): Promise<Response> {
  const { request } = event;
  const known = await kept(request.url);
  if (known) return known;
  const response = await fetch(request);
  event.waitUntil(keep(request.url, response.clone()));
  return response;
}

/** Packs are kept whole and only when the reader saves them; terminals ask for ranges of them. */
async function pack(request: Request): Promise<Response> {
  const whole = await (await caches.open(SAVED)).match(request.url);
  if (!whole) return fetch(request);
  return request.headers.has('range') ? createPartialResponse(request, whole) : whole;
}
