import { ownBytes, SEARCH, sizeText, totalBytes } from '../../offline/manifest.ts';
import type { OfflineManifest, Registry } from '../../offline/manifest.ts';
import { OfflineStore } from '../../offline/store.ts';
import { OFFLINE } from './offline-strings.ts';
import { saveWithProgress } from './offline-save.ts';
import { offlineReady } from './offline-worker.ts';
import { pageLang } from './strings.ts';

/** `<offline-list>`: what is saved on this device, with sizes; saves the whole course, updates and deletes. */
class OfflineListElement extends HTMLElement {
  readonly #lang = pageLang();
  readonly #texts = OFFLINE[pageLang()];
  #manifest: OfflineManifest | undefined;
  #store = new OfflineStore(location.href);

  connectedCallback(): void {
    const root = new URL(this.dataset['root'] ?? '/', location.href);
    this.#store = new OfflineStore(root.href);
    // The service worker shows this page in place of one that is not saved: the address is still that one's.
    const path = decodeURIComponent(location.pathname);
    if (!/\/offline\/$/.test(path)) this.#say('.offline-missed', this.#texts.missed(path));
    void this.#enable();
  }

  async #enable(): Promise<void> {
    if (!(await offlineReady) && !navigator.serviceWorker?.controller) {
      this.#say('.offline-missed', this.#texts.unavailable);
      return;
    }
    this.#manifest = await this.#store.manifest().catch(() => undefined);
    this.#on('.offline-save', () => this.#save(this.#manifest?.course ?? []));
    this.#on('.offline-update', async () => this.#save(this.#outdated(await this.#store.registry())));
    this.#on('.offline-clear', async () => {
      await this.#store.remove(Object.keys(await this.#store.registry()));
      await this.#show();
    });
    await this.#show();
    const body = this.querySelector<HTMLElement>('.offline-body');
    if (body) body.hidden = false;
  }

  #on(selector: string, act: () => Promise<void>): void {
    this.querySelector(selector)?.addEventListener('click', () => void act());
  }

  #say(selector: string, text: string): void {
    const place = this.querySelector<HTMLElement>(selector);
    if (!place) return;
    place.textContent = text;
    place.hidden = text === '';
  }

  #outdated(registry: Registry): string[] {
    const pages = this.#manifest?.pages;
    return pages ? Object.keys(registry).filter((id) => pages[id] && pages[id].version !== registry[id].version) : [];
  }

  async #save(ids: readonly string[]): Promise<void> {
    if (ids.length) await saveWithProgress(this, this.#store, ids);
    await this.#show();
  }

  async #show(): Promise<void> {
    const registry = await this.#store.registry();
    const ids = Object.keys(registry).sort((a, b) => Number(a === SEARCH) - Number(b === SEARCH) || (a < b ? -1 : 1));
    const outdated = this.#outdated(registry);
    const list = this.querySelector('.offline-entries');
    list?.replaceChildren(...ids.map((id) => this.#entry(id, registry, outdated.includes(id))));
    const persisted = (await navigator.storage?.persisted?.().catch(() => false)) ?? false;
    this.#say('.offline-total', ids.length ? `${this.#texts.total(ids.length, sizeText(totalBytes(Object.values(registry))))} ${persisted ? this.#texts.persisted : this.#texts.notPersisted}` : '');
    for (const [selector, hidden] of [['.offline-none', ids.length > 0], ['.offline-clear', ids.length === 0], ['.offline-update', outdated.length === 0]] as const) {
      const element = this.querySelector<HTMLElement>(selector);
      if (element) element.hidden = hidden;
    }
    await this.#showCourse(registry);
  }

  /** The button for all of the course, with what it would fetch. */
  async #showCourse(registry: Registry): Promise<void> {
    const button = this.querySelector<HTMLButtonElement>('.offline-save');
    const manifest = this.#manifest;
    if (!button) return;
    button.disabled = !manifest;
    if (!manifest) return;
    const all = manifest.course.every((id) => registry[id]?.version === manifest.pages[id]?.version);
    button.hidden = all;
    button.textContent = this.#texts.all(sizeText(await this.#store.missing(manifest, manifest.course)));
    if (all) this.#say('.offline-status', this.#texts.allSaved);
  }

  #entry(id: string, registry: Registry, outdated: boolean): HTMLLIElement {
    const page = registry[id];
    const entry = document.createElement('li');
    const name = id === SEARCH ? document.createElement('span') : Object.assign(document.createElement('a'), { href: `${this.dataset['root'] ?? '/'}${this.#lang}/${id ? `${id}/` : ''}` });
    name.textContent = page.title[this.#lang];
    const size = Object.assign(document.createElement('span'), { className: 'offline-size', textContent: `${this.#texts.own(sizeText(ownBytes(registry, id)), sizeText(totalBytes([page])))}${outdated ? ` · ${this.#texts.outdated}` : ''}` });
    const remove = Object.assign(document.createElement('button'), { type: 'button', textContent: this.#texts.remove });
    remove.setAttribute('aria-label', `${this.#texts.remove}: ${page.title[this.#lang]}`);
    remove.addEventListener('click', () => void this.#store.remove([id]).then(() => this.#show()));
    entry.append(name, size, remove);
    return entry;
  }
}

if (!customElements.get('offline-list')) customElements.define('offline-list', OfflineListElement);
