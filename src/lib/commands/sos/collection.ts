import type { Address } from '../../bytes/index.ts';
import type { Clr } from '../../heap/index.ts';
import { ArgumentError, parseNumber } from '../parse.ts';

/** The collection a command was given; throws ArgumentError with SOS's words for anything else. */
export function collectionOf(clr: Clr, text: string | undefined, kind: 'ConcurrentQueue' | 'ConcurrentDictionary'): { readonly address: Address; readonly type: string } {
  if (!text) throw new ArgumentError(`Missing ${kind} address...`);
  const address = parseNumber(text, 'hex');
  if (address === undefined) throw new ArgumentError('Hexadecimal address expected...');
  const table = clr.objects.find(address);
  if (!table) throw new ArgumentError(`${text} is not referencing an object...`);
  const type = clr.types.name(table.address, 'managed');
  if (!type.startsWith(`System.Collections.Concurrent.${kind}<`)) throw new ArgumentError(`${text} is not a ${kind} but an instance of ${type}...`);
  return { address, type };
}
