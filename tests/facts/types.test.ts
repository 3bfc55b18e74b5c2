import { describe, expect, test } from 'vitest';
import { ThreadState } from '../../src/lib/runtime/index.ts';
import { FACT_DUMPS, sampleClr } from '../support/dumps.ts';
import { factLines, factRows } from '../support/facts.ts';

const hex = (value: number) => value.toString(16);

describe.each(FACT_DUMPS)('types of %s equal ClrMD', (id) => {
  test('instance fields: name, offset, token', async () => {
    const clr = await sampleClr(id);
    const theirs = new Map<string, string[]>();
    for (const [mt, , offset, , , name, token] of factRows(id, 'fields.tsv')) {
      const list = theirs.get(mt) ?? [];
      list.push(`${name} ${offset} ${token}`);
      theirs.set(mt, list);
    }
    const different: unknown[] = [];
    for (const [mt, expected] of theirs) {
      const ours = clr.fields.instance(clr.types.get(parseInt(mt, 16))).map((f) => `${f.name} ${f.offset} ${hex(f.token)}`);
      if (ours.sort().join('|') !== expected.sort().join('|')) different.push({ mt, ours, expected });
    }
    expect(theirs.size).toBeGreaterThan(20);
    expect(different).toEqual([]);
  });

  test('static fields of the application: where they live', async () => {
    const clr = await sampleClr(id);
    const addresses = new Map<string, string>();
    const tables = new Map(factRows(id, 'statics.tsv').filter((row) => row[0] === 'type').map((row) => [row[3], row[1]]));
    for (const [type, mt] of tables) {
      for (const field of clr.fields.own(clr.types.get(parseInt(mt, 16)))) {
        if (field.isStatic && !field.isThreadStatic) addresses.set(`${type}.${field.name}`, hex(clr.fields.staticAddress(field) ?? 0));
      }
    }
    const expected = factRows(id, 'statics.tsv').filter((row) => row[0] === 'static');
    expect(expected.length).toBeGreaterThan(5);
    for (const [, type, name, address] of expected) expect(addresses.get(`${type}.${name}`), `${type}.${name}`).toBe(address);
  });

  test('methods of the application: signature and token', async () => {
    const clr = await sampleClr(id);
    const rows = factRows(id, 'statics.tsv').filter((row) => row[0] === 'method');
    const ours = rows.map(([, type, md]) => {
      const method = clr.methods.find(parseInt(md, 16));
      return `${type} ${method && hex(method.token)} ${method?.signature}`;
    });
    expect(ours).toEqual(rows.map(([, type, , token, , , signature]) => `${type} ${token} ${signature}`));
  });

  test('modules', async () => {
    const clr = await sampleClr(id);
    const ours = clr.modules.list().map((m) => `${hex(m.address)} ${hex(m.base)}`);
    const theirs = factRows(id, 'modules_managed.tsv').map(([address, base]) => `${address} ${base}`);
    expect(new Set(ours)).toEqual(new Set(theirs));
    for (const { path } of clr.modules.list()) expect(path).toMatch(/^[\x20-\x7e]*$/);
  });

  test('threads: ids, addresses, state, last exception', async () => {
    const clr = await sampleClr(id);
    const ours = clr.threads.list().filter((t) => (t.state & (ThreadState.Unstarted | ThreadState.Dead)) === 0).map((t) => `managed=${t.managedId} os=${hex(t.osId)} addr=${hex(t.address)} state=${t.state}`);
    const theirs = factLines(id, 'threads.txt').filter((line) => /^thread .*alive=True/.test(line)).map((line) => /^thread (managed=\d+ os=\w+ addr=\w+).* (state=\d+)/.exec(line)!.slice(1).join(' '));
    expect(new Set(ours)).toEqual(new Set(theirs));
  });
});
