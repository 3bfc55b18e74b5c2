/**
 * A switch of language keeps the reader's place: the same page at the heading that was being read. Starlight's own handler
 * replaces the path and leaves the fragment alone, so the fragment is set to that heading first.
 */
document.addEventListener('change', (event) => {
  if (!(event.target as Element).closest('starlight-lang-select')) return;
  const heading = headingInView();
  if (heading) history.replaceState(history.state, '', `#${heading}`);
}, true);

/** The last heading above the upper third of the window; nothing at the top of the page. */
function headingInView(): string | undefined {
  const line = innerHeight / 3;
  if (scrollY < 40) return undefined;
  const above = [...document.querySelectorAll<HTMLElement>('main :is(h2, h3)[id]')].filter((h) => h.getBoundingClientRect().top <= line);
  return above.at(-1)?.id;
}

/** Terminals that come back to life above the heading push it down: it is brought back unless the reader has moved on. */
if (location.hash.length > 1) {
  let moved = false;
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (const type of ['wheel', 'touchmove', 'keydown', 'pointerdown']) addEventListener(type, () => (moved = true), { once: true, passive: true });
  document.addEventListener('dumplab:done', () => {
    if (!moved) target?.scrollIntoView();
  });
}
