import { hex } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import type { Clr } from '../../heap/index.ts';
import { line, link, progress } from '../../output/index.ts';
import type { CommandRun } from '../../output/index.ts';
import type { CommandDef } from '../command.ts';

const MAX_DELEGATES = 1 << 20;
const MAX_FACTS = 500;
const MAX_BASES = 32;

export const dumpdelegate: CommandDef = {
  name: 'dumpdelegate',
  host: 'sos',
  group: 'objects',
  summary: { en: 'What a delegate calls: target object and method, one line for each handler of a multicast delegate.', 'zh-tw': '委派會呼叫什麼：目標物件與方法；多點傳送委派的每個處理常式各一行。' },
  details: {
    en: 'Events are multicast delegates: the handlers of a static event are found with this, and each target is an object the event keeps alive.',
    'zh-tw': '事件就是多點傳送委派：用它列出靜態事件的處理常式，每個目標都是被事件保持存活的物件。',
  },
  options: [{ name: '-d', help: { en: 'Print links (always on here).', 'zh-tw': '輸出連結（此處一律啟用）。' } }],
  args: [{ name: 'address', kind: 'hex', help: { en: 'Address of the delegate.', 'zh-tw': '委派的位址。' } }],
  examples: ['dumpdelegate 7c5cfd8'],
  *run({ clr }, args): CommandRun {
    const address = args.number('address') ?? 0;
    const table = clr.objects.find(address);
    if (!table) {
      yield line('Invalid object.');
      return;
    }
    if (!isDelegate(clr, address)) {
      yield line(`Object of type '${clr.types.name(table.address, 'sos')}' is not a delegate.`);
      return;
    }
    yield line('Target           Method           Name');
    let shown = 0;
    const seen = new Set<Address>();
    const remaining = [address];
    for (let delegate = remaining.pop(); delegate !== undefined && seen.size < MAX_DELEGATES; delegate = remaining.pop()) {
      if (seen.has(delegate)) continue;
      seen.add(delegate);
      const list = clr.managed.ref(delegate, '_invocationList');
      if (list && clr.objects.find(list)?.isArray) {
        const count = Math.min(clr.managed.u32(delegate, '_invocationCount') ?? 0, clr.objects.length(list));
        let i = 0;
        for (const element of clr.managed.elements(list)) {
          if (i++ >= count) break;
          if (element && clr.objects.find(element)) remaining.push(element);
        }
        continue;
      }
      const target = clr.managed.pointer(delegate, '_target') ?? 0;
      const method = clr.managed.delegateMethod(delegate);
      const head = link(clr.memory.hex(target), `!do ${hex(target)}`);
      if (method) yield line(head, ' ', link(clr.memory.hex(method.address), `!dumpmd ${hex(method.address)}`), ` ${method.signature}`);
      else yield line(head, ' (unknown)');
      if (shown++ < MAX_FACTS) yield { kind: 'fact', subject: 'object', address: target, values: { delegate: hex(delegate), method: method?.signature ?? '', type: clr.managed.typeName(target) } };
      if (shown % 256 === 0) yield progress(shown, 0);
    }
  },
};

function isDelegate(clr: Clr, address: Address): boolean {
  let table = clr.objects.find(address);
  for (let depth = 0; table && depth < MAX_BASES; depth++) {
    if (clr.types.name(table.address, 'sos') === 'System.Delegate') return true;
    table = table.parent ? clr.types.find(table.parent) : undefined;
  }
  return false;
}
