import { hex } from '../../bytes/index.ts';
import { ContractError } from '../../bytes/index.ts';
import type { Address } from '../../bytes/index.ts';
import { generationOf } from '../../heap/index.ts';
import type { Clr, HeapSegment } from '../../heap/index.ts';
import { ArgumentError, parseNumber } from '../parse.ts';
import type { ParsedArgs } from '../command.ts';

/** Which part of the heap a command looks at. */
export interface HeapFilter {
  readonly segments: readonly HeapSegment[];
  /** True when the object's address is wanted; segments are already chosen. */
  readonly wants: (address: Address, segment: HeapSegment) => boolean;
}

const GENERATIONS: Readonly<Record<string, string>> = {
  gen0: 'gen0', gen1: 'gen1', gen2: 'gen2', 0: 'gen0', 1: 'gen1', 2: 'gen2', loh: 'loh', large: 'loh', poh: 'poh', pinned: 'poh', foh: 'frozen', frozen: 'frozen',
};

/** Reads `-gen`, `-heap`, `-segment` and the `start [end]` range (or `start Llength`) that heap commands share. */
export function heapFilter(clr: Clr, args: ParsedArgs, command: string, range: readonly string[] = args.all('range')): HeapFilter {
  let segments = clr.segmentsByAddress();
  const heap = args.number('-heap');
  if (heap !== undefined && heap >= 0) {
    segments = segments.filter((s) => s.heap === heap);
    if (heap >= clr.gc.heaps.length) throw new ArgumentError(`No GC heap with index of ${heap}`);
  }
  const text = args.text('-segment');
  if (text !== undefined) {
    const segment = parseNumber(text);
    if (segment === undefined) throw new ArgumentError(`Failed to parse segment '${text}'.`);
    segments = segments.filter((s) => s.address === segment || (segment >= s.start && segment < s.end) || (segment <= s.start && s.start - segment <= 0x1000));
  }
  const generation = readGeneration(args.text('-gen'));
  if (generation !== undefined && clr.target.inferred) throw new ContractError('the generations of this heap are not known', clr.target.inferred.limits[0]);
  const [start, end] = readRange(range, command);
  if (end !== Infinity || start > 0) {
    segments = segments.filter((s) => s.start < end && s.end > start);
    if (segments.length === 0) throw new ArgumentError(`No segments or objects in range [${hex(start)},${end === Infinity ? 'f'.repeat(2 * clr.memory.pointerSize) : hex(end)})`);
  }
  const wants = (address: Address, of: HeapSegment) => address >= start && address < end && (generation === undefined || generationOf(of, address) === generation);
  if (generation !== undefined) segments = segments.filter((s) => s.kind === generation || s.kind === 'ephemeral');
  return { segments, wants };
}

function readGeneration(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const generation = GENERATIONS[text.toLowerCase()];
  if (!generation) throw new ArgumentError(`Unknown generation: ${text}. Only gen0, gen1, gen2, loh (large), poh (pinned) and foh (frozen) are supported`);
  return generation;
}

export function readRange(words: readonly string[], command: string): [Address, Address] {
  if (words.length > 2) throw new ArgumentError(`Too many arguments to !${command}`);
  const [first, second] = words;
  if (first === undefined) return [0, Infinity];
  const start = parseNumber(first);
  if (start === undefined) throw new ArgumentError(`Invalid start address: ${first}`, first);
  if (second === undefined) return [start, Infinity];
  const length = /^l(.+)$/i.exec(second);
  const value = parseNumber(length ? length[1] : second);
  if (value === undefined) throw new ArgumentError(`Invalid end address: ${second}`, second);
  const end = length ? start + value : value;
  if (end <= start) throw new ArgumentError(`Start address must be before end address: '${hex(start)}' < '${hex(end)}'`);
  return [start, end];
}
