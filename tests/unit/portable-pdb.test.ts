import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { BufferSource, isDumpError } from '../../src/lib/bytes/index.ts';
import { pdbKey, PortablePdb } from '../../src/lib/image/index.ts';
import { embed, writePdb } from '../support/pdb-writer.ts';
import type { PdbModel, PointModel } from '../support/pdb-writer.ts';

const STOREFRONT = new URL('../../public/sample-dumps/redis-oom-linux-x64/Storefront.pdb', import.meta.url);

function random(seed: number): (limit: number) => number {
  let state = (seed * 2654435761) % 4294967296;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 4294967296) * limit);
  };
}

function makeModel(seed: number): PdbModel {
  const pick = random(seed);
  const documents = Array.from({ length: 1 + pick(5) }, (_, i) => (pick(2) ? `/_/src/部分 ${i}/File${i}.cs` : `C:\\src\\x${i}\\File.cs`));
  const methods = Array.from({ length: pick(12) }, () => {
    let il = 0;
    const only = 1 + pick(documents.length);
    const several = pick(3) === 0;
    const points: PointModel[] = Array.from({ length: pick(20) }, (_, i) => {
      il += i ? 1 + pick(pick(4) ? 30 : 20_000) : 0;
      const line = 1 + pick(pick(2) ? 100 : 60_000);
      const endLine = line + (pick(2) ? 0 : pick(40));
      const column = 1 + pick(120);
      return { il, document: several ? 1 + pick(documents.length) : only, hidden: pick(5) === 0, line, column, endLine, endColumn: endLine === line ? column + 1 + pick(200) : 1 + pick(200) };
    });
    const scopes = Array.from({ length: pick(4) }, (_, i) => ({
      start: i * 10, length: 50, locals: Array.from({ length: pick(5) }, (__, slot) => ({ slot: slot + 5 * i, name: `value${i}_${slot}`, hidden: pick(4) === 0 })),
    }));
    return { points, scopes };
  });
  return { id: Uint8Array.from({ length: 20 }, () => pick(256)), documents, methods, outside: new Map([[6, pick(2) ? 40 : 70_000], [2, 3]]) };
}

describe('what is written is read', () => {
  test.each(Array.from({ length: 150 }, (_, i) => i))('model %i', (seed) => {
    const model = makeModel(seed);
    const bytes = writePdb(model);
    for (const pdb of [PortablePdb.open(new BufferSource(bytes)), PortablePdb.openEmbedded(embed(bytes))]) {
      expect(model.documents.map((_, i) => pdb.documentName(i + 1))).toEqual(model.documents);
      model.methods.forEach(({ points, scopes }, i) => {
        expect(pdb.sequencePoints(i + 1)).toEqual(points.map((p) => (p.hidden
          ? { il: p.il, document: p.document, hidden: true, startLine: 0xfeefee, startColumn: 0, endLine: 0xfeefee, endColumn: 0 }
          : { il: p.il, document: p.document, hidden: false, startLine: p.line, startColumn: p.column, endLine: p.endLine, endColumn: p.endColumn })));
        for (const il of [0, 5, 25, 400, 30_000]) {
          const wanted = points.filter((p) => !p.hidden && p.il <= il).at(-1);
          expect(pdb.lineAt(i + 1, il)).toEqual(wanted && { file: model.documents[wanted.document - 1], line: wanted.line });
          const names = scopes.filter((s) => il >= s.start && il < s.start + s.length).flatMap((s) => s.locals).filter((l) => !l.hidden);
          expect([...pdb.localNames(i + 1, il)]).toEqual([...new Map(names.map((l) => [l.slot, l.name]))]);
        }
      });
      expect(pdb.lineAt(model.methods.length + 1, 0)).toBeUndefined();
    }
  });
});

test("a compiler's PDB: lines and names that SOS shows", () => {
  const pdb = PortablePdb.open(new BufferSource(readFileSync(STOREFRONT)));
  expect(pdbKey(pdb)).toBe('1F6A9687177E43D8B31CAEF8829DF028 EF5841CB');
  expect(pdb.documentName(1)).toBe('/_/Storefront/Program.cs');
  // RetryUntilTimeout: its loop, and the handler in it.
  expect([0, 35, 66, 97, 132].map((il) => pdb.lineAt(8, il)?.line)).toEqual([39, 43, 47, 48, 48]);
  expect([...pdb.localNames(8, 0).values()]).toContain('started');
});

describe('damaged PDBs', () => {
  const guarded = (run: () => void) => {
    try {
      run();
    } catch (error) {
      if (!isDumpError(error)) throw error;
    }
  };
  const use = (pdb: PortablePdb) => {
    guarded(() => pdb.documentName(1));
    for (let method = 0; method < 30; method++) {
      expect(pdb.sequencePoints(method).length).toBeLessThanOrEqual(1 << 14);
      pdb.lineAt(method, 40);
      pdb.localNames(method, 20);
    }
  };

  test('flipped bits and cut ends give an answer or an error of ours, quickly', () => {
    const started = performance.now();
    const sources = [new Uint8Array(readFileSync(STOREFRONT)), ...Array.from({ length: 20 }, (_, i) => writePdb(makeModel(i + 500)))];
    for (let seed = 0; seed < 400; seed++) {
      const pick = random(seed);
      const source = sources[seed % sources.length];
      const damaged = source.slice(0, pick(4) ? source.length : pick(source.length + 1));
      for (let i = 1 + pick(12); i > 0 && damaged.length; i--) damaged[pick(pick(2) ? Math.min(400, damaged.length) : damaged.length)] ^= 1 << pick(8);
      guarded(() => use(PortablePdb.open(new BufferSource(damaged))));
      const packed = embed(source);
      for (let i = 1 + pick(5); i > 0; i--) packed[pick(packed.length)] ^= 1 << pick(8);
      guarded(() => use(PortablePdb.openEmbedded(packed)));
    }
    expect(performance.now() - started).toBeLessThan(30_000);
  });

  test('an embedded PDB may not claim a size its data cannot have', () => {
    expect(() => PortablePdb.openEmbedded(embed(writePdb(makeModel(1)), 0x7fffffff))).toThrow(/embedded PDB of 2147483647 bytes/);
    expect(() => PortablePdb.openEmbedded(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9))).toThrow(/no embedded PDB/);
  });
});
