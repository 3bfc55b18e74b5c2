import { OfflineStore } from '../../offline/store.ts';
import { OFFLINE } from './offline-strings.ts';
import { saveWithProgress } from './offline-save.ts';
import { offlineReady } from './offline-worker.ts';
import { pageLang } from './strings.ts';

/** `<offline-page>`: saves the page it is on, with its terminals' dumps and program; shown only where that is possible. */
class OfflinePageElement extends HTMLElement {
  readonly #texts = OFFLINE[pageLang()];

  connectedCallback(): void {
    void this.#enable();
  }

  async #enable(): Promise<void> {
    const { page = '', root = '/', version, size } = this.dataset;
    // The build writes version and size in; the development server does not.
    if (!version || !size || version === '?' || !(await offlineReady)) return;
    const store = new OfflineStore(new URL(root, location.href).href);
    const save = this.querySelector<HTMLButtonElement>('.offline-save');
    const remove = this.querySelector<HTMLButtonElement>('.offline-remove');
    const status = this.querySelector('.offline-status');
    if (!save || !remove || !status) return;
    remove.textContent = this.#texts.remove;
    const show = async () => {
      const saved = (await store.registry())[page];
      save.textContent = saved ? this.#texts.update(size) : this.#texts.save(size);
      save.hidden = saved?.version === version;
      remove.hidden = !saved;
      if (saved) status.textContent = saved.version === version ? this.#texts.saved(size) : this.#texts.stale;
      this.dataset['state'] = saved ? (saved.version === version ? 'saved' : 'stale') : 'none';
    };
    save.addEventListener('click', () => void saveWithProgress(this, store, [page]).then((done) => {
      if (done) return show().then(() => remove.focus());
    }));
    remove.addEventListener('click', () => void store.remove([page]).then(show).then(() => {
      status.textContent = this.#texts.removed;
      save.focus();
    }));
    await show();
    this.hidden = false;
  }
}

if (!customElements.get('offline-page')) customElements.define('offline-page', OfflinePageElement);
