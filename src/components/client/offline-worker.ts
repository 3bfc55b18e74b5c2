/**
 * Starts the service worker when the page is done with everything else, and tells it what this page loaded when it was
 * not there yet. Without service workers (some private windows, plain HTTP) nothing happens.
 */
export const offlineReady: Promise<boolean> = start();

async function start(): Promise<boolean> {
  // Reading `caches` may throw where storage is forbidden.
  try {
    if (!import.meta.env.PROD || !('serviceWorker' in navigator) || !isSecureContext) return false;
    await caches.has('dumplab');
  } catch {
    return false;
  }
  await new Promise<void>((resolve) => (document.readyState === 'complete' ? resolve() : addEventListener('load', () => resolve(), { once: true })));
  await new Promise<void>((resolve) => ('requestIdleCallback' in window ? requestIdleCallback(() => resolve(), { timeout: 3000 }) : setTimeout(resolve, 1000)));
  const first = navigator.serviceWorker.controller === null;
  try {
    await navigator.serviceWorker.register(`${import.meta.env.BASE_URL.replace(/\/$/, '')}/sw.js`);
    const { active } = await navigator.serviceWorker.ready;
    if (first) active?.postMessage({ keep: [location.origin + location.pathname, ...performance.getEntriesByType('resource').map((e) => e.name).filter((name) => name.includes('/_astro/'))] });
    return true;
  } catch {
    return false;
  }
}

// What saves pages is fetched when the page has loaded, and only where it can work.
void offlineReady.then((ready) => ready && document.querySelector('offline-page') && import('./offline-page.ts'));
