/// <reference lib="webworker" />
import { browserOpener } from './browser-sources.ts';
import { TerminalHost } from './host.ts';
import type { Reply, Request } from './protocol.ts';

const scope = self as unknown as DedicatedWorkerGlobalScope;
let bytes = 0;
const post = (reply: Reply) => scope.postMessage(reply);
const host = new TerminalHost(
  post,
  browserOpener((more) => {
    bytes += more;
    post({ type: 'traffic', bytes });
  }),
);
scope.onmessage = (event: MessageEvent<Request>) => host.handle(event.data);
