/**
 * xterm.js writes its colours into `<style>` elements and `style` attributes, which a policy without 'unsafe-inline' forbids.
 * It can be given another document: this one is the page's, except that its style elements are constructed sheets and that
 * `setAttribute('style', …)` goes through the CSSOM. Both are the script's own doing, so the policy allows them.
 */
export function strictDocument(): Document {
  return new Proxy(document, {
    get(target, key) {
      if (key === 'createElement') return createElement;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(target) : value;
    },
  });
}

/** Runs `open`, in which one part of xterm.js makes a style element from the page's document whatever it was given. */
export function strictly(open: () => void): void {
  document.createElement = createElement as typeof document.createElement;
  try {
    open();
  } finally {
    delete (document as { createElement?: unknown }).createElement;
  }
}

function createElement(tag: string, options?: ElementCreationOptions): HTMLElement {
  if (tag === 'style') return sheetElement();
  const element = Document.prototype.createElement.call(document, tag, options) as HTMLElement;
  if (tag === 'span') element.setAttribute = setAttribute;
  return element;
}

function setAttribute(this: Element, name: string, value: string): void {
  if (name === 'style') (this as HTMLElement).style.cssText = value;
  else Element.prototype.setAttribute.call(this, name, value);
}

/** Stands where a `<style>` would; its text is a sheet adopted by the page until the element is removed. */
function sheetElement(): HTMLElement {
  const element = Document.prototype.createElement.call(document, 'span') as HTMLElement;
  element.hidden = true;
  const sheet = new CSSStyleSheet();
  document.adoptedStyleSheets.push(sheet);
  Object.defineProperty(element, 'textContent', { set: (css: string) => sheet.replaceSync(css) });
  element.remove = () => {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((s) => s !== sheet);
    Element.prototype.remove.call(element);
  };
  return element;
}
