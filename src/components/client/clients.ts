import type { OutputNode } from '../../lib/output/index.ts';
import type { DumpLocation, HostSetting } from '../../lib/terminal/index.ts';
import { DumpClient } from '../../lib/terminal/client.ts';
import type { Opened } from '../../lib/terminal/client.ts';
import { pageLang } from './strings.ts';

export interface Session { readonly client: DumpClient; readonly opened: Promise<Opened>; progress: ((done: number, total: number) => void) | undefined }

const sessions = new Map<string, Session>();

/** The page's session for a dump: terminals that show the same one share its worker. */
export function sessionFor(key: string, location: DumpLocation, host: HostSetting): Session {
  let session = sessions.get(key);
  if (!session) {
    const worker = new Worker(new URL('../../lib/terminal/worker.ts', import.meta.url), { type: 'module' });
    const client = new DumpClient(worker);
    const created: Session = { client, progress: undefined, opened: client.open(location, pageLang(), host, (done, total) => created.progress?.(done, total)) };
    created.opened.catch(() => sessions.delete(key));
    sessions.set(key, (session = created));
  }
  return session;
}

/** Address of a sample's index; its version keeps caches from mixing packs (`data-base` and `data-versions` of the element). */
export function packUrl({ dataset }: HTMLElement, dump: string): string {
  const versions = JSON.parse(dataset['versions'] ?? '{}') as Record<string, string>;
  return new URL(`${dataset['base'] ?? ''}${encodeURIComponent(dump)}/index.json${versions[dump] ? `?v=${versions[dump]}` : ''}`, location.href).href;
}

/** Ends a session, so that the next terminal opens its dump anew. */
export function closeSession(key: string): void {
  sessions.get(key)?.client.close();
  sessions.delete(key);
}

/** What terminals found, for the exercises of the page. */
export const FACTS_EVENT = 'dumplab:facts';
export interface FoundFacts { readonly dump: string; readonly facts: readonly Extract<OutputNode, { kind: 'fact' }>[] }

export function announceFacts(dump: string, nodes: readonly OutputNode[]): void {
  const facts = nodes.filter((n) => n.kind === 'fact');
  if (facts.length) document.dispatchEvent(new CustomEvent<FoundFacts>(FACTS_EVENT, { detail: { dump, facts } }));
}
