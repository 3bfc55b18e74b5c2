import { POLICIES, simulate } from '../../reference/eviction.ts';
import { size } from '../../reference/redis-sizing.ts';
import type { Layout, RedisVersion } from '../../reference/redis-sizing.ts';

const MAX_KEYS = 20_000;

function people(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value.toFixed(unit === 0 ? 0 : 2)} ${units[unit]}`;
}

/** A form whose answer follows every change. */
abstract class Calculator extends HTMLElement {
  connectedCallback(): void {
    this.querySelector('form')?.addEventListener('input', () => this.calculate());
    this.querySelector('form')?.addEventListener('submit', (event) => event.preventDefault());
    this.calculate();
  }

  protected number(name: string, least: number, most: number): number {
    const value = Number(this.querySelector<HTMLInputElement>(`[name="${name}"]`)?.value);
    return Number.isFinite(value) ? Math.min(Math.max(value, least), most) : least;
  }

  protected text(name: string): string {
    return this.querySelector<HTMLSelectElement>(`[name="${name}"]`)?.value ?? '';
  }

  protected abstract calculate(): void;
}

class SizingElement extends Calculator {
  protected calculate(): void {
    const result = size({
      perSecond: this.number('perSecond', 0, 1e6), timeoutMinutes: this.number('timeoutMinutes', 0, 1e5), payload: this.number('payload', 1, 1e9),
      layout: this.text('layout') as Layout, version: this.text('version') as RedisVersion, fragmentation: this.number('fragmentation', 1, 10), copied: this.number('copied', 0, 100) / 100,
    });
    const texts = { sessions: result.sessions.toLocaleString('en'), each: result.each.toLocaleString('en'), data: people(result.data), maxmemory: people(result.maxmemory), machine: people(result.machine) };
    for (const [name, text] of Object.entries(texts)) {
      const cell = this.querySelector(`[data-out="${name}"]`);
      if (cell) cell.textContent = text;
    }
  }
}

class EvictionElement extends Calculator {
  #timer: ReturnType<typeof setTimeout> | undefined;

  protected calculate(): void {
    clearTimeout(this.#timer);
    const workload = {
      capacity: Math.floor(this.number('capacity', 1, 5000)), cached: Math.floor(this.number('cached', 0, MAX_KEYS)), sessions: Math.floor(this.number('sessions', 1, 5000)), lifetime: Math.floor(this.number('lifetime', 1, MAX_KEYS)),
      expiry: this.querySelector<HTMLInputElement>('[name="expiry"]')?.checked === true,
    };
    // One policy a turn: the page stays alive while the larger workloads are played.
    const play = (index: number): void => {
      const policy = POLICIES[index];
      if (!policy) return;
      const outcome = simulate(policy, workload);
      const row = this.querySelector(`[data-policy="${policy}"]`);
      for (const name of ['refused', 'loggedOut', 'cacheEvicted', 'left'] as const) {
        const cell = row?.querySelector(`[data-out="${name}"]`);
        if (cell) cell.textContent = outcome[name].toLocaleString('en');
      }
      this.#timer = setTimeout(() => play(index + 1));
    };
    this.#timer = setTimeout(() => play(0), 100);
  }
}

if (!customElements.get('redis-sizing')) customElements.define('redis-sizing', SizingElement);
if (!customElements.get('redis-eviction')) customElements.define('redis-eviction', EvictionElement);
