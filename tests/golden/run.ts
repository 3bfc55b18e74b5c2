import { Engine } from '../../src/lib/engine/index.ts';
import { renderText } from '../../src/lib/output/index.ts';
import type { OutputNode } from '../../src/lib/output/index.ts';
import { sampleSource } from '../support/dumps.ts';
import type { Section } from './sections.ts';

/** Opens a dump and returns a function that runs one section's command as dotnet-dump would, and gives its whole text. */
export async function runGolden(dump: string): Promise<(section: Section) => string> {
  const engine = new Engine({ host: { debugger: 'dotnet-dump', bitness: 64 } });
  void [...engine.open(await sampleSource(dump), `${dump}.dmp`)];
  const first = engine.session.thread;
  return (section) => {
    engine.session.thread = section.thread ?? first;
    engine.session.announced = new Set(section.rootsKnown ? ['roots', 'stack roots', 'live objects'] : []);
    const nodes: OutputNode[] = [];
    for (const node of engine.execute(section.command)) if (node.kind !== 'progress') nodes.push(node);
    return renderText(nodes, 'en');
  };
}
