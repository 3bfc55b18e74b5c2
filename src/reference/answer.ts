import type { LocalText } from '../lib/bytes/index.ts';

/** What a decoder says about a text: a heading and paragraphs; `code` is shown as it is. */
export interface Answer {
  readonly title: LocalText;
  readonly paragraphs: readonly LocalText[];
  readonly code?: readonly string[];
  /** Page of this site, without language and leading slash. */
  readonly see?: string;
}

export const both = (en: string, zhTw: string): LocalText => ({ en, 'zh-tw': zhTw });
/** A text without words. */
export const same = (text: string): LocalText => both(text, text);
