import { beforeAll, describe, expect, test } from 'vitest';
import { differenceOf, onConsole, withLines } from './compare.ts';
import { runGolden } from './run.ts';
import { readSections, recordedDumps } from './sections.ts';
import type { Section } from './sections.ts';

describe.each(recordedDumps())('%s prints what SOS printed', (dump) => {
  let run: (section: Section) => string;
  beforeAll(async () => {
    run = await runGolden(dump);
  });

  for (const section of readSections(dump)) {
    const difference = differenceOf(dump, section);
    const name = `${section.command}${section.thread === undefined ? '' : ` (thread ${section.thread})`}${section.occurrence ? ` #${section.occurrence + 1}` : ''}${section.file === 'sos.txt' ? '' : ` (${section.file})`}`;
    if (!difference) {
      test(name, () => expect(run(section)).toBe(section.expected));
    } else if (difference.kind === 'lines') {
      test(`${name} – but for listed lines: ${difference.reason}`, () => expect(run(section)).toBe(withLines(section.expected, difference.lines)));
    } else if (difference.kind === 'console') {
      test(`${name} – but for: ${difference.reason}`, () => {
        const actual = run(section);
        expect(onConsole(actual)).toBe(section.expected);
        expect(actual, 'is equal now: remove it from the table').not.toBe(section.expected);
      });
    } else if (difference.kind === 'rewrite') {
      const wanted = difference.rewrites.reduce((text, [golden, ours]) => text.replace(golden, ours), section.expected);
      test(`${name} – but for: ${difference.reason}`, () => expect(run(section)).toBe(wanted));
    } else if (difference.kind === 'pending') {
      test(`${name} – still differs: ${difference.reason}`, (context) => {
        let actual = '';
        try {
          actual = run(section);
        } catch {
          // A pending command may fail in any way.
        }
        expect(actual, 'is equal now: remove it from the table').not.toBe(section.expected);
        context.skip();
      });
    } else {
      test(`${name} – ours: ${difference.reason}`, () => {
        const actual = run(section);
        expect(actual).not.toBe(section.expected);
        expect(actual).toMatch(difference.expect);
      });
    }
  }
});
