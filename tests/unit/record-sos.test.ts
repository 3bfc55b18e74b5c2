import { describe, expect, test } from 'vitest';
import { commandsOf, cutSession, recordingText, refusePaths } from '../../scripts/record-sos.ts';
import { parseSections } from '../golden/sections.ts';

const SESSION = 'Loading core dump: x.dmp ...\n<END_COMMAND_OUTPUT>\n> eeversion\n10.0\nSOS Version: 1.2\n<END_COMMAND_OUTPUT>\n> setthread 3\n<END_COMMAND_OUTPUT>\n> foo\nERROR: no\n\n<END_COMMAND_ERROR>\n> exit\n';

describe('recording SOS', () => {
  test('commands come from a list or from the prompts of a recording', () => {
    expect(commandsOf('# comment\neeversion\n\ndumpobj 1\n')).toEqual(['eeversion', 'dumpobj 1']);
    expect(commandsOf('> eeversion\n10.0\n> dumpobj 1\nName: x\n')).toEqual(['eeversion', 'dumpobj 1']);
  });

  test('a session is cut at its end marks and read back as sections', () => {
    const recorded = cutSession(SESSION, ['eeversion', 'setthread 3', 'foo']);
    expect(recorded.map((r) => r.output)).toEqual(['10.0\nSOS Version: 1.2\n', '', 'ERROR: no\n\n']);
    expect(parseSections(recordingText(recorded), 'sos-more.txt', true)).toMatchObject([
      { command: 'eeversion', expected: '10.0\nSOS Version: 1.2', thread: undefined, sos: '1.2' },
      { command: 'foo', expected: 'ERROR: no\n', thread: 3, sos: '1.2' },
    ]);
  });

  test('a missing answer and a line that looks like a prompt are refused', () => {
    expect(() => cutSession(SESSION, ['eeversion', 'setthread 3', 'foo', 'bar'])).toThrow("no answer to 'bar'");
    expect(() => recordingText([{ command: 'a', output: '> b\n' }])).toThrow('looks like a prompt');
  });

  test('paths of the machine are refused', () => {
    const recorded = [{ command: 'sosstatus', output: 'Cache: /home/me/cache\n' }];
    expect(() => refusePaths(recorded, ['/home/me'])).toThrow("'sosstatus' prints a path of this machine");
    expect(() => refusePaths(recorded, ['/home/you', '/'])).not.toThrow();
  });
});
