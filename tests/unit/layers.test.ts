import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../../src/lib');
/** Lowest first: a layer imports only from itself and from layers before it. */
const LAYERS = ['bytes', 'container', 'memory', 'image', 'asm', 'runtime', 'heap', 'output', 'commands', 'engine', 'terminal'];
const MAX_LINES = 400;

function files(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((e) => (e.isDirectory() ? files(join(directory, e.name)) : e.name.endsWith('.ts') ? [join(directory, e.name)] : []));
}

const layerOf = (file: string) => relative(ROOT, file).split('/')[0];
const imports = (text: string) => [...text.matchAll(/(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g)].map((m) => m[1]);

describe('layers of src/lib', () => {
  const all = files(ROOT);

  test('every folder is a layer with an index and a line in the README', () => {
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
    const folders = readdirSync(ROOT).filter((name) => statSync(join(ROOT, name)).isDirectory());
    expect(folders.sort()).toEqual([...LAYERS].sort());
    for (const layer of LAYERS) {
      expect(readme, layer).toContain(`| \`${layer}\` |`);
      expect(all, layer).toContain(join(ROOT, layer, 'index.ts'));
    }
  });

  test('no import goes upward', () => {
    const upward: string[] = [];
    for (const file of all) {
      const from = LAYERS.indexOf(layerOf(file));
      for (const target of imports(readFileSync(file, 'utf8'))) {
        if (!target.startsWith('.')) continue;
        const to = LAYERS.indexOf(layerOf(resolve(dirname(file), target)));
        if (to < 0 || to > from) upward.push(`${relative(ROOT, file)} → ${target}`);
      }
    }
    expect(upward).toEqual([]);
  });

  test('below terminal nothing knows the DOM, Node or Astro', () => {
    const foreign: string[] = [];
    for (const file of all) {
      if (layerOf(file) === 'terminal') continue;
      const text = readFileSync(file, 'utf8');
      for (const target of imports(text)) {
        if (/^(node:|astro|@astrojs|fs$|path$)/.test(target)) foreign.push(`${relative(ROOT, file)} imports ${target}`);
      }
      const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
      const globals = /\b(document\.|window\.|localStorage|XMLHttpRequest|FileReaderSync|process\.(env|argv|exit|stdout)|navigator\.)/.exec(code);
      if (globals) foreign.push(`${relative(ROOT, file)} uses ${globals[0]}`);
    }
    expect(foreign).toEqual([]);
  });

  test('files stay small', () => {
    const long = all.map((file) => [relative(ROOT, file), readFileSync(file, 'utf8').split('\n').length] as const).filter(([, lines]) => lines > MAX_LINES);
    expect(long).toEqual([]);
  });
});
