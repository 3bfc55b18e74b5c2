import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { COMMANDS, findCommand } from '../../src/lib/commands/index.ts';
import { Engine } from '../../src/lib/engine/index.ts';
import { renderText } from '../../src/lib/output/index.ts';
import type { OutputNode } from '../../src/lib/output/index.ts';

const unavailable = COMMANDS.filter((c) => c.unavailable);

/** Commands that are being written: not known yet, or known already. To be emptied when all are there. */
const AWAITED = new Set<string>();

/** Names SOS's own help lists, aliases included, from a recorded session. */
function sosNames(): string[] {
  const text = readFileSync(new URL('../golden/redis-oom-win-x64/sos.txt', import.meta.url), 'utf8');
  const help = /\n> help\n([\s\S]*?)\n> /.exec(text)?.[1] ?? '';
  return help.split('\n').flatMap((row) => row.slice(0, 57).replace(/<.*>/, '').split(',').map((name) => name.trim()).filter(Boolean));
}

describe('commands that cannot work on a dump in a browser', () => {
  test.each(['en', 'zh-tw'] as const)('say why in %s', (lang) => {
    expect(unavailable.length).toBeGreaterThan(20);
    for (const command of unavailable) {
      const engine = new Engine({ host: { debugger: 'windbg', bitness: 64 } });
      engine.session.dump = undefined;
      const nodes: OutputNode[] = [];
      for (const node of engine.run(command, 'any -d words')) if (node.kind !== 'progress') nodes.push(node);
      const text = renderText(nodes, lang);
      expect(text, command.name).toContain(command.summary[lang]);
      expect(text, command.name).toContain(lang === 'en' ? 'does not work here' : '在此無法使用');
    }
  });

  test('what they point to exists', () => {
    for (const command of unavailable) {
      const engine = new Engine({ host: { debugger: 'windbg', bitness: 64 } });
      for (const node of engine.run(command, '')) {
        if (node.kind !== 'line') continue;
        for (const part of node.parts) {
          if (typeof part === 'string' || part.kind !== 'link') continue;
          const name = part.command.split(' ')[0];
          if (AWAITED.has(name.replace(/^!/, ''))) continue;
          const found = findCommand(name.replace(/^!/, '')) ?? findCommand(name);
          expect(found && !found.unavailable, `${command.name} → ${part.command}`).toBeTruthy();
        }
      }
    }
  });

  test('no name of SOS is unknown', () => {
    const names = sosNames();
    expect(names.length).toBeGreaterThan(100);
    expect(names.filter((name) => !findCommand(name) && !AWAITED.has(name.toLowerCase()))).toEqual([]);
  });
});
