import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { COMMANDS_DOC, commandsDoc } from '../../scripts/commands-doc.ts';

test('docs/commands.md is up to date (node scripts/commands-doc.ts)', () => {
  expect(readFileSync(COMMANDS_DOC, 'utf8')).toBe(commandsDoc());
});
