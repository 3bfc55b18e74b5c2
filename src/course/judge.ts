import type { OutputNode } from '../lib/output/index.ts';
import type { Exercise } from './exercises.ts';

type Fact = Extract<OutputNode, { kind: 'fact' }>;
export type Wanted = Pick<Exercise, 'subject' | 'match'>;

const UNIT = /^(-?[\d.,]+)\s*(bytes?|位元組|objects?|個|次|threads?|條執行緒|個執行緒|times?|waiters?)$/;

/**
 * Notation does not matter: case, 0x, backquotes, leading zeros of addresses, blanks around, commas in numbers, full-width
 * characters of an input method, quotes, a full stop at the end, a counted unit, the empty brackets of a method.
 */
export function normalize(text: string): string {
  let plain = text.normalize('NFKC').trim().toLowerCase().replace(/[`,]/g, '').replace(/\s+/g, ' ');
  plain = plain.replace(/^["'“「](.*)["'”」]$/, '$1').replace(/[.。]$/, '').replace(/\(\)$/, '');
  plain = UNIT.exec(plain)?.[1] ?? plain;
  return /^(0x)?0*[0-9a-f]+$/.test(plain) ? plain.replace(/^0x/, '').replace(/^0+(?=.)/, '') : plain;
}

/** True when a fact a command found is the evidence that was asked for. */
export function matches(fact: Fact, wanted: Wanted): boolean {
  if (wanted.subject && fact.subject !== wanted.subject) return false;
  const entries = Object.entries(wanted.match ?? {});
  if (entries.length === 0) return false;
  return entries.every(([key, value]) => {
    const found = key === 'address' ? fact.address?.toString(16) : fact.values[key];
    if (found === undefined) return false;
    if (typeof value === 'string' && value.startsWith('~')) return String(found).toLowerCase().includes(value.slice(1).toLowerCase());
    return normalize(String(found)) === normalize(String(value));
  });
}

/** True when a typed answer is one of those accepted. */
export function accepts(answer: string, accepted: readonly string[] = []): boolean {
  const given = normalize(answer);
  return given !== '' && accepted.some((a) => normalize(a) === given);
}
