import { describe, expect, test } from 'vitest';
import { FACT_DUMPS, sampleClr } from '../support/dumps.ts';
import { factLines } from '../support/facts.ts';

const hex = (value: number) => value.toString(16);

describe.each(FACT_DUMPS)('stacks of %s equal ClrMD', (id) => {
  test('every managed frame of every thread: sp, ip, method', async () => {
    const clr = await sampleClr(id);
    const theirs = new Map<string, string[]>();
    let current: string[] = [];
    for (const line of factLines(id, 'threads.txt')) {
      const thread = /^thread .* addr=(\w+) /.exec(line);
      if (thread) theirs.set(thread[1], (current = []));
      const frame = /^ {4}ManagedMethod sp=(\w+) ip=(\w+) (.*)$/.exec(line);
      if (frame) current.push(`${frame[1]} ${frame[2]} ${frame[3]}`);
    }
    let frames = 0;
    for (const thread of clr.threads.list()) {
      const native = clr.target.dump.threads.find((t) => t.id === thread.osId);
      if (!native) continue;
      const ours: string[] = [];
      for (const f of clr.stacks.walk(native.registers, thread.frame)) if (f.kind === 'managed') ours.push(`${hex(f.sp)} ${hex(f.ip)} ${clr.methods.find(f.code.methodDesc)?.signature}`);
      frames += ours.length;
      expect(ours, `thread ${hex(thread.osId)}`).toEqual(theirs.get(hex(thread.address)));
    }
    expect(frames).toBeGreaterThan(5);
  });
});
