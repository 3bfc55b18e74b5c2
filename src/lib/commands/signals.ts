/** Ways in which a statement ends more than itself. */
export type SignalKind = 'break' | 'continue' | 'leave' | 'error' | 'again';

/**
 * Ends statements up to whoever waits for it: `.break` and `.continue` a loop, `.leave` and errors a `.catch`, `z` the line it
 * stands on. Nobody waiting: the line ends there. It is control flow, never shown to the user.
 */
export class Signal extends Error {
  readonly kind: SignalKind;
  constructor(kind: SignalKind) {
    super(kind);
    this.name = 'Signal';
    this.kind = kind;
  }
}

export function isSignal(error: unknown, ...kinds: readonly SignalKind[]): error is Signal {
  return error instanceof Signal && (kinds.length === 0 || kinds.includes(error.kind));
}
