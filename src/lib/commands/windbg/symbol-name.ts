import type { Address } from '../../bytes/index.ts';
import { isDumpError } from '../../bytes/index.ts';
import type { CommandContext } from '../context.ts';
import { moduleLabel } from './expression.ts';

/** The managed method or the module an address lies in, with the distance; empty when neither is known. */
export function nameOf(context: CommandContext, value: Address): string {
  const module = context.dump.modules.find((m) => value >= m.base && value < m.base + m.size);
  try {
    const method = context.clr.code.methodAt(value);
    if (method) return method.signature;
  } catch (error) {
    // A dump without a readable runtime still has modules.
    if (!isDumpError(error)) throw error;
  }
  return module ? `${moduleLabel(module.path)}+0x${(value - module.base).toString(16)}` : '';
}
