import { COURSE } from './course-strings.ts';
import { clock, left, readDrill, saveDrill } from './drill.ts';
import { PROGRESS_EVENT } from './progress.ts';
import { pageLang } from './strings.ts';

/** Minutes left that are announced. */
const ANNOUNCED = [15, 5, 1, 0];

/** `<dump-drill>`: questions that appear when the clock starts; hints and solutions when it ends. */
class DrillElement extends HTMLElement {
  #timer: ReturnType<typeof setInterval> | undefined;
  #announced = Number.POSITIVE_INFINITY;
  readonly #texts = COURSE[pageLang()].drill;

  connectedCallback(): void {
    this.#show('.drill-bar', true);
    this.#show('.drill-note', true);
    const note = this.querySelector('textarea');
    if (note) {
      note.value = readDrill(this.#id).note ?? '';
      note.addEventListener('input', () => saveDrill(this.#id, { ...readDrill(this.#id), note: note.value }));
      this.querySelector('.drill-template')?.addEventListener('click', () => {
        note.value += (note.value && !note.value.endsWith('\n') ? '\n' : '') + (this.dataset['form'] ?? '');
        note.dispatchEvent(new Event('input'));
        note.focus();
      });
    }
    this.querySelector('.drill-start')?.addEventListener('click', () => {
      const { note: text } = readDrill(this.#id);
      saveDrill(this.#id, { started: new Date().toISOString(), ...(text && { note: text }) });
      this.#announced = Number.POSITIVE_INFINITY;
      this.#refresh();
      this.querySelector<HTMLElement>('.drill-body :is(h2, .sl-heading-wrapper)')?.scrollIntoView({ block: 'start' });
    });
    this.querySelector('.drill-end')?.addEventListener('click', () => {
      if (!confirm(this.dataset['sure'])) return;
      saveDrill(this.#id, { ...readDrill(this.#id), ended: new Date().toISOString() });
      this.#refresh();
      document.dispatchEvent(new CustomEvent(PROGRESS_EVENT));
    });
    this.#refresh();
  }

  disconnectedCallback(): void {
    clearInterval(this.#timer);
  }

  get #id(): string {
    return this.dataset['id'] ?? '';
  }

  #show(selector: string, shown: boolean): void {
    const element = this.querySelector<HTMLElement>(selector);
    if (element) element.hidden = !shown;
  }

  #refresh(): void {
    const drill = readDrill(this.#id);
    const running = drill.started !== undefined && drill.ended === undefined;
    this.classList.toggle('is-waiting', !drill.started);
    this.classList.toggle('is-running', running);
    this.#show('.drill-start', !running);
    this.#show('.drill-rules', !drill.started);
    this.#show('.drill-clock', running);
    this.#show('.drill-end', running);
    const start = this.querySelector('.drill-start');
    if (start && drill.ended) start.textContent = this.#texts.again;
    clearInterval(this.#timer);
    if (running) {
      this.#tick();
      this.#timer = setInterval(() => this.#tick(), 1000);
    } else if (drill.started && drill.ended) {
      const took = Math.round((Date.parse(drill.ended) - Date.parse(drill.started)) / 60_000);
      const enough = (drill.note ?? '').trim().length >= Number(this.dataset['least']);
      this.#say(`${this.#texts.ended(took)} ${enough ? this.#texts.noteDone : this.#texts.noteMissing}`);
    }
  }

  #tick(): void {
    const rest = left(readDrill(this.#id), Number(this.dataset['minutes']), Date.now());
    const time = this.querySelector('.drill-time');
    if (time) time.textContent = clock(rest);
    const minutes = Math.max(0, Math.ceil(rest / 60_000));
    const due = ANNOUNCED.find((m) => minutes <= m && m < this.#announced && minutes === m);
    if (due === undefined) return;
    this.#announced = due;
    this.#say(due === 0 ? this.#texts.over : this.#texts.left(due));
  }

  #say(text: string): void {
    const status = this.querySelector('.drill-status');
    if (status) status.textContent = text;
  }
}

if (!customElements.get('dump-drill')) customElements.define('dump-drill', DrillElement);
