import { describe, expect, test } from 'vitest';
import { accepts, matches, normalize } from '../../src/course/judge.ts';

describe('evidence', () => {
  const fact = { kind: 'fact', subject: 'exception', address: 0x790f018, values: { type: 'X', message: 'ERR Error running script …OOM…' } } as const;
  test('notation does not matter', () => {
    for (const form of ['790f018', '0x790F018', '00000000`0790f018', ' 000000000790F018 ']) expect(accepts(form, ['790f018']), form).toBe(true);
    expect(accepts('790f019', ['790f018'])).toBe(false);
    expect(accepts('', [''])).toBe(false);
    expect(normalize('1,234')).toBe('1234');
  });
  test('facts must agree in every value', () => {
    expect(matches(fact, { subject: 'exception', match: { address: '0790f018' } })).toBe(true);
    expect(matches(fact, { subject: 'exception', match: { message: '~oom', type: 'X' } })).toBe(true);
    expect(matches(fact, { subject: 'exception', match: { message: '~oom', type: 'Y' } })).toBe(false);
    expect(matches(fact, { subject: 'object', match: { address: '790f018' } })).toBe(false);
    expect(matches(fact, { subject: 'exception', match: {} })).toBe(false);
  });
});

describe('answers as people type them', () => {
  test.each([['５８３', '583'], ['583 個', '583'], ['80 bytes', '80'], ['「SETNX」', 'setnx'], ['OwnerBody()', 'OwnerBody'], ['no.', 'no'], ['1,234 objects', '1234']])('%s', (typed, wanted) => {
    expect(accepts(typed, [wanted])).toBe(true);
  });
  test('but not something else', () => {
    for (const wrong of ['583 or 584', '583 x', '58.3', '-583']) expect(accepts(wrong, ['583']), wrong).toBe(false);
  });
});
