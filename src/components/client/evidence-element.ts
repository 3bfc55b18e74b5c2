import { accepts, matches } from '../../course/judge.ts';
import { FACTS_EVENT } from './clients.ts';
import type { FoundFacts } from './clients.ts';
import { commandsOf } from './history.ts';
import { markSolved, PROGRESS_EVENT, readDraft, readProgress, saveDraft } from './progress.ts';
import { COURSE } from './course-strings.ts';
import { pageLang } from './strings.ts';

/** Wrong answers after which the solution may be looked at. */
const TRIES = 2;

/** `<dump-evidence>`: an exercise judged from what terminals found on its dump, or from a typed answer. */
class EvidenceElement extends HTMLElement {
  #found = false;
  readonly #texts = COURSE[pageLang()].exercise;

  connectedCallback(): void {
    const form = this.querySelector('form');
    if (!form) return;
    form.hidden = false;
    const draft = readDraft(this.#id);
    const input = form.querySelector<HTMLInputElement>('[name=answer]');
    if (input) {
      input.value = draft.answer ?? '';
      input.addEventListener('input', () => saveDraft(this.#id, { answer: input.value }));
    }
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      if (input) this.#judge(input.value);
    });
    this.#button('.evidence-hint')?.addEventListener('click', () => this.#showHints((readDraft(this.#id).hints ?? 0) + 1, true));
    this.#button('.evidence-reveal')?.addEventListener('click', () => {
      if (!this.#solved) saveDraft(this.#id, { peeked: true });
      this.#offerSolution(true);
    });
    this.#showHints(draft.hints ?? 0, false);
    this.#refresh();
    document.addEventListener(FACTS_EVENT, this.#onFacts);
    document.addEventListener('dumplab:done', this.#onDone);
    document.addEventListener(PROGRESS_EVENT, this.#refresh);
  }

  disconnectedCallback(): void {
    document.removeEventListener(FACTS_EVENT, this.#onFacts);
    document.removeEventListener('dumplab:done', this.#onDone);
    document.removeEventListener(PROGRESS_EVENT, this.#refresh);
  }

  get #id(): string {
    return this.dataset['id'] ?? '';
  }

  get #solved(): boolean {
    return readProgress()[this.#id] !== undefined;
  }

  #button(selector: string): HTMLButtonElement | null {
    return this.querySelector<HTMLButtonElement>(selector);
  }

  #list(name: 'accept' | 'hints'): string[] {
    return JSON.parse(this.dataset[name] ?? '[]') as string[];
  }

  readonly #onFacts = (event: Event): void => {
    const { dump, facts } = (event as CustomEvent<FoundFacts>).detail;
    if (dump !== this.dataset['dump']) return;
    const wanted = { subject: this.dataset['subject'] ?? '', match: JSON.parse(this.dataset['match'] ?? '{}') as Record<string, string> };
    if (facts.some((fact) => matches(fact, wanted))) this.#found = true;
  };

  /** Judged when the command is done, so that it can be named. */
  readonly #onDone = (event: Event): void => {
    const terminal = event.target as HTMLElement;
    if (!this.#found || terminal.dataset['dump'] !== this.dataset['dump']) return;
    this.#found = false;
    if (!this.#solved) this.#solve(this.#texts.found, { how: 'evidence', commands: commandsOf(terminal) });
  };

  #judge(answer: string): void {
    if (accepts(answer, this.#list('accept'))) {
      if (this.#solved) this.#say(this.#texts.right);
      else this.#solve(this.#texts.right, { how: 'answer', answer });
      return;
    }
    const tries = (readDraft(this.#id).tries ?? 0) + 1;
    saveDraft(this.#id, { tries });
    this.#say(answer.trim() === '' ? this.#texts.empty : this.#texts.wrong);
    this.#refresh();
  }

  #solve(text: string, how: { how: 'evidence' | 'answer'; answer?: string; commands?: readonly string[] }): void {
    const { hints = 0, peeked } = readDraft(this.#id);
    markSolved(this.#id, { hints, ...how, ...(peeked && { peeked }) });
    this.#say(text);
    this.#offerSolution(true);
  }

  /** Hints stay on the page once taken: each says more than the one before. */
  #showHints(count: number, asked: boolean): void {
    const hints = this.#list('hints');
    const shown = Math.min(count, hints.length);
    if (asked) saveDraft(this.#id, { hints: shown });
    const list = this.querySelector('ol');
    if (list) {
      list.hidden = shown === 0;
      list.replaceChildren(...hints.slice(0, shown).map((text) => Object.assign(document.createElement('li'), { textContent: text })));
    }
    const button = this.#button('.evidence-hint');
    if (button) {
      button.textContent = this.#texts.hint(shown, hints.length);
      button.disabled = shown === hints.length;
    }
    if (asked) {
      this.#say(hints[shown - 1] ?? '', true);
      this.#refresh();
    }
  }

  /** The solution is there after the exercise, or once the reader has tried. */
  readonly #refresh = (): void => {
    this.classList.toggle('is-solved', this.#solved);
    const { hints = 0, tries = 0, peeked } = readDraft(this.#id);
    const tried = tries >= TRIES || hints === this.#list('hints').length;
    const reveal = this.#button('.evidence-reveal');
    const open = this.#solved || peeked === true;
    if (reveal) reveal.hidden = open || !tried;
    this.#offerSolution(false);
  };

  #offerSolution(open: boolean): void {
    const solution = this.querySelector('details');
    if (!solution) return;
    solution.hidden = !this.#solved && readDraft(this.#id).peeked !== true;
    if (open && !solution.hidden) solution.open = true;
    const reveal = this.#button('.evidence-reveal');
    if (reveal && !solution.hidden) reveal.hidden = true;
  }

  /** `quietly`: for screen readers only, the text is on the page already. */
  #say(text: string, quietly = false): void {
    const result = this.querySelector('.evidence-result');
    if (!result) return;
    result.classList.toggle('sr-only', quietly);
    result.textContent = text;
  }
}

if (!customElements.get('dump-evidence')) customElements.define('dump-evidence', EvidenceElement);
