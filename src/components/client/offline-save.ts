import { sizeText } from '../../offline/manifest.ts';
import type { OfflineStore } from '../../offline/store.ts';
import { OFFLINE, offlineErrorText } from './offline-strings.ts';
import { pageLang } from './strings.ts';

/** Saves pages with the progress bar, the cancel button and the status line of `box`; true when all of it is saved. */
export async function saveWithProgress(box: HTMLElement, store: OfflineStore, ids: readonly string[]): Promise<boolean> {
  const lang = pageLang();
  const bar = box.querySelector('progress');
  const stop = box.querySelector<HTMLButtonElement>('.offline-stop');
  const status = box.querySelector('.offline-status');
  const controller = new AbortController();
  const cancel = () => controller.abort();
  const busy = (on: boolean) => {
    for (const button of box.querySelectorAll('button')) if (button !== stop) button.disabled = on;
    if (bar) bar.hidden = !on;
    if (stop) stop.hidden = !on;
  };
  const say = (text: string) => {
    if (status) status.textContent = text;
  };
  if (!navigator.onLine) {
    say(OFFLINE[lang].offline);
    return false;
  }
  stop?.addEventListener('click', cancel);
  bar?.removeAttribute('value');
  busy(true);
  let drawn = 0;
  try {
    await store.save(ids, (done, total) => {
      const now = performance.now();
      if (now - drawn < 100 && done < total) return;
      drawn = now;
      if (bar) [bar.max, bar.value] = [Math.max(1, total), done];
      say(OFFLINE[lang].saving(sizeText(done), sizeText(total)));
    }, controller.signal);
    say('');
    return true;
  } catch (error) {
    say(offlineErrorText(error, lang));
    return false;
  } finally {
    busy(false);
    stop?.removeEventListener('click', cancel);
  }
}
