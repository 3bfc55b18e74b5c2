import { DIFFERENCES } from './differences.ts';
import type { Difference } from './differences.ts';
import type { Section } from './sections.ts';

/** The listed difference of a section, if it has one. */
export function differenceOf(dump: string, section: Section): Difference | undefined {
  return DIFFERENCES.find((d) => (!d.dumps || d.dumps.includes(dump)) && (!d.when || d.when.test(section.expected)) && (typeof d.command === 'string' ? d.command === section.command : d.command.test(section.command)));
}

/** The golden with the listed lines replaced. */
export function withLines(expected: string, lines: readonly (readonly [number, string, string])[]): string {
  const text = expected.split('\n');
  for (const [number, golden, ours] of lines) {
    if (text[number - 1] !== golden) throw new Error(`line ${number} of the golden is ${JSON.stringify(text[number - 1])}`);
    text[number - 1] = ours;
  }
  return text.join('\n');
}

/** What dotnet-dump's console lets through: tabs and printable ASCII. */
export function onConsole(text: string): string {
  return text.replace(/[^\t\n -\x7f]/g, '');
}

/** True when the whole text of a section is SOS's: no difference, or one of single lines or of the console. */
export function isEqual(difference: Difference | undefined): boolean {
  return !difference || difference.kind === 'lines' || difference.kind === 'console';
}
