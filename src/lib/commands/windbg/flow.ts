import { line } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';

const rest = (en: string, zh: string) => [{ name: 'text', kind: 'rest', optional: true, help: { en, 'zh-tw': zh } }] as const;

export const echo: CommandDef = {
  name: '.echo',
  host: 'windbg',
  group: 'session',
  summary: { en: 'Prints its text.', 'zh-tw': '輸出文字。' },
  args: rest('Text.', '文字。'),
  withoutDump: true,
  *run(_context, args) {
    yield line(args.raw.replace(/^"(.*)"$/, '$1'));
  },
};

/** The form feed tells terminals to clear; other renderers show nothing. */
export const cls: CommandDef = {
  name: '.cls',
  host: 'windbg',
  group: 'session',
  summary: { en: 'Clears the screen.', 'zh-tw': '清除畫面。' },
  withoutDump: true,
  *run() {
    yield line('\f');
  },
};
