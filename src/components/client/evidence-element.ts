import { FACTS_EVENT } from './clients.ts';
import type { FoundFacts } from './clients.ts';
import { accepts, matches } from './evidence.ts';
import { markSolved, readProgress } from './progress.ts';
import { pageLang, STRINGS } from './strings.ts';

/** `<dump-evidence>`: an exercise judged from what terminals found on its dump, or from a typed answer. */
class EvidenceElement extends HTMLElement {
  #hints = 0;
  readonly #texts = STRINGS[pageLang()];

  connectedCallback(): void {
    const form = this.querySelector('form');
    form?.removeAttribute('hidden');
    if (readProgress()[this.dataset['id'] ?? '']) this.classList.add('is-solved');
    form?.addEventListener('submit', (event) => {
      event.preventDefault();
      const answer = form.querySelector<HTMLInputElement>('[name=answer]')?.value ?? '';
      if (accepts(answer, this.#list('accept'))) this.#solve();
      else this.#say(this.#texts.wrong);
    });
    this.querySelector('.evidence-hint')?.addEventListener('click', () => {
      const hints = this.#list('hints');
      this.#say(hints[this.#hints] ?? this.#texts.noMoreHints);
      this.#hints = Math.min(this.#hints + 1, hints.length);
    });
    document.addEventListener(FACTS_EVENT, this.#onFacts);
  }

  disconnectedCallback(): void {
    document.removeEventListener(FACTS_EVENT, this.#onFacts);
  }

  readonly #onFacts = (event: Event): void => {
    const { dump, facts } = (event as CustomEvent<FoundFacts>).detail;
    if (dump !== this.dataset['dump'] || this.classList.contains('is-solved')) return;
    const wanted = { subject: this.dataset['subject'] ?? '', match: JSON.parse(this.dataset['match'] ?? '{}') as Record<string, string> };
    if (facts.some((fact) => matches(fact, wanted))) this.#solve();
  };

  #list(name: 'accept' | 'hints'): string[] {
    return JSON.parse(this.dataset[name] ?? '[]') as string[];
  }

  #solve(): void {
    this.classList.add('is-solved');
    this.#say(this.#texts.solved);
    const solution = this.querySelector('details');
    if (solution) solution.open = true;
    markSolved(this.dataset['id'] ?? '', this.#hints);
  }

  #say(text: string): void {
    const result = this.querySelector('.evidence-result');
    if (result) result.textContent = text;
  }
}

if (!customElements.get('dump-evidence')) customElements.define('dump-evidence', EvidenceElement);
