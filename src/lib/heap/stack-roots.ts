import { ContractError } from '../bytes/index.ts';
import type { Address } from '../bytes/index.ts';
import type { ClrThread } from '../runtime/index.ts';
import type { Clr } from './clr.ts';

/** The frame a root was found in: compiled code, or an explicit Frame (then `sp` is its address and `method` may be 0). */
export interface RootFrame { readonly kind: 'managed' | 'frame'; readonly sp: Address; readonly ip: Address; readonly method: Address; readonly name: string }

/** A reference that the code of a thread holds at the moment of the dump. */
export interface StackRoot {
  /** Where the reference lies in memory; undefined when it is in a register that no frame has saved. */
  readonly location: Address | undefined;
  /** Register that holds it, or that the location is relative to (`rbp`, `rsp`); `offset` is the distance. */
  readonly register: string | undefined;
  readonly offset: number;
  /** The word itself: points inside the object when `interior`. */
  readonly value: Address;
  /** Start of the object. */
  readonly object: Address;
  readonly interior: boolean;
  readonly pinned: boolean;
  readonly frame: RootFrame;
}

/**
 * References on the stack of a thread, frame by frame from the innermost; null references and pointers outside the heap are
 * left out.
 */
// eslint-disable-next-line require-yield
export function* stackRoots(_clr: Clr, _thread: ClrThread): Generator<StackRoot> {
  throw new ContractError('stack roots are not read yet');
}
