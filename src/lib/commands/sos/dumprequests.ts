import { hex } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import type { Clr } from '../../heap/index.ts';
import { left, line, link, progress, Table } from '../../output/index.ts';
import type { CommandRun } from '../../output/index.ts';
import type { MethodTable } from '../../runtime/index.ts';
import type { CommandDef } from '../command.ts';

const STEP = 8192;
const CONTEXT = 'Microsoft.AspNetCore.Http.DefaultHttpContext';

interface Request { readonly address: Address; readonly method: string; readonly scheme: string; readonly url: string }

/** The request of a DefaultHttpContext, or undefined when it is between two requests. */
function requestOf(clr: Clr, context: Address): Request | undefined {
  const { managed, objects } = clr;
  const at = managed.at(context, '_features');
  const table = objects.find(context);
  const features = table && managed.field(table, '_features');
  const type = features && clr.types.find(clr.typeLookup.fieldType(features));
  const collectionField = type && managed.field(type, '<Collection>k__BackingField');
  const collection = at !== undefined && collectionField ? clr.memory.tryPointer(at + collectionField.offset) : undefined;
  if (!collection || !objects.find(collection)) return undefined;
  const text = (name: string) => objects.tryString(managed.ref(collection, name) ?? 0, 4096);
  const method = managed.at(collection, '<Method>k__BackingField') === undefined ? text('_methodText') : text('<Method>k__BackingField');
  return {
    address: context, method: method ?? text('_methodText') ?? '', scheme: text('<Scheme>k__BackingField') ?? '',
    url: `${text('<Path>k__BackingField') ?? ''}${text('<QueryString>k__BackingField') ?? ''}`,
  };
}

export const dumprequests: CommandDef = {
  name: 'dumprequests',
  host: 'sos',
  group: 'threads',
  summary: { en: 'ASP.NET Core requests in progress.', 'zh-tw': '進行中的 ASP.NET Core 要求。' },
  examples: ['dumprequests'],
  *run({ clr }): CommandRun {
    const requests: Request[] = [];
    const known = new Map<MethodTable, boolean>();
    const found: Address[] = [];
    const walker = clr.walk();
    for (let more = true; more; ) {
      more = walker.step((address, table) => {
        let wanted = known.get(table);
        if (wanted === undefined) known.set(table, (wanted = clr.types.name(table.address, 'managed') === CONTEXT));
        if (wanted) found.push(address);
      }, STEP);
      for (const address of found.splice(0)) {
        const request = requestOf(clr, address);
        if (request) requests.push(request);
      }
      yield progress(walker.doneBytes, walker.totalBytes);
    }
    if (requests.length === 0) {
      yield line('No requests found');
      return;
    }
    const width = (least: number, texts: readonly string[]) => left(texts.reduce((widest, text) => Math.max(widest, text.length), least));
    const table = new Table([
      width(7, requests.map((r) => clr.memory.shortHex(r.address))), width(6, requests.map((r) => r.method)),
      width(6, requests.map((r) => r.scheme)), width(3, requests.map((r) => r.url)),
    ]);
    yield table.row('Address', 'Method', 'Scheme', 'Url');
    for (const [i, r] of requests.entries()) {
      yield table.row(link(clr.memory.shortHex(r.address), `!dumpobj ${hex(r.address)}`), r.method, r.scheme, r.url);
      yield { kind: 'fact', subject: 'object', address: r.address, values: { type: 'request', method: r.method, url: r.url } };
      if (i % 500 === 499) yield progress(i, requests.length);
    }
    yield line(`Found ${requests.length} active requests`);
  },
};
