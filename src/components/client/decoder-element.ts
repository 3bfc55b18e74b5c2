import type { Lang } from '../../lib/bytes/index.ts';
import { same } from '../../reference/answer.ts';
import type { Answer } from '../../reference/answer.ts';
import { decodeCode } from '../../reference/codes.ts';
import { decodeErrors } from '../../reference/error-messages.ts';
import { decodeRedisScript } from '../../reference/redis-script.ts';
import { pageLang } from './strings.ts';

const MAX_TEXT = 20_000;
const NOTHING = {
  error: { en: 'No message of the table is in this text. Paste the whole line the tool printed.', 'zh-tw': '這段文字裡沒有表中的訊息，請貼上工具輸出的整行。' },
  script: { en: 'There is no SHA-1 (40 hexadecimal digits) in this text.', 'zh-tw': '這段文字裡沒有 SHA-1（40 個十六進位數字）。' },
  code: { en: 'There is no known code in this text.', 'zh-tw': '這段文字裡沒有認得的代碼。' },
} as const;
type Kind = keyof typeof NOTHING;

function decode(kind: Kind, text: string): Answer[] {
  if (kind === 'script') return decodeRedisScript(text) ?? [];
  if (kind === 'code') return decodeCode(text);
  const families = decodeErrors(text).map((f): Answer => ({ title: same(f.samples[0].split('\n')[0]), paragraphs: [f.cause, f.cure], ...(f.see && { see: f.see }) }));
  return [...families, ...(decodeRedisScript(text) ?? []), ...decodeCode(text)];
}

/** `<ref-decoder>`: a text, and what the tables of the reference say about it. */
class DecoderElement extends HTMLElement {
  connectedCallback(): void {
    const input = this.querySelector('textarea');
    if (!input) return;
    input.addEventListener('input', () => this.#show(input.value));
    this.#show(input.value);
  }

  #show(text: string): void {
    const result = this.querySelector('.decoder-result');
    if (!result) return;
    const kind = (this.dataset['kind'] ?? 'error') as Kind;
    const lang = pageLang();
    const answers = text.trim() ? decode(kind, text.slice(0, MAX_TEXT)) : [];
    const nothing = Object.assign(document.createElement('p'), { textContent: text.trim() ? NOTHING[kind][lang] : '' });
    result.replaceChildren(...(answers.length ? answers.map((a) => this.#answer(a, lang)) : [nothing]));
  }

  /** Texts are set as text: what was pasted can be no markup. */
  #answer(answer: Answer, lang: Lang): HTMLElement {
    const box = document.createElement('article');
    const title = Object.assign(document.createElement('p'), { textContent: answer.title[lang], className: 'decoder-title' });
    box.append(title, ...answer.paragraphs.map((p) => Object.assign(document.createElement('p'), { textContent: p[lang] })));
    if (answer.code) {
      const pre = document.createElement('pre');
      pre.translate = false;
      pre.tabIndex = 0;
      pre.textContent = answer.code.join('\n');
      box.append(pre);
    }
    if (answer.see) {
      const link = Object.assign(document.createElement('a'), { href: `${this.dataset['root'] ?? ''}${answer.see}`, textContent: lang === 'en' ? 'Read more' : '延伸閱讀' });
      box.append(link);
    }
    return box;
  }
}

if (!customElements.get('ref-decoder')) customElements.define('ref-decoder', DecoderElement);
