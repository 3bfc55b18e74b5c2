/// <reference lib="webworker" />
import { browserLoader } from './browser-needs.ts';
import { browserOpener, fileByteSource } from './browser-sources.ts';
import { TerminalHost } from './host.ts';
import type { Reply, Request } from './protocol.ts';

const scope = self as unknown as DedicatedWorkerGlobalScope;
let bytes = 0;
const post = (reply: Reply) => scope.postMessage(reply);
const traffic = (more: number) => {
  bytes += more;
  post({ type: 'traffic', bytes });
};
const host = new TerminalHost(post, browserOpener(traffic), browserLoader(traffic), fileByteSource);
scope.onmessage = (event: MessageEvent<Request>) => host.handle(event.data);
