import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openPackedDirectory } from '../../src/cli/packed-directory.ts';
import { BufferSource, isDumpError } from '../../src/lib/bytes/index.ts';
import { parsePackIndex } from '../../src/lib/container/index.ts';
import { Engine } from '../../src/lib/engine/index.ts';
import { SymbolFiles } from '../../src/lib/image/index.ts';
import { AddressSpace } from '../../src/lib/memory/index.ts';
import { embed, writePdb } from '../support/pdb-writer.ts';
import type { PdbModel } from '../support/pdb-writer.ts';
import { codeView, writeImage } from '../support/pe-writer.ts';
import type { DebugEntry } from '../support/pe-writer.ts';

const BASE = 0x7000_0000;
const id = (seed: number) => Uint8Array.from({ length: 20 }, (_, i) => (seed * 31 + i * 7) & 0xff);
const pdb = (seed: number): Uint8Array => {
  const model: PdbModel = { id: id(seed), documents: [`/_/${seed}.cs`], methods: [{ points: [{ il: 0, document: 1, line: seed, column: 1, endLine: seed, endColumn: 9 }], scopes: [] }], outside: new Map([[6, 1]]) };
  return writePdb(model);
};
const source = (bytes: Uint8Array) => new BufferSource(bytes);
const memoryOf = (entries: readonly DebugEntry[], cut = 0) => {
  const bytes = writeImage(entries);
  const kept = bytes.subarray(0, bytes.length - cut);
  return new AddressSpace({ size: kept.length, read: (at, length) => kept.subarray(at, at + length) }, [{ address: BASE, size: kept.length, offset: 0 }], 8);
};
const key = (seed: number) => {
  const bytes = id(seed);
  const at = (order: readonly number[]) => order.map((i) => bytes[i].toString(16).padStart(2, '0')).join('').toUpperCase();
  return `${at([3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15])} ${at([19, 18, 17, 16])}`;
};

describe('PDBs published with the samples', () => {
  const samples = new URL('../../public/sample-dumps/', import.meta.url).pathname;
  /** Packs that lack the page on which the image names its PDB; theirs were made from the same sources by the same compiler. */
  const UNNAMED = new Set(['leak-linux-x64', 'loh-linux-x64']);
  const ids = readdirSync(samples, { withFileTypes: true }).filter((e) => e.isDirectory() && readdirSync(join(samples, e.name)).some((f) => f.endsWith('.pdb'))).map((e) => e.name);

  test('there are some', () => expect(ids.length).toBeGreaterThan(10));

  test.each(ids)('%s: named by the index, and the one the image asks for', (id) => {
    const index = parsePackIndex(JSON.parse(readFileSync(join(samples, id, 'index.json'), 'utf8')));
    const source = openPackedDirectory(join(samples, id));
    const engine = new Engine();
    for (const node of engine.open(source, id)) void node;
    const { clr, memory, session } = engine.context;
    for (const file of index.symbols ?? []) {
      const bytes = readFileSync(join(samples, id, file.name));
      expect([bytes.length, createHash('sha256').update(bytes).digest('hex')]).toEqual([file.size, file.sha256]);
      const module = clr.modules.list().find((m) => m.path.endsWith(file.name.replace('.pdb', '.dll')));
      const found = session.symbols.of(memory, module?.base ?? 0);
      if (UNNAMED.has(id)) expect(found.wanted, 'is named now: take it off the list').toBeUndefined();
      else expect(found.from).toEqual({ file: file.name });
    }
    expect(readdirSync(join(samples, id)).filter((f) => f.endsWith('.pdb'))).toEqual((index.symbols ?? []).map((f) => f.name));
  });
});

describe('the PDB of a module', () => {
  test('a file counts by its id, whatever it is called', () => {
    const files = new SymbolFiles();
    files.add('other.pdb', source(pdb(2)));
    files.add('renamed.bin', source(pdb(1)));
    const found = files.of(memoryOf([codeView(id(1), 'C:\\build\\App.pdb')]), BASE);
    expect(found.wanted).toMatchObject({ path: 'C:\\build\\App.pdb', age: 1, portable: true });
    expect(found.from).toEqual({ file: 'renamed.bin' });
    expect(found.pdb?.lineAt(1, 0)).toEqual({ file: '/_/1.cs', line: 1 });
    expect(found.attempts).toEqual([{ file: 'renamed.bin', outcome: 'loaded', detail: key(1) }]);
  });

  test('one of the right name and another build is refused, with its id', () => {
    const files = new SymbolFiles();
    files.add('APP.pdb', source(pdb(3)));
    const { pdb: loaded, attempts } = files.of(memoryOf([codeView(id(1), '/_/obj/App.pdb')]), BASE);
    expect(loaded).toBeUndefined();
    expect(attempts).toEqual([{ file: 'APP.pdb', outcome: 'mismatched', detail: key(3) }]);
  });

  test('same GUID, other stamp: another build', () => {
    const model = id(1);
    model[19] ^= 1;
    const files = new SymbolFiles();
    files.add('App.pdb', source(pdb(1)));
    expect(files.of(memoryOf([codeView(model, 'App.pdb')]), BASE).attempts[0]).toMatchObject({ outcome: 'mismatched' });
  });

  test('inside the image; a file is asked when its pages are not in the dump', () => {
    const inside = [codeView(id(1), 'App.pdb'), { type: 17, data: embed(pdb(1)) }];
    const files = new SymbolFiles();
    expect(files.of(memoryOf(inside), BASE)).toMatchObject({ from: { file: undefined }, attempts: [{ file: undefined, outcome: 'loaded' }] });
    expect(files.of(memoryOf(inside, 10), BASE)).toMatchObject({ pdb: undefined, attempts: [{ file: undefined, outcome: 'absent' }] });
    files.add('App.pdb', source(pdb(1)));
    expect(files.of(memoryOf(inside, 10), BASE)).toMatchObject({ from: { file: 'App.pdb' } });
    expect(files.of(memoryOf([codeView(id(1), 'App.pdb'), { type: 17, data: embed(pdb(2)) }]), BASE).attempts).toMatchObject([{ file: undefined, outcome: 'mismatched', detail: key(2) }, { file: 'App.pdb', outcome: 'loaded' }]);
  });

  test('Windows PDBs and other files are named for what they are', () => {
    const files = new SymbolFiles();
    files.add('App.pdb', source(new TextEncoder().encode('Microsoft C/C++ MSF 7.00\r\n\x1aDS')));
    files.add('App.dll', source(writeImage([])));
    files.add('cut.pdb', source(pdb(1).subarray(0, 30)));
    files.add('empty.pdb', source(new Uint8Array(0)));
    expect(files.files).toMatchObject([{ kind: 'windows' }, { kind: 'unusable', problem: 'not a PDB' }, { kind: 'unusable' }, { kind: 'unusable' }]);
    expect(files.of(memoryOf([codeView(id(1), 'App.pdb')]), BASE).attempts).toMatchObject([{ file: 'App.pdb', outcome: 'windows' }]);
  });

  test('a file that comes later is asked too', () => {
    const files = new SymbolFiles();
    const memory = memoryOf([codeView(id(1), 'App.pdb')]);
    expect(files.of(memory, BASE).pdb).toBeUndefined();
    files.add('App.pdb', source(pdb(1)));
    expect(files.of(memory, BASE).pdb).toBeDefined();
  });

  test('no image, no debug directory, damaged ones: nothing, and no exception of another kind', () => {
    const files = new SymbolFiles();
    expect(files.of(memoryOf([]), BASE).attempts).toEqual([]);
    expect(files.of(memoryOf([]), BASE + 0x100000).attempts).toEqual([]);
    const bytes = writeImage([codeView(id(1), 'App.pdb'), { type: 17, data: embed(pdb(1)) }]);
    for (let at = 0; at < bytes.length; at++) {
      const damaged = bytes.slice();
      damaged[at] ^= 0xff;
      const memory = new AddressSpace({ size: damaged.length, read: (from, length) => damaged.subarray(from, from + length) }, [{ address: BASE, size: damaged.length, offset: 0 }], 8);
      const { pdb: loaded } = files.of(memory, BASE);
      try {
        loaded?.lineAt(1, 0);
      } catch (error) {
        if (!isDumpError(error)) throw error;
      }
    }
  });
});
