import { bitnessCure, targetArchitecture } from '../commands/index.ts';
import type { SessionState } from '../commands/index.ts';
import { line, message } from '../output/index.ts';
import type { OutputNode } from '../output/index.ts';

const MACHINE = { x64: "'x64' (0x8664)", x86: "'x86' (0x014c)", arm64: "'arm64' (0xaa64)", arm: "'arm' (0x01c4)" } as const;

/** What SOS says when debugger and process differ in bitness, and what to do about it. */
export function* refusal(session: SessionState): Generator<OutputNode> {
  const { dump, host } = session;
  if (!dump) return;
  yield line(`SOS does not support the current target architecture ${MACHINE[targetArchitecture(dump, host)]}. A 32 bit target may require a 32 bit debugger or vice versa. In general, try to use the same bitness for the debugger and target process.`);
  yield message('warning', bitnessCure(dump, host));
}
