import { nodeCapabilities } from '../../src/cli/needs.ts';
import type { ByteSource } from '../../src/lib/bytes/index.ts';
import { Engine } from '../../src/lib/engine/index.ts';
import { renderText } from '../../src/lib/output/index.ts';
import type { OutputNode } from '../../src/lib/output/index.ts';
import { sampleSource, sampleSymbols } from '../support/dumps.ts';
import type { Section } from './sections.ts';

/** Recorded where the application's own PDB lay beside it; the other sessions had none. */
const WITH_SYMBOLS = new Set(['redis-oom-linux-x64', 'orders-net11-linux-x64', 'orders-x86-win']);

/** Opens a dump (a sample by default) and returns a function that runs one section's command as dotnet-dump would, and gives its whole text. */
export async function runGolden(dump: string, source?: ByteSource): Promise<(section: Section) => string> {
  const engine = new Engine({ capabilities: nodeCapabilities, host: { debugger: 'dotnet-dump', bitness: 64 } });
  void [...engine.open(source ?? (await sampleSource(dump)), `${dump}.dmp`, undefined, WITH_SYMBOLS.has(dump) ? sampleSymbols(dump) : [])];
  const first = engine.session.thread;
  return (section) => {
    engine.session.thread = section.thread ?? first;
    if (section.sos) engine.session.host.sos = section.sos;
    engine.session.announced = new Set(section.rootsKnown ? ['roots', 'stack roots', 'live objects'] : []);
    const nodes: OutputNode[] = [];
    for (const node of engine.execute(section.command)) if (node.kind !== 'progress') nodes.push(node);
    return renderText(nodes, 'en');
  };
}
