/**
 * Shows the definition of a glossary term beside it: on hover, on keyboard focus, and on the first tap; a second tap or a
 * click follows the link. Escape hides it; the pointer may move onto it. Without `popover` the terms stay plain links.
 */
const GAP = 6;
const LEAVE = 150;

function enable(link: HTMLAnchorElement, definition: HTMLElement): void {
  definition.popover = 'manual';
  definition.hidden = false;
  let leaving: ReturnType<typeof setTimeout> | undefined;
  let touched = false;
  const isOpen = () => definition.matches(':popover-open');
  const show = () => {
    clearTimeout(leaving);
    if (isOpen()) return;
    for (const other of document.querySelectorAll<HTMLElement>('.gloss-def:popover-open')) other.hidePopover();
    definition.showPopover();
    place();
  };
  const hide = () => {
    clearTimeout(leaving);
    if (isOpen()) definition.hidePopover();
  };
  const place = () => {
    const [line] = link.getClientRects();
    if (!line) return;
    const { width, height } = definition.getBoundingClientRect();
    const left = Math.max(GAP, Math.min(line.left, document.documentElement.clientWidth - width - GAP));
    const below = line.bottom + GAP;
    definition.style.left = `${left}px`;
    definition.style.top = `${below + height <= innerHeight || line.top - GAP - height < 0 ? below : line.top - GAP - height}px`;
  };
  const leave = () => {
    clearTimeout(leaving);
    leaving = setTimeout(hide, LEAVE);
  };
  for (const part of [link, definition]) {
    part.addEventListener('pointerenter', (event) => event.pointerType === 'mouse' && show());
    part.addEventListener('pointerleave', (event) => event.pointerType === 'mouse' && leave());
  }
  link.addEventListener('focus', () => link.matches(':focus-visible') && show());
  link.addEventListener('blur', hide);
  link.addEventListener('pointerdown', (event) => (touched = event.pointerType !== 'mouse'));
  link.addEventListener('click', (event) => {
    if (!touched || isOpen()) return;
    event.preventDefault();
    show();
  });
  document.addEventListener('pointerdown', (event) => event.target !== link && !definition.contains(event.target as Node) && hide());
  document.addEventListener('keydown', (event) => event.key === 'Escape' && hide());
  addEventListener('scroll', () => isOpen() && place(), { passive: true });
}

if ('popover' in HTMLElement.prototype) {
  for (const link of document.querySelectorAll<HTMLAnchorElement>('a.gloss')) {
    const definition = document.getElementById(link.getAttribute('aria-describedby') ?? '');
    if (definition) enable(link, definition);
  }
}
