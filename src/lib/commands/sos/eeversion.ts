import { line } from '../../output/index.ts';
import { scanVersion } from '../../runtime/index.ts';
import type { CommandDef } from '../command.ts';
import { inferredText } from './inferred-text.ts';

export const eeversion: CommandDef = {
  name: 'eeversion',
  host: 'sos',
  byShape: true,
  group: 'session',
  summary: { en: 'Version of the runtime, GC mode and version of SOS.', 'zh-tw': '執行階段版本、GC 模式與 SOS 版本。' },
  examples: ['eeversion'],
  *run(context) {
    const { clr } = context;
    const { runtime } = clr.target;
    const scanned = runtime.module.version ? undefined : scanVersion(runtime, context.memory);
    const version = runtime.module.version || scanned?.text || '';
    const windows = context.dump.os === 'windows';
    // On Windows SOS reads the resources of both files; "free" is its word for a CoreCLR build without a retail stamp.
    yield line(windows ? `${version} ${clr.target.inferred ? 'retail' : 'free'}` : version);
    if (clr.target.inferred) {
      yield* inferredText(clr.target.inferred);
      return;
    }
    if (!windows && scanned?.commit) yield line(`${scanned.text} @Commit: ${scanned.commit}`);
    yield line(clr.gc.server ? `Server mode with ${clr.gc.heaps.length} gc heaps` : 'Workstation mode');
    if (clr.gc.dynamicAdaptation !== undefined && clr.gc.server) yield line(`DATAS ${clr.gc.dynamicAdaptation} `);
    if (clr.gc.inGc) yield line('In plan phase of garbage collection');
    yield line(`SOS Version: ${windows ? `${context.session.host.sos.split(' ')[0]} retail build` : context.session.host.sos}`);
    yield { kind: 'fact', subject: 'setting', values: { name: 'runtime version', value: version, server: clr.gc.server } };
  },
};
