import type { Address } from '../bytes/index.ts';
import type { Dump } from './dump.ts';
import { writeElfCore } from './write-elf-core.ts';
import { writeMinidump } from './write-minidump.ts';

/** What a smaller copy of a dump holds. */
export interface TrimPlan {
  /** Memory to keep: ascending, without overlaps, all of it in the dump. */
  readonly keep: readonly { readonly address: Address; readonly size: number }[];
  /** Memory as it is to be written: the dump's, with anything private overwritten. */
  read(address: Address, length: number): Uint8Array;
  /** Told to whoever opens the copy: what is missing and why. */
  readonly comment: string;
}

/** Largest piece that is handed out at once, in bytes. */
export const WRITE_PIECE = 1 << 22;

/** Writes a dump of the same kind with the memory of the plan, piece by piece. */
export function writeDump(dump: Dump, plan: TrimPlan): Generator<Uint8Array> {
  return dump.format === 'minidump' ? writeMinidump(dump, plan) : writeElfCore(dump, plan);
}

/** The kept memory, in pieces. */
export function* memoryOf(plan: TrimPlan): Generator<Uint8Array> {
  for (const { address, size } of plan.keep) {
    for (let done = 0; done < size; done += WRITE_PIECE) yield plan.read(address + done, Math.min(WRITE_PIECE, size - done));
  }
}
