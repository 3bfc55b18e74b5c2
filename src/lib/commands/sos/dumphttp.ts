import { hex } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import type { Clr } from '../../heap/index.ts';
import { left, line, link, pointerColumn, progress, right, Table, thousands } from '../../output/index.ts';
import type { CommandRun, OutputNode, Progress } from '../../output/index.ts';
import type { MethodTable } from '../../runtime/index.ts';
import type { CommandDef, ParsedArgs } from '../command.ts';

const STEP = 8192;
const REQUEST = 'System.Net.Http.HttpRequestMessage';
const RESPONSE = 'System.Net.Http.HttpResponseMessage';
const STATS = new Table([right(14), left(6), right(10), left(0)]);

interface HttpRequest { readonly address: Address; readonly table: Address; readonly method: string; readonly uri: string; readonly status: number | undefined }

/** .NET Framework's HttpClient has the same fields under names without the underscore. */
function ref(clr: Clr, object: Address, ...names: readonly string[]): Address {
  for (const name of names) {
    const target = clr.managed.ref(object, name);
    if (target !== undefined) return target;
  }
  return 0;
}

function requestOf(clr: Clr, address: Address, response: Address): HttpRequest | undefined {
  const table = clr.objects.find(address);
  if (!table) return undefined;
  const text = (object: Address) => clr.objects.tryString(object, 4096) ?? '';
  const method = ref(clr, address, '_method', 'method');
  const uri = ref(clr, address, '_requestUri', 'requestUri');
  const status = response ? (clr.managed.u32(response, '_statusCode') ?? clr.managed.u32(response, 'statusCode')) : undefined;
  return {
    address, table: table.address, method: method ? text(ref(clr, method, '_method', 'method')) : '',
    uri: uri ? text(ref(clr, uri, '_string', 'm_String')) : '', status,
  };
}

/** Requests that have a response first, then the others; both as they lie in the heap. */
function* collect(clr: Clr): Generator<OutputNode | Progress, HttpRequest[], void> {
  const kinds = new Map<MethodTable, string>();
  const pairs: (readonly [request: Address, response: Address])[] = [];
  const walker = clr.walk();
  for (let more = true; more; ) {
    more = walker.step((address, table) => {
      let kind = kinds.get(table);
      if (kind === undefined) {
        const name = clr.types.name(table.address, 'managed');
        kinds.set(table, (kind = name === REQUEST || name === RESPONSE ? name : ''));
      }
      if (kind === REQUEST) pairs.push([address, 0]);
      else if (kind === RESPONSE) pairs.push([ref(clr, address, '_requestMessage', 'requestMessage'), address]);
    }, STEP);
    yield progress(walker.doneBytes, walker.totalBytes);
  }
  const seen = new Set<Address>();
  const requests: HttpRequest[] = [];
  for (const answered of [true, false]) {
    for (const [address, response] of pairs) {
      if (!address || (response !== 0) !== answered || seen.has(address)) continue;
      seen.add(address);
      const request = requestOf(clr, address, response);
      if (request) requests.push(request);
    }
  }
  return requests;
}

function wanted(args: ParsedArgs): (request: HttpRequest) => boolean {
  const both = args.has('--pending') === args.has('--completed');
  const uri = args.text('--uri')?.toLowerCase();
  const status = args.number('--statuscode');
  return (r) => (both || args.has('--pending') === (r.status === undefined))
    && (uri === undefined || r.uri.toLowerCase().includes(uri)) && (status === undefined || r.status === status);
}

function hostOf(uri: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?(\[[^\]]*\]|[^/?#:]*)/i.exec(uri)?.[1] ?? '';
}

export const dumphttp: CommandDef = {
  name: 'dumphttp',
  host: 'sos',
  group: 'threads',
  summary: { en: 'Requests this process sent with HttpClient, with their answers.', 'zh-tw': '這個處理序以 HttpClient 送出的要求與回應。' },
  options: [
    { name: '--stats', help: { en: 'How many by method, status and host.', 'zh-tw': '依方法、狀態碼與主機統計。' } },
    { name: '--pending', help: { en: 'Only requests without an answer.', 'zh-tw': '只列出尚無回應的要求。' } },
    { name: '--completed', help: { en: 'Only requests with an answer.', 'zh-tw': '只列出已有回應的要求。' } },
    { name: '--uri', value: 'text', help: { en: 'Only those whose address contains this text.', 'zh-tw': '只列出位址包含此文字者。' } },
    { name: '--statuscode', value: 'decimal', help: { en: 'Only this status code.', 'zh-tw': '只列出此狀態碼。' } },
  ],
  examples: ['dumphttp', 'dumphttp --stats'],
  *run({ clr }, args): CommandRun {
    const all = yield* collect(clr);
    const requests = all.filter(wanted(args));
    if (args.has('--stats')) {
      yield* statistics(requests);
      return;
    }
    const pointer = pointerColumn(clr.memory.pointerSize, 'MethodTable');
    const rows = new Table([pointerColumn(clr.memory.pointerSize), pointer, left(6), right(10), left(0)]);
    yield rows.row('Address', 'MethodTable', 'Method', 'StatusCode', 'Uri');
    for (const [i, r] of requests.entries()) {
      yield rows.row(
        link(clr.memory.shortHex(r.address), `!dumpobj ${hex(r.address)}`), link(clr.memory.shortHex(r.table), `!dumpheap -mt ${hex(r.table)}`),
        r.method, r.status === undefined ? '' : thousands(r.status), r.uri,
      );
      yield { kind: 'fact', subject: 'object', address: r.address, values: { type: 'httpRequest', method: r.method, uri: r.uri, status: r.status ?? 0 } };
      if (i % 500 === 499) yield progress(i, requests.length);
    }
    yield line(`Total ${requests.length} requests`);
  },
};

function* statistics(requests: readonly HttpRequest[]): Generator<OutputNode> {
  const groups = new Map<string, { request: HttpRequest; count: number }>();
  for (const request of requests) {
    const key = `${request.method}\n${request.status ?? ''}\n${hostOf(request.uri)}`;
    const group = groups.get(key);
    if (group) group.count++;
    else groups.set(key, { request, count: 1 });
  }
  yield line('Statistics:');
  yield STATS.row('Count', 'Method', 'StatusCode', 'Host');
  for (const { request, count } of [...groups.values()].sort((a, b) => b.count - a.count)) {
    yield STATS.row(thousands(count), request.method, request.status === undefined ? '' : thousands(request.status), hostOf(request.uri));
  }
  yield line(`Total ${requests.length} requests`);
}
