import { makeCertificate, parseCertificate } from '../../course/certificate.ts';
import { EXERCISES, exercisesOf } from '../../course/exercises.ts';
import type { Part } from '../../course/exercises.ts';
import type { Claim } from '../../course/certificate.ts';
import { GOOD, verify } from '../../course/verify.ts';
import type { Bench } from '../../course/verify.ts';
import type { Fact } from '../../lib/output/index.ts';
import { merge, readBackup, writeBackup } from './backup.ts';
import type { Backup } from './backup.ts';
import { closeSession, packUrl, sessionFor } from './clients.ts';
import { COURSE } from './course-strings.ts';
import { readDrills, saveDrills } from './drill.ts';
import { PROGRESS_EVENT, readDrafts, readProgress, saveDrafts, saveProgress } from './progress.ts';
import { pageLang } from './strings.ts';

const DRILL = 'oncall';

/** `<course-progress>`: what has been solved, as a table, as a file to carry along, and as a certificate that can be checked. */
class ProgressElement extends HTMLElement {
  readonly #texts = COURSE[pageLang()].progress;

  connectedCallback(): void {
    for (const section of this.querySelectorAll('section')) section.hidden = false;
    this.querySelector('.progress-export')?.addEventListener('click', () => this.#save('dumplab-progress.json', writeBackup(this.#backup())));
    this.#onFile('.progress-import', (text) => this.#import(text));
    this.querySelector('.progress-reset')?.addEventListener('click', () => {
      if (confirm(this.dataset['sure'])) this.#restore({ progress: {}, drafts: {}, drills: {} });
    });
    this.querySelector('.progress-make')?.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#make(String(new FormData(event.target as HTMLFormElement).get('name') ?? '').trim());
    });
    this.#onFile('.progress-verify', (text) => this.#verify(text));
    document.addEventListener(PROGRESS_EVENT, this.#refresh);
    this.#refresh();
  }

  disconnectedCallback(): void {
    document.removeEventListener(PROGRESS_EVENT, this.#refresh);
  }

  #backup(): Backup {
    return { progress: readProgress(), drafts: readDrafts(), drills: readDrills() };
  }

  #restore({ progress, drafts, drills }: Backup): void {
    saveDrafts({ ...drafts });
    saveDrills({ ...drills });
    saveProgress(progress);
  }

  readonly #refresh = (): void => {
    const progress = readProgress();
    for (const row of this.querySelectorAll<HTMLElement>('[data-part]')) {
      const name = row.dataset['part'] ?? '';
      const part = (/^\d$/.test(name) ? Number(name) : name) as Part;
      const solved = exercisesOf(part).filter((id) => progress[id]).length;
      const bar = row.querySelector('progress');
      if (bar) bar.value = solved;
      const count = row.querySelector('.progress-count');
      if (count) count.textContent = String(solved);
    }
  };

  #say(selector: string, text: string): void {
    const status = this.querySelector(selector);
    if (status) status.textContent = text;
  }

  #save(name: string, text: string): void {
    const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
    Object.assign(document.createElement('a'), { href: url, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }

  #onFile(selector: string, use: (text: string) => void | Promise<void>): void {
    const input = this.querySelector<HTMLInputElement>(selector);
    input?.addEventListener('change', () => {
      const [file] = input.files ?? [];
      if (!file) return;
      void file.text().then(use).finally(() => {
        input.value = '';
      });
    });
  }

  #import(text: string): void {
    try {
      const before = Object.keys(readProgress()).length;
      this.#restore(merge(this.#backup(), readBackup(text)));
      this.#say('.progress-status', this.#texts.imported(Object.keys(readProgress()).length - before));
    } catch (error) {
      this.#say('.progress-status', this.#texts.notImported(error instanceof Error ? error.message : String(error)));
    }
  }

  async #make(name: string): Promise<void> {
    const solved = Object.entries(readProgress()).filter(([id]) => Object.hasOwn(EXERCISES, id));
    const claims = solved.flatMap(([id, { at, hints, how, answer, commands, peeked }]): Claim[] => {
      const rest = { id, at, hints, ...(peeked && { peeked }) };
      if (how === 'evidence' && commands?.length) return [{ ...rest, how, commands }];
      return how === 'answer' && answer ? [{ ...rest, how, answer }] : [];
    });
    if (claims.length === 0) {
      this.#say('.progress-made', this.dataset['need'] ?? '');
      return;
    }
    const ids = [...new Set(claims.map((c) => EXERCISES[c.id].dump))];
    const dumps = Object.fromEntries((await Promise.all(ids.map(async (dump) => [dump, await this.#sha256(dump)] as const))).filter((pair): pair is [string, string] => pair[1] !== undefined));
    const { started, ended, note } = readDrills()[DRILL] ?? {};
    const certificate = await makeCertificate({
      site: location.origin, name, issued: new Date().toISOString(), dumps, exercises: claims,
      ...(started && ended && note && { drill: { started, ended, note } }),
    });
    this.#save('dumplab-certificate.json', JSON.stringify(certificate, undefined, 2));
    this.#say('.progress-made', this.#texts.made(claims.length, certificate.digest.slice(0, 16)));
  }

  async #sha256(dump: string): Promise<string | undefined> {
    const response = await fetch(packUrl(this, dump));
    return response.ok ? ((await response.json()) as { sha256: string }).sha256 : undefined;
  }

  async #verify(text: string): Promise<void> {
    const list = this.querySelector<HTMLElement>('.progress-verdicts');
    if (!list) return;
    list.hidden = true;
    try {
      const certificate = parseCertificate(text);
      const { whole, checked } = await verify(certificate, this.#bench(), (done, total) => this.#say('.progress-verified', this.#texts.checking(done, total)));
      const good = checked.filter((c) => GOOD.includes(c.verdict)).length;
      list.replaceChildren(...checked.map(({ claim, verdict }) => Object.assign(document.createElement('li'), {
        textContent: `${claim.id}: ${this.#texts.verdicts[verdict]}`, className: GOOD.includes(verdict) ? '' : 'is-bad',
      })));
      list.hidden = false;
      this.#say('.progress-verified', `${this.#texts.verified(certificate.name, good, checked.length)} ${whole ? this.#texts.whole : this.#texts.changed}`);
    } catch (error) {
      this.#say('.progress-verified', this.#texts.notVerified(error instanceof Error ? error.message : String(error)));
    }
  }

  /** The published dumps, each in a worker of its own that starts anew for every claim. */
  #bench(): Bench {
    return {
      sha256: (dump) => this.#sha256(dump),
      run: async (dump, commands) => {
        const key = `verify:${dump}`;
        const { client, opened } = sessionFor(key, { kind: 'packed', url: packUrl(this, dump) }, { debugger: 'windbg', bitness: 64 });
        await opened;
        const facts: Fact[] = [];
        for (const command of commands) {
          await client.run(command, { output: (nodes) => { facts.push(...nodes.filter((n) => n.kind === 'fact')); } }).done;
        }
        closeSession(key);
        return facts;
      },
    };
  }
}

if (!customElements.get('course-progress')) customElements.define('course-progress', ProgressElement);
