/** Distance in CSS pixels after which a touch counts as scrolling, not as a tap. */
const SLOP = 8;

/**
 * Scrolls a terminal by finger: xterm.js listens to the wheel only. Sideways and beyond its ends the browser scrolls as
 * usual. `scroll` moves by rows (negative: back) and tells whether anything moved.
 */
export function scrollByTouch(host: HTMLElement, rowHeight: () => number, scroll: (rows: number) => boolean): void {
  let last: { x: number; y: number } | undefined;
  let ours: boolean | undefined;
  let rest = 0;
  host.addEventListener('touchstart', (event) => {
    const touch = event.touches[0];
    last = event.touches.length === 1 ? { x: touch.clientX, y: touch.clientY } : undefined;
    ours = undefined;
    rest = 0;
  }, { passive: true });
  host.addEventListener('touchmove', (event) => {
    const touch = event.touches[0];
    if (!last || ours === false) return;
    const dx = touch.clientX - last.x;
    const dy = last.y - touch.clientY;
    if (ours === undefined) {
      if (Math.max(Math.abs(dx), Math.abs(dy)) < SLOP) return;
      // The first movement decides: up or down with something to scroll is the terminal's, all else the browser's.
      ours = Math.abs(dy) > Math.abs(dx) && scroll(Math.sign(dy));
      if (!ours) return;
    }
    event.preventDefault();
    rest += dy / Math.max(1, rowHeight());
    const rows = Math.trunc(rest);
    rest -= rows;
    if (rows) scroll(rows);
    last = { x: touch.clientX, y: touch.clientY };
  }, { passive: false });
}
