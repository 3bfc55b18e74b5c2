import { ContractError } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import type { OutputNode, Progress } from '../../output/index.ts';
import type { CommandContext } from '../context.ts';

/** Objects reachable from the roots. */
export interface LiveSet { has(address: Address): boolean }

/** Finds what the roots keep alive. */
// eslint-disable-next-line require-yield
export function* liveness(_context: CommandContext, _say: boolean): Generator<OutputNode | Progress, LiveSet, void> {
  throw new ContractError('liveness needs the stack roots, which are not read yet', {
    en: 'Use dumpheap without -live or -dead.', 'zh-tw': '請改用不含 -live 或 -dead 的 dumpheap。',
  });
}
